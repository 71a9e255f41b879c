namespace LlmStream.Benchmarks.Compare;

/// <summary>What the goals ask of one stream; null where LlmStream or the OpenAI package does not read it.</summary>
internal sealed record ChunkRow(string Name, double? TimesLess, double? TimesFraming, double? Bytes);
