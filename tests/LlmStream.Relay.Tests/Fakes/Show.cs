using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Fakes;

/// <summary>Objects as text, with all their members, to be compared.</summary>
internal static class Show
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>What a reader can see of an answer.</summary>
    public static string Of(ChatStreamResult answer)
    {
        var text = new StringBuilder();
        text.Append(answer.IsComplete).Append('|').Append(Of(answer.Usage)).Append('|').Append(Of(answer.Stream));
        foreach (ChatChoice choice in answer.Choices)
        {
            text.Append('|').Append(choice.Index).Append(choice.Role).Append('"').Append(choice.Text).Append('"').Append(choice.Reasoning)
                .Append('"').Append(choice.Refusal).Append(choice.FinishReason).Append(Of(choice.OtherContents));
            foreach (ToolCall call in choice.ToolCalls)
                text.Append('|').Append(call.Index).Append(call.Id).Append(call.Name).Append(call.Arguments).Append(call.IsComplete);
        }

        if (answer.Choices.Count > 0)
        {
            foreach (AIContent content in answer.ToChatMessage().Contents) text.Append('|').Append(content.GetType().Name).Append(content);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case string s: text.Append('"').Append(s).Append('"'); break;
            case ReadOnlyMemory<byte> bytes: text.Append(Convert.ToHexString(bytes.Span)); break;
            case AIContent content:
                text.Append(content.GetType().Name)
                    .Append(JsonSerializer.Serialize(content, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(AIContent))));
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (object? item in items)
                {
                    Append(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case var _ when value.GetType().IsPrimitive || value is Enum or DateTimeOffset or TimeSpan or ChatRole or ChatFinishReason:
                text.Append(value);
                break;
            default:
                text.Append('{');
                foreach (PropertyInfo property in value.GetType().GetProperties(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    if (!property.CanRead || property.Name is "EqualityContract" or "DebuggerDisplay") continue;
                    if (property.PropertyType.Name == "AttemptLog") continue; // what a call learns meanwhile, which is not kept
                    text.Append(property.Name).Append('=');
                    Append(text, property.GetValue(value));
                    text.Append(' ');
                }

                text.Append('}');
                break;
        }
    }
}
