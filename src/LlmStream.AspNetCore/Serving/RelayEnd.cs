using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Serving;

/// <summary>How an answer ended, before the browser is told.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Failure">What the browser is told; null if it did not fail.</param>
/// <param name="Exception">The exception; null if there was none.</param>
internal sealed record RelayEnd(ChatRelayOutcome Outcome, WireFailure? Failure = null, Exception? Exception = null)
{
    public static RelayEnd Completed { get; } = new(ChatRelayOutcome.Completed);
}
