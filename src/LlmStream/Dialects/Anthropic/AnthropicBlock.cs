using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>The kinds of content blocks.</summary>
internal enum AnthropicBlockKind
{
    /// <summary>Content only the provider understands: calls and results of its own tools, redacted thinking, unknown types.</summary>
    Opaque,
    Text,
    Thinking,
    Call,
}

/// <summary>One content block while it is streamed.</summary>
/// <param name="index">The block's index in the message.</param>
/// <param name="textStart">The offset in the answer's text at which it begins.</param>
internal sealed class AnthropicBlock(int index, int textStart)
{
    /// <summary>Servers have at most a few open at once. Without a limit, a stream could exhaust memory with them.</summary>
    public const int MaxOpen = 256;

    /// <summary>The approximate size of a field without its value, in bytes.</summary>
    private const int FieldSize = 64;

    // An opaque block as it started; if a delta has changed it, its fields instead, and the strings that deltas have appended to.
    private byte[]? _whole;
    private Dictionary<string, JsonElement>? _fields;
    private Dictionary<string, StringBuilder>? _grown;
    private StringBuilder? _input;
    private StringBuilder? _signature;
    private List<AIAnnotation>? _citations;

    public int Index { get; } = index;

    public AnthropicBlockKind Kind { get; set; }

    public string? Id { get; set; }

    public string? Name { get; set; }

    /// <summary>The call's index among the calls of the answer.</summary>
    public int Call { get; set; }

    /// <summary>Whether fragments of a call's arguments have arrived.</summary>
    public bool HasArguments { get; set; }

    /// <summary>A call's arguments if they arrived in one piece, or null.</summary>
    public byte[]? Input { get; private set; }

    /// <summary>Whether a call has ended and no arguments have arrived.</summary>
    public bool HasStopped { get; set; }

    /// <summary>The signature of a thinking block, or null.</summary>
    public string? Signature => _signature?.ToString();

    /// <summary>The approximate number of bytes that the block keeps in memory.</summary>
    public int Size { get; private set; }

    public static AnthropicBlockKind KindOf(ref Utf8JsonReader type) =>
        type.TokenType != JsonTokenType.String ? AnthropicBlockKind.Opaque
        : type.Is("text"u8) ? AnthropicBlockKind.Text
        : type.Is("thinking"u8) ? AnthropicBlockKind.Thinking
        : type.Is("tool_use"u8) ? AnthropicBlockKind.Call
        : AnthropicBlockKind.Opaque;

    /// <summary>
    /// The fields of a call other than those that every call has, as an object: the <c>caller</c> if it was not the model itself, and
    /// unknown fields. The provider expects them to be sent back.
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
                bool isDirectCaller = name is "caller" && value.IndexOf("\"direct\""u8) >= 0; // the model itself
                isExtra &= block.TokenType != JsonTokenType.Null && !isDirectCaller;
                if (isExtra || (isKept && name is "type" or "id"))
                {
                    json.WritePropertyName(name);
                    json.WriteRawValue(JsonText.RepairUnicode(value));
                }

                hasExtra |= isExtra;
                block.Skip();
            }

            json.WriteEndObject();
        }

        return hasExtra ? buffer.ToArray() : null;
    }

    /// <summary>Keeps the arguments that a call already has when it starts.</summary>
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
        if (!_signature.Equals(piece)) _signature.Append(piece); // some servers send it twice
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

    /// <summary>The citations, as an annotation of the text of the block; null if there are none.</summary>
    /// <param name="textEnd">The offset in the answer's text at which the block ends.</param>
    public AIContent? ToCitations(int textEnd)
    {
        if (_citations is null) return null;
        foreach (AIAnnotation citation in _citations)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = textStart, EndIndex = textEnd }];
        return new TextContent("") { Annotations = [.. _citations] };
    }

    /// <summary>Keeps an opaque block as it starts.</summary>
    public void TakeWhole(Utf8JsonReader block, ReadOnlySpan<byte> data)
    {
        _whole = block.Slice(data).ToArray();
        Size = _whole.Length;
    }

    /// <summary>Merges a field of a delta into the block: a string is appended, any other value replaces the one before.</summary>
    /// <returns>The approximate number of bytes by which the block has grown.</returns>
    public int Merge(ref Utf8JsonReader delta, ReadOnlySpan<byte> data)
    {
        string name = delta.Decode();
        ReadFields();
        int size = _fields.ContainsKey(name) || _grown.ContainsKey(name) ? 0 : name.Length + FieldSize;
        delta.Read();
        if (delta.TokenType == JsonTokenType.String)
        {
            if (!_grown.TryGetValue(name, out StringBuilder? text))
            {
                string before = _fields.TryGetValue(name, out JsonElement field) && field.ValueKind == JsonValueKind.String
                    ? field.GetString()!
                    : "";
                _grown.Add(name, text = new StringBuilder(before));
            }

            text.Append(delta.Decode());
            return size + delta.ValueSpan.Length;
        }

        if (delta.TokenType == JsonTokenType.Null) return 0;
        ReadOnlySpan<byte> json = delta.Slice(data);
        _fields[name] = JsonText.ParseElement(json);
        return size + json.Length;
    }

    /// <summary>Adds a fragment of the block's <c>input</c>.</summary>
    public void AppendInput(string piece) => (_input ??= new StringBuilder()).Append(piece);

    /// <summary>The whole block.</summary>
    public AIContent ToContent()
    {
        if (_fields is null && _whole is not null)
        {
            if (_input is null) return ProviderContent.Create(AnthropicDialect.DialectName, _whole);
            if (WithInput(_whole, Encoding.UTF8.GetBytes(_input.ToString())) is { } complete)
                return ProviderContent.Create(AnthropicDialect.DialectName, complete);
        }

        ReadFields();
        if (_input is not null && ParseInput(_input.ToString()) is { } input) _fields["input"] = input;
        foreach (string name in _grown.Keys) _fields.TryAdd(name, default); // keeps the order of the fields
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

    /// <summary>The block with its arguments in place of the value of its <c>input</c>.</summary>
    /// <returns>Null if it has no such field, or the arguments are not JSON.</returns>
    private static byte[]? WithInput(byte[] block, byte[] input)
    {
        var reader = new Utf8JsonReader(block, JsonOptions.Reader);
        reader.Read();
        byte[]? replaced = null;
        while (reader.NextProperty())
        {
            bool isInput = reader.Is("input"u8);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!isInput) continue;
            if (replaced is not null) return null; // the last one counts
            replaced = [.. block.AsSpan(0, start), .. input, .. block.AsSpan((int)reader.BytesConsumed)];
        }

        return JsonSyntax.IsValid(input) ? replaced : null;
    }

    [MemberNotNull(nameof(_fields), nameof(_grown))]
    private void ReadFields()
    {
        _grown ??= new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        if (_fields is not null) return;
        _fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (_whole is null) return;
        foreach (JsonProperty field in JsonText.ParseElement(_whole).EnumerateObject()) _fields[field.Name] = field.Value;
    }

    /// <summary>The concatenated fragments; null if they are not JSON, so that the block keeps the value it started with.</summary>
    private static JsonElement? ParseInput(string text)
    {
        try
        {
            return JsonText.ParseElement(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
