using System.Text;
using System.Text.Json;

namespace LlmStream.Inspection;

/// <summary>Validates the arguments of tool calls, which models generate and may get wrong.</summary>
internal static class ToolArgumentsValidator
{
    /// <summary>
    /// What is wrong with the arguments, as a phrase that follows "are", or null. No arguments at all are valid: the tool has no
    /// parameters.
    /// </summary>
    public static string? FindError(string arguments)
    {
        if (arguments.Length == 0) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments);
            return document.RootElement.ValueKind == JsonValueKind.Object ? null : "not a JSON object";
        }
        catch (JsonException exception)
        {
            return $"not valid JSON (at character {CharactersBefore(arguments, exception) + 1})";
        }
    }

    /// <summary>Converts the exception's position, a line and a byte offset in it, to a number of characters.</summary>
    private static int CharactersBefore(string text, JsonException exception)
    {
        int line = 0;
        int start = 0;
        while (line < exception.LineNumber && text.IndexOf('\n', start) is >= 0 and var end)
        {
            start = end + 1;
            line++;
        }

        byte[] rest = Encoding.UTF8.GetBytes(text[start..]);
        return start + Encoding.UTF8.GetCharCount(rest, 0, (int)Math.Min(exception.BytePositionInLine ?? 0, rest.Length));
    }
}
