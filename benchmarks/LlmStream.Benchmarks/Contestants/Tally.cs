using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>What a contestant has read. Its length is counted always; the guard takes its fingerprint too.</summary>
internal sealed class Tally(bool takeFingerprint = false)
{
    private Fingerprint _text = Fingerprint.Empty;
    private Fingerprint _reasoning = Fingerprint.Empty;

    public Fingerprint Text => _text;

    public Fingerprint Reasoning => _reasoning;

    public long Payload { get; private set; }

    public void AddText(string? text)
    {
        if (!string.IsNullOrEmpty(text)) Add(ref _text, text);
    }

    public void AddReasoning(string? text)
    {
        if (!string.IsNullOrEmpty(text)) Add(ref _reasoning, text);
    }

    public void AddPayload(int bytes) => Payload += bytes;

    private void Add(ref Fingerprint fingerprint, string text) =>
        fingerprint = takeFingerprint ? fingerprint.With(text) : fingerprint with { Length = fingerprint.Length + text.Length };
}
