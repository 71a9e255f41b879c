namespace LlmStream.Testing.Faults;

/// <summary>One thing that goes wrong at one place of the body.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Position">A byte of the body, or an event of it; both from 0.</param>
/// <param name="AtEvent">Whether <paramref name="Position"/> counts events rather than bytes.</param>
internal sealed record Fault(FaultKind Kind, long Position, bool AtEvent)
{
    /// <summary>How long a stall lasts; null means until the client leaves.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The error of <see cref="FaultKind.Fail"/>.</summary>
    public ErrorFrame? Error { get; init; }

    /// <summary>The size of <see cref="FaultKind.Pad"/>, in bytes.</summary>
    public int Size { get; init; }

    /// <summary>The text of <see cref="FaultKind.Comment"/>.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether it is the connection that fails, not an event.</summary>
    public bool IsOfConnection => Kind is FaultKind.Cut or FaultKind.Reset or FaultKind.Abort or FaultKind.Stall;
}
