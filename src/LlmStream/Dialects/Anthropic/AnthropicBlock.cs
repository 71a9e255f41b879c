using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>What a content block of Anthropic's is to us.</summary>
internal enum AnthropicBlockKind
{
    /// <summary>What only the provider understands: the doings of its own tools, hidden thoughts, and all that is new.</summary>
    Opaque,
    Text,
    Thinking,
    Call,
}

/// <summary>One content block while it arrives.</summary>
/// <param name="index">The block's number among those of the message.</param>
/// <param name="textStart">Where in the answer's text it begins.</param>
internal sealed class AnthropicBlock(int index, int textStart)
{
    /// <summary>No provider has more than a few open at once; without any limit a stream could fill the memory with them.</summary>
    public const int MaxOpen = 256;

    /// <summary>About what a field costs besides its value.</summary>
    private const int FieldSize = 64;

    // Of a block that only the provider understands: its fields, and what they have grown by.
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StringBuilder> _grown = new(StringComparer.Ordinal);
    private StringBuilder? _input;
    private StringBuilder? _signature;
    private List<AIAnnotation>? _citations;

    public int Index { get; } = index;

    public AnthropicBlockKind Kind { get; set; }

    public string? Id { get; set; }

    public string? Name { get; set; }

    /// <summary>The call's number among the calls of the answer.</summary>
    public int Call { get; set; }

    /// <summary>Whether a call's arguments have come in fragments.</summary>
    public bool HasArguments { get; set; }

    /// <summary>A call's arguments, where they came whole, or null.</summary>
    public byte[]? Input { get; private set; }

    /// <summary>Whether a call has ended without arguments.</summary>
    public bool HasStopped { get; set; }

    /// <summary>By what the provider recognises its own thoughts, or null.</summary>
    public string? Signature => _signature?.ToString();

    /// <summary>About how many bytes are kept of it.</summary>
    public int Size { get; private set; }

    public static AnthropicBlockKind KindOf(ref Utf8JsonReader type) =>
        type.TokenType != JsonTokenType.String ? AnthropicBlockKind.Opaque
        : type.Is("text"u8) ? AnthropicBlockKind.Text
        : type.Is("thinking"u8) ? AnthropicBlockKind.Thinking
        : type.Is("tool_use"u8) ? AnthropicBlockKind.Call
        : AnthropicBlockKind.Opaque;

    /// <summary>
    /// What a call says of itself besides what every call does, as an object to be kept beside it: who made it, where it was not
    /// the model itself (<c>caller</c>), and what is new. The provider wants it back.
    /// </summary>
    public static byte[]? ExtraOfCall(Utf8JsonReader block, ReadOnlySpan<byte> data)
    {
        bool hasExtra = false;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            while (block.NextProperty())
            {
                bool isKept = !block.Is("name"u8) && !block.Is("input"u8);
                bool isExtra = isKept && !block.Is("type"u8) && !block.Is("id"u8);
                string name = isKept ? block.Decode() : "";
                block.Read();
                ReadOnlySpan<byte> value = block.Slice(data);
                isExtra &= block.TokenType != JsonTokenType.Null && !(name is "caller" && value.IndexOf("\"direct\""u8) >= 0); // the model itself
                if (isExtra || (isKept && name is "type" or "id"))
                {
                    json.WritePropertyName(name);
                    json.WriteRawValue(JsonText.Mend(value));
                }

                hasExtra |= isExtra;
                block.Skip();
            }

            json.WriteEndObject();
        }

        return hasExtra ? buffer.ToArray() : null;
    }

    /// <summary>Keeps the arguments that a call already has when it begins.</summary>
    public void TakeInput(Utf8JsonReader block, ReadOnlySpan<byte> data)
    {
        while (block.NextProperty())
        {
            bool isInput = block.Is("input"u8);
            block.Read();
            if (isInput && block.TokenType == JsonTokenType.StartObject)
            {
                Utf8JsonReader first = block;
                if (first.NextProperty()) Input = block.Slice(data).ToArray();
            }

            block.Skip();
        }
    }

    public void AppendSignature(string piece)
    {
        _signature ??= new StringBuilder();
        if (!_signature.Equals(piece)) _signature.Append(piece); // some servers send it once more
    }

    /// <summary>Keeps a citation.</summary>
    /// <returns>Its size in bytes.</returns>
    public int AddCitation(Utf8JsonReader citation, ReadOnlySpan<byte> data)
    {
        if (citation.TokenType != JsonTokenType.StartObject) return 0;
        ReadOnlySpan<byte> json = citation.Slice(data);
        (_citations ??= []).Add(AnthropicCitation.Read(json));
        return json.Length;
    }

    /// <summary>The citations, as an annotation of the text that came with them; null where there are none.</summary>
    /// <param name="textEnd">Where in the answer's text the block ends.</param>
    public AIContent? ToCitations(int textEnd)
    {
        if (_citations is null) return null;
        foreach (AIAnnotation citation in _citations) citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = textStart, EndIndex = textEnd }];
        return new TextContent("") { Annotations = [.. _citations] };
    }

    /// <summary>Keeps the block as it begins.</summary>
    public void TakeWhole(Utf8JsonReader block, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> json = block.Slice(data);
        Size = json.Length;
        var reader = new Utf8JsonReader(JsonText.Mend(json), JsonOptions.Reader);
        foreach (JsonProperty field in JsonElement.ParseValue(ref reader).EnumerateObject()) _fields[field.Name] = field.Value;
    }

    /// <summary>Adds to the block what a delta says in this field: to a text what follows it, in the place of anything else what it is now.</summary>
    /// <returns>About how many bytes it has grown by.</returns>
    public int Merge(ref Utf8JsonReader delta, ReadOnlySpan<byte> data)
    {
        string name = delta.Decode();
        int size = _fields.ContainsKey(name) || _grown.ContainsKey(name) ? 0 : name.Length + FieldSize;
        delta.Read();
        if (delta.TokenType == JsonTokenType.String)
        {
            if (!_grown.TryGetValue(name, out StringBuilder? text))
            {
                string before = _fields.TryGetValue(name, out JsonElement field) && field.ValueKind == JsonValueKind.String ? field.GetString()! : "";
                _grown.Add(name, text = new StringBuilder(before));
            }

            text.Append(delta.Decode());
            return size + delta.ValueSpan.Length;
        }

        if (delta.TokenType == JsonTokenType.Null) return 0;
        ReadOnlySpan<byte> json = delta.Slice(data);
        var reader = new Utf8JsonReader(JsonText.Mend(json), JsonOptions.Reader);
        _fields[name] = JsonElement.ParseValue(ref reader);
        return size + json.Length;
    }

    /// <summary>Adds a fragment of the block's <c>input</c>.</summary>
    public void AppendInput(ref Utf8JsonReader delta) => (_input ??= new StringBuilder()).Append(delta.Decode());

    /// <summary>The block as a whole.</summary>
    public AIContent ToContent()
    {
        if (_input is not null && ParseInput(_input.ToString()) is { } input) _fields["input"] = input;
        foreach (string name in _grown.Keys) _fields.TryAdd(name, default); // its place
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, JsonElement value) in _fields)
            {
                json.WritePropertyName(name);
                if (_grown.TryGetValue(name, out StringBuilder? text)) json.WriteStringValue(text.ToString());
                else value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return ProviderContent.Create(AnthropicDialect.DialectName, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>The fragments together; null where they are no JSON, so that the block stays as it began.</summary>
    private static JsonElement? ParseInput(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), JsonOptions.Reader);
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
