namespace LlmStream.Testing.Faults;

/// <summary>A fault at a position in the body.</summary>
/// <param name="Kind">The kind of fault.</param>
/// <param name="Position">A byte offset or an event index, both from 0.</param>
/// <param name="AtEvent">Whether <paramref name="Position"/> is an event index rather than a byte offset.</param>
internal sealed record Fault(FaultKind Kind, long Position, bool AtEvent)
{
    /// <summary>The duration of <see cref="FaultKind.Stall"/>; null means until the client disconnects.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The error of <see cref="FaultKind.Fail"/>.</summary>
    public ErrorFrame? Error { get; init; }

    /// <summary>The size of <see cref="FaultKind.Pad"/>, in bytes.</summary>
    public int Size { get; init; }

    /// <summary>The text of <see cref="FaultKind.Comment"/>.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether the fault affects the connection rather than an event.</summary>
    public bool IsConnectionFault => Kind is FaultKind.Cut or FaultKind.Reset or FaultKind.Abort or FaultKind.Stall;
}
