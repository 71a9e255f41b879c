using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Cli.Inspect;

/// <summary>Formats JSON for display.</summary>
internal static class IndentedJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Formats JSON over several lines. Text that is not valid JSON is returned unchanged.</summary>
    public static string Format(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes, Options)) document.RootElement.WriteTo(writer);
            return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return json; // InvalidOperationException: an escaped lone surrogate
        }
    }
}
