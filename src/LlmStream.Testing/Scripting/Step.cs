using System.Collections.Immutable;
using LlmStream.Testing.Faults;

namespace LlmStream.Testing.Scripting;

/// <summary>The reply to one request: its content, how it is sent, and the faults that occur.</summary>
internal sealed record Step(StepContent Content)
{
    public ImmutableArray<Fault> Faults { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The content type, or null for the one that fits the content.</summary>
    public string? ContentType { get; init; }

    /// <summary>The line ending, or null for the dialect's.</summary>
    public LineEnding? LineEnding { get; init; }

    public bool HasByteOrderMark { get; init; }

    /// <summary>A comment to send before every event, or null.</summary>
    public string? KeepAlive { get; init; }

    /// <summary>The pause between two writes.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>The delay of the headers.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How the body is divided into writes; null means one write per event.</summary>
    public WriteBoundaries? Writes { get; init; }

    public ContinuationBehavior Continuation { get; init; } = new();
}
