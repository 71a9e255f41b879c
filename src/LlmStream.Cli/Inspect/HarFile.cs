using System.Text;
using System.Text.Json;

namespace LlmStream.Cli.Inspect;

/// <summary>
/// Reads the streams of a HAR file, as browsers save it (HTTP Archive 1.2, w3c.github.io/web-performance/specs/HAR/Overview.html).
/// </summary>
internal static class HarFile
{
    private static readonly string[] StreamTypes = ["event-stream", "ndjson", "jsonl", "json-seq", "eventstream"];

    /// <summary>Whether a file begins as a HAR file does: it is an object whose first property is the object <c>log</c>.</summary>
    public static bool IsHar(ReadOnlySpan<byte> head)
    {
        string text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (!text.StartsWith('{')) return false;
        text = text[1..].TrimStart();
        return text.StartsWith("\"log\"", StringComparison.Ordinal) && text.Contains('{', StringComparison.Ordinal);
    }

    /// <summary>The streams, by their number among the entries, from 1, and their URL without its query.</summary>
    public static IEnumerable<RecordedStream> Read(byte[] content, string path)
    {
        JsonElement[] entries;
        try
        {
            ReadOnlyMemory<byte> json = content.AsSpan().StartsWith("\uFEFF"u8) ? content.AsMemory(3) : content;
            using JsonDocument document = JsonDocument.Parse(json);
            entries = Get(document.RootElement, "log", "entries") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(entry => entry.Clone())]
                : [];
        }
        catch (JsonException exception)
        {
            throw new InspectionException(path, $"is not a valid HAR file: {exception.Message}");
        }

        for (int i = 0; i < entries.Length; i++)
        {
            string url = TextOf(Get(entries[i], "request", "url")).Split('?')[0];
            if (BodyOf(entries[i]) is { } body) yield return new RecordedStream($"{path}, entry {i + 1}: {url}", new MemoryStream(body));
        }
    }

    private static byte[]? BodyOf(JsonElement entry)
    {
        JsonElement? content = Get(entry, "response", "content");
        string type = TextOf(Get(content, "mimeType"));
        bool isStream = StreamTypes.Any(part => type.Contains(part, StringComparison.OrdinalIgnoreCase));
        if (isStream && TextOf(Get(content, "text")) is { Length: > 0 } text)
        {
            bool isBase64 = TextOf(Get(content, "encoding")) == "base64";
            byte[] bytes = new byte[text.Length];
            return isBase64 && Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : Encoding.UTF8.GetBytes(text);
        }

        // Chrome saves what an EventSource received in a field of its own.
        if (Get(entry, "_eventSourceMessages") is not { ValueKind: JsonValueKind.Array } messages) return null;
        var events = new StringBuilder();
        foreach (JsonElement message in messages.EnumerateArray())
        {
            if (TextOf(Get(message, "eventName")) is { Length: > 0 } and not "message" and var name) events.Append("event: " + name + '\n');
            if (TextOf(Get(message, "eventId")) is { Length: > 0 } id) events.Append("id: " + id + '\n');
            foreach (string line in TextOf(Get(message, "data")).Split('\n')) events.Append("data: " + line + '\n');
            events.Append('\n');
        }

        return events.Length == 0 ? null : Encoding.UTF8.GetBytes(events.ToString());
    }

    private static JsonElement? Get(JsonElement? element, params string[] names)
    {
        foreach (string name in names)
        {
            if (element is not { ValueKind: JsonValueKind.Object } parent) return null;
            element = parent.TryGetProperty(name, out JsonElement value) ? value : null;
        }

        return element;
    }

    private static string TextOf(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
