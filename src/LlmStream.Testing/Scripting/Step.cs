using System.Collections.Immutable;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Faults;

namespace LlmStream.Testing.Scripting;

/// <summary>The reply to one request: what is said, in which form, at which pace, and what goes wrong.</summary>
internal sealed record Step(StepContent Content)
{
    public ImmutableArray<Fault> Faults { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Replaces the content type that fits the content.</summary>
    public string? ContentType { get; init; }

    public LineEnd LineEnd { get; init; }

    public bool ByteOrderMark { get; init; }

    /// <summary>A comment that comes before every event.</summary>
    public string? KeepAlive { get; init; }

    /// <summary>The time between two writes.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>The time before the headers.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Where the body is cut into writes; null means one write an event.</summary>
    public WriteCuts? Writes { get; init; }

    public Continuation Continuation { get; init; } = new();
}
