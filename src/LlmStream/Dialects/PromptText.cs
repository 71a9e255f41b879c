using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>The text of a request that the model reads, to estimate its tokens.</summary>
/// <remarks>
/// One reader for all formats: they name the same things alike, and what a setting is called in one format is never called so in
/// another.
/// </remarks>
internal sealed class PromptText
{
    // What the model reads. All other fields of a body are settings.
    private static readonly HashSet<string> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        "messages", "input", "contents", "prompt", "message", "chat_history", "system", "systemInstruction", "system_instruction",
        "instructions", "preamble", "documents", "tools", "toolConfig", "functions", "response_format", "parameters", "generationConfig",
        "text",
    };

    // In these, only the tools and the schemas are read by the model.
    private static readonly HashSet<string> Settings = new(StringComparer.OrdinalIgnoreCase) { "parameters", "generationConfig", "text" };

    // A conversation, a prompt or a cache that the provider stores.
    private static readonly HashSet<string> References = new(StringComparer.OrdinalIgnoreCase)
    {
        "previous_response_id", "previous_interaction_id", "conversation", "cachedContent", "cached_content",
    };

    // Images, audio, video and files, whose tokens depend on their contents.
    private static readonly HashSet<string> Media = new(StringComparer.OrdinalIgnoreCase)
    {
        "image_url", "input_audio", "video_url", "file", "file_id", "file_url", "file_data", "inlineData", "inline_data", "fileData",
        "images", "image", "audio", "video", "source", "bytes",
    };

    // JSON that the model reads as it is: schemas, arguments and results.
    private static readonly HashSet<string> Json = new(StringComparer.OrdinalIgnoreCase)
    {
        "tools", "toolConfig", "functions", "response_format", "responseSchema", "responseJsonSchema", "format", "schema", "args",
        "arguments", "response", "json",
    };

    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "role", "type", "id", "call_id", "tool_call_id", "toolUseId", "tool_use_id", "status", "cache_control", "cachePoint", "signature",
        "thoughtSignature", "encrypted_content", "detail",
    };

    // Of the body of a request with messages and nothing else that the model reads.
    private static readonly FieldNames PlainSettings = new(
        "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed", "n", "user");

    private readonly List<string> _texts = [];

    private PromptText()
    {
    }

    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>The number of messages.</summary>
    public int MessageCount { get; private set; }

    /// <summary>Reads the bytes of a body if it is a plain one, as most are: messages with a text each.</summary>
    /// <returns>The same as <see cref="Read"/>, at less cost; null if the body has anything else.</returns>
    public static PromptText? TryReadPlain(ReadOnlySpan<byte> body)
    {
        var prompt = new PromptText();
        var reader = new Utf8JsonReader(body, JsonOptions.Reader);
        if (!reader.Read() || !reader.TryEnterObject()) return null;
        bool hasMessages = false;
        while (reader.NextProperty())
        {
            bool isPlain = true;
            if (reader.Is("messages"u8)) isPlain = !hasMessages && (hasMessages = prompt.TryReadMessages(ref reader));
            else if (reader.Is("system"u8)) isPlain = prompt.TryReadText(ref reader);
            else if (PlainSettings.Contains(ref reader)) reader.Skip();
            else isPlain = false;

            if (!isPlain) return null;
        }

        return hasMessages && prompt._texts.Count > 0 ? prompt : null;
    }

    /// <summary>Reads a body.</summary>
    /// <returns>Null if the model also reads something that is not text, or not in the body.</returns>
    public static PromptText? Read(Dialect dialect, JsonObject body)
    {
        if (body.Any(field => References.Contains(field.Key) && field.Value is not null)) return null;
        var prompt = new PromptText { MessageCount = dialect.MessagesOf(body)?.Count ?? 0 };
        foreach ((string name, JsonNode? value) in body)
        {
            if (!Parts.Contains(name)) continue;
            bool isRead = Settings.Contains(name) ? prompt.AddSettings(value) : prompt.Add(name, value);
            if (!isRead) return null;
        }

        return prompt._texts.Count > 0 ? prompt : null;
    }

    private bool TryReadMessages(ref Utf8JsonReader reader)
    {
        if (!reader.ReadArray()) return false;
        while (reader.NextItem())
        {
            if (!reader.TryEnterObject()) return false;
            MessageCount++;
            while (reader.NextProperty())
            {
                if (reader.Is("content"u8))
                {
                    if (!TryReadText(ref reader)) return false;
                }
                else if (reader.Is("role"u8)) reader.Skip();
                else return false;
            }
        }

        return true;
    }

    private bool TryReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String) return false;
        _texts.Add(reader.Decode());
        return true;
    }

    private bool AddSettings(JsonNode? settings)
    {
        if (settings is not JsonObject fields) return Add("", settings);
        foreach ((string name, JsonNode? value) in fields)
        {
            if (Json.Contains(name) && value is JsonObject or JsonArray) Add(name, value);
        }

        return true;
    }

    /// <returns>False if there is something that is not text.</returns>
    private bool Add(string name, JsonNode? value)
    {
        if (value is null || Ignored.Contains(name)) return true;
        if (Media.Contains(name)) return false;
        switch (value)
        {
            case JsonValue when value.AsText() is { } text:
                _texts.Add(text);
                return true;
            case JsonArray or JsonObject when Json.Contains(name) || IsArguments(name, value):
                _texts.Add(value.ToJsonString());
                return true;
            case JsonArray items:
                return items.All(item => Add("", item));
            case JsonObject fields:
                return fields.All(field => Add(field.Key, field.Value));
            default:
                return true; // numbers and booleans
        }
    }

    /// <summary>In some formats the arguments of a call are its <c>input</c>, which elsewhere is the conversation.</summary>
    private static bool IsArguments(string name, JsonNode value) =>
        string.Equals(name, "input", StringComparison.Ordinal) && value is JsonObject && value.Parent?.Parent is not null;
}
