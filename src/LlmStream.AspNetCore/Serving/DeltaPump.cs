using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Reads the deltas of one answer, and writes them to the response as they arrive.</summary>
/// <remarks>
/// The next delta is read only when the last one is written and, if the client reads slowly, sent: the provider is read no faster than
/// the client reads.
/// </remarks>
internal sealed class DeltaPump(EventStreamResponse response, RelayLifetime lifetime, ILogger logger) : DeltaReader(lifetime, logger)
{
    private const int MaxHeldDeltas = 32;

    // Deltas without content, such as a role, do not begin the response: the provider may still fail.
    private readonly List<ChatDelta> _held = [];

    /// <summary>Writes the deltas that were held back because the answer had not begun.</summary>
    public void WriteHeld()
    {
        foreach (ChatDelta held in _held) response.Add(held, isHeld: true);
        _held.Clear();
    }

    protected override ValueTask BeginAsync() => response.BeginsAtOnce ? response.BeginAsync() : default;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    protected override async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        if (response.IsFlushDue) await response.FlushAsync().ConfigureAwait(false);
        ValueTask<bool> next = deltas.MoveNextAsync();
        if (next.IsCompleted) return await next.ConfigureAwait(false);
        await response.FlushAsync().ConfigureAwait(false);
        response.BeginWait();
        try
        {
            return await next.ConfigureAwait(false);
        }
        finally
        {
            await response.EndWaitAsync().ConfigureAwait(false);
        }
    }

    protected override void Write(ChatDelta delta)
    {
        if (!response.HasBegun && !HasContent(delta))
        {
            Hold(delta);
            return;
        }

        WriteHeld();
        response.Add(delta);
    }

    private void Hold(ChatDelta delta)
    {
        // The first has the role; of usage the last counts.
        if (_held.Count == MaxHeldDeltas) _held.RemoveAt(1);
        _held.Add(delta);
    }

    private static bool HasContent(ChatDelta delta) =>
        delta.Text.Length > 0 || delta.Reasoning.Length > 0 || delta.Refusal.Length > 0 || delta.ToolCalls.Count > 0
        || delta.OtherContents.Count > 0 || delta.FinishReason is not null;
}
