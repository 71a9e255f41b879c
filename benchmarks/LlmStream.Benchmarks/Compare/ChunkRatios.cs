namespace LlmStream.Benchmarks.Compare;

/// <summary>The figures of a stream that are compared with the goals.</summary>
/// <param name="Name">The name of the stream.</param>
/// <param name="PackageToLlmStream">The time of the OpenAI package divided by that of LlmStream; null if it was not measured.</param>
/// <param name="LlmStreamToFraming">The time of LlmStream divided by that of framing; null if LlmStream was not measured.</param>
/// <param name="BytesAllocated">Bytes that LlmStream allocates per chunk; null if LlmStream was not measured.</param>
internal sealed record ChunkRatios(string Name, double? PackageToLlmStream, double? LlmStreamToFraming, double? BytesAllocated);
