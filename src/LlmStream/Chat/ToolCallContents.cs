using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>Tool calls as Microsoft.Extensions.AI has them.</summary>
internal static class ToolCallContents
{
    /// <summary>The call, with its arguments read. Where they are no JSON object, it carries the exception that says so.</summary>
    /// <param name="call">The call.</param>
    /// <param name="idPrefix">What an id is made of where the provider sent none.</param>
    /// <param name="isCutOff">Whether the answer was cut off, by a limit or a filter, and perhaps the call with it.</param>
    public static FunctionCallContent Create(ToolCall call, Func<string> idPrefix, bool isCutOff)
    {
        FunctionCallContent content = FunctionCallContent.CreateFromParsedArguments(
            call.Arguments, string.IsNullOrEmpty(call.Id) ? $"{idPrefix()}_{call.Index}" : call.Id, call.Name, text => Parse(text, isCutOff));
        content.RawRepresentation = call;
        return content;
    }

    /// <summary>The beginning of an id for calls that have none: the same whenever the same response is read, and no other's.</summary>
    /// <param name="responseId">The id of the response, or null.</param>
    public static string IdPrefix(string? responseId)
    {
        // The end of an id is what makes it unique; all of it would be longer than the 40 characters that OpenAI takes.
        string letters = new([.. (responseId ?? Guid.NewGuid().ToString("N")).Where(char.IsAsciiLetterOrDigit)]);
        return "call_" + letters[Math.Max(0, letters.Length - 24)..];
    }

    /// <summary>Whether an answer that ended so may have been cut off in the middle of a call.</summary>
    public static bool IsCutOff(ChatFinishReason? finish) => finish == ChatFinishReason.Length || finish == ChatFinishReason.ContentFilter;

    private static Dictionary<string, object?> Parse(string text, bool isCutOff)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(text))
        {
            // A function without parameters is called with nothing at all; so is one whose arguments never came.
            return isCutOff ? throw new JsonException("The answer was cut off before the arguments came.") : arguments;
        }

        using JsonDocument document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind == JsonValueKind.Null) return arguments;
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException($"The arguments are not an object: {text}");
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value.Clone();
        return arguments;
    }
}
