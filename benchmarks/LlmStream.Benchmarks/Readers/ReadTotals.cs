using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>What a reader has read so far.</summary>
/// <param name="hashText">Whether the content of the text is recorded; otherwise only its length is.</param>
internal sealed class ReadTotals(bool hashText = false)
{
    private TextHash _text = TextHash.Empty;
    private TextHash _reasoning = TextHash.Empty;
    private TextHash _arguments = TextHash.Empty;

    public TextHash Text => _text;

    public TextHash Reasoning => _reasoning;

    /// <summary>The arguments of tool calls, as JSON.</summary>
    public TextHash Arguments => _arguments;

    /// <summary>The bytes of the data of events, for readers that do not parse them.</summary>
    public long Payload { get; private set; }

    public void AddText(string? text) => Add(ref _text, text);

    public void AddReasoning(string? text) => Add(ref _reasoning, text);

    public void AddArguments(string? json) => Add(ref _arguments, json);

    public void AddPayload(int bytes) => Payload += bytes;

    private void Add(ref TextHash hash, string? text)
    {
        if (string.IsNullOrEmpty(text)) return;
        hash = hashText ? hash.Append(text) : hash with { Length = hash.Length + text.Length };
    }
}
