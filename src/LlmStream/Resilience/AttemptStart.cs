using System.Runtime.InteropServices;
using LlmStream.Reading;

namespace LlmStream.Resilience;

/// <summary>How an attempt is started.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AttemptStart
{
    /// <summary>The state of the attempt that broke off, if its answer is replayed; otherwise null.</summary>
    public PausedAnswer? Paused { get; init; }

    /// <summary>Whether another attempt is in progress, which was not answered in time.</summary>
    public bool IsHedge { get; init; }

    /// <summary>
    /// Whether the attempt has started only when a delta has output, because another attempt may compete with it: neither usage nor a
    /// finish reason nor a signature is an answer.
    /// </summary>
    public bool WaitsForOutput { get; init; }
}
