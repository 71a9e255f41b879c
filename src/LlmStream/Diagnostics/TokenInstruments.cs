using System.Diagnostics.Metrics;

namespace LlmStream.Diagnostics;

/// <summary>The instruments for tokens of one kind, input or output.</summary>
/// <param name="Usage">What was spent, by modality.</param>
/// <param name="PerOperation">How it is distributed over complete answers.</param>
internal sealed record TokenInstruments(Counter<long> Usage, Histogram<long> PerOperation);
