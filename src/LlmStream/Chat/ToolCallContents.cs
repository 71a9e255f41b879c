using System.Text;
using System.Text.Json;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>Tool calls as Microsoft.Extensions.AI represents them.</summary>
internal static class ToolCallContents
{
    /// <summary>
    /// Converts a call and parses its arguments. If they are not a JSON object, the content carries the exception
    /// (<see cref="FunctionCallContent.Exception"/>) and must not be invoked (<see cref="FunctionCallContent.InformationalOnly"/>): a
    /// function with optional parameters would run with their default values, because <c>FunctionInvokingChatClient</c> does not look at
    /// the exception. Neither is a call of which no name came to be invoked.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="idPrefix">Returns the beginning of an id, used if the provider sent none.</param>
    /// <param name="isCutOff">Whether the answer, and perhaps the call, was cut off by a limit or a content filter.</param>
    public static FunctionCallContent Create(ToolCall call, Func<string> idPrefix, bool isCutOff)
    {
        string id = string.IsNullOrEmpty(call.Id) ? $"{idPrefix()}_{call.Index}" : call.Id;
        FunctionCallContent content =
            FunctionCallContent.CreateFromParsedArguments(call.Arguments, id, call.Name, text => Parse(text, isCutOff));
        content.RawRepresentation = call;
        content.InformationalOnly = content.Exception is not null || string.IsNullOrWhiteSpace(call.Name);
        return content;
    }

    /// <summary>The beginning of an id for calls that have none: unique to the response, and the same whenever it is read again.</summary>
    /// <param name="responseId">The id of the response, or null: then it is random.</param>
    public static string IdPrefix(string? responseId)
    {
        // Only the end, which is what makes an id unique: OpenAI accepts call ids of at most 40 characters.
        string letters = new([.. (responseId ?? Guid.NewGuid().ToString("N")).Where(char.IsAsciiLetterOrDigit)]);
        return "call_" + letters[Math.Max(0, letters.Length - 24)..];
    }

    /// <summary>Whether an answer with this finish reason may have been cut off in the middle of a call.</summary>
    public static bool IsCutOff(ChatFinishReason? finish) => finish == ChatFinishReason.Length || finish == ChatFinishReason.ContentFilter;

    private static Dictionary<string, object?> Parse(string text, bool isCutOff)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(text))
        {
            // Empty arguments are normal for a function without parameters, but not if the answer was cut off before they arrived.
            return isCutOff ? throw new JsonException("The answer was cut off before the arguments arrived.") : arguments;
        }

        JsonElement root = JsonText.ParseElement(Encoding.UTF8.GetBytes(text)); // all strings of which can be read
        if (root.ValueKind == JsonValueKind.Null) return arguments;
        if (root.ValueKind != JsonValueKind.Object) throw new JsonException($"The arguments are not a JSON object: {text}");
        foreach (JsonProperty property in root.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value;
        return arguments;
    }
}
