using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Cli.Inspect;

/// <summary>The arguments of tool calls, which are JSON if the model kept to the rules.</summary>
internal static class ToolArguments
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The arguments over several lines, or, where they are no JSON, as they are.</summary>
    public static string Pretty(string arguments)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments);
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes, Indented)) document.RootElement.WriteTo(writer);
            return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return arguments; // InvalidOperationException: an escape for half a surrogate pair
        }
    }

    /// <summary>What is wrong with the arguments, or null. None at all are right: the tool takes none.</summary>
    public static string? Fault(string arguments)
    {
        if (arguments.Length == 0) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments);
            return document.RootElement.ValueKind == JsonValueKind.Object ? null : "no JSON object";
        }
        catch (JsonException exception)
        {
            return $"no valid JSON (at character {CharactersBefore(arguments, exception) + 1})";
        }
    }

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
