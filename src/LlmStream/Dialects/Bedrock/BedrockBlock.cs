using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>One content block while it is streamed: what is known only when it is complete.</summary>
/// <param name="textStart">The offset in the answer's text at which it begins.</param>
internal sealed class BedrockBlock(int textStart)
{
    private readonly StringBuilder _input = new();
    private StringBuilder? _signature;
    private List<byte>? _redacted;
    private List<byte>? _image;
    private List<JsonElement>? _results;
    private List<AIAnnotation>? _citations;

    /// <summary>The fields with which a call, the result of a call, or an image started; null for other blocks.</summary>
    public JsonElement? Start { get; set; }

    /// <summary>The number of the function call among those of the answer; null if the block is something else.</summary>
    public int? Call { get; set; }

    /// <summary>Whether fragments of the arguments have arrived.</summary>
    public bool HasArguments { get; set; }

    /// <summary>Whether it is a call of a tool that the provider executes.</summary>
    public bool IsServerTool { get; set; }

    public void AppendInput(string text) => _input.Append(text);

    public void AppendSignature(string text) => (_signature ??= new StringBuilder()).Append(text);

    public void AppendRedacted(byte[] bytes) => (_redacted ??= []).AddRange(bytes);

    public void AppendImage(byte[] bytes) => (_image ??= []).AddRange(bytes);

    public void AddResult(JsonElement result) => (_results ??= []).Add(result);

    public void AddCitation(AIAnnotation citation) => (_citations ??= []).Add(citation);

    /// <summary>The contents of the block besides text, reasoning, and function calls, in order.</summary>
    /// <param name="dialect">The name of the dialect.</param>
    /// <param name="textEnd">The offset in the answer's text at which the block ends.</param>
    public IEnumerable<AIContent> ToContents(string dialect, int textEnd)
    {
        if (_signature is not null) yield return new TextReasoningContent("") { ProtectedData = _signature.ToString() };
        if (_redacted is not null)
        {
            yield return Opaque(dialect, "reasoningContent", json =>
            {
                json.WriteStartObject();
                json.WriteBase64String("redactedContent", _redacted.ToArray());
                json.WriteEndObject();
            });
        }

        if (_citations is not null)
        {
            foreach (AIAnnotation citation in _citations)
                citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = textStart, EndIndex = textEnd }];
            yield return new TextContent("") { Annotations = [.. _citations] };
        }

        if (Start is not { } start) yield break;
        if (IsServerTool) yield return Opaque(dialect, "toolUse", json => WriteStart(json, start, "input", WriteInput));
        else if (_results is not null) yield return Opaque(dialect, "toolResult", json => WriteStart(json, start, "content", WriteResults));
        else if (_image is not null) yield return new DataContent(_image.ToArray(), $"image/{start.Text("format") ?? "png"}");
    }

    /// <summary>Content that only this API understands: an object with one field.</summary>
    public static AIContent Opaque(string dialect, string name, Action<Utf8JsonWriter> writeValue)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName(name);
            writeValue(json);
            json.WriteEndObject();
        }

        return ProviderContent.Create(dialect, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>The same from the JSON of the value.</summary>
    public static AIContent Opaque(string dialect, string name, ReadOnlySpan<byte> value) =>
        Opaque(dialect, name, JsonText.ParseElement(value).WriteTo);

    /// <summary>Writes the fields with which the block started, and one that came in pieces.</summary>
    private static void WriteStart(Utf8JsonWriter json, JsonElement start, string name, Action<Utf8JsonWriter> writeValue)
    {
        json.WriteStartObject();
        foreach (JsonProperty field in start.EnumerateObject().Where(field => field.Name != name)) field.WriteTo(json);
        json.WritePropertyName(name);
        writeValue(json);
        json.WriteEndObject();
    }

    private void WriteResults(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (JsonElement result in _results!) result.WriteTo(json);
        json.WriteEndArray();
    }

    private void WriteInput(Utf8JsonWriter json)
    {
        string text = _input.ToString();
        byte[] bytes = Encoding.UTF8.GetBytes(text.Length == 0 ? "{}" : text);
        if (JsonSyntax.IsValid(bytes)) json.WriteRawValue(JsonText.RepairUnicode(bytes));
        else json.WriteStringValue(text);
    }
}
