using System.Buffers;
using System.Runtime.CompilerServices;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>An answer whose deltas are produced when the test permits them, and the number of events that a client has then.</summary>
internal sealed class SteppedAnswer(IReadOnlyList<ChatDelta> deltas)
{
    private readonly SemaphoreSlim _permits = new(0);
    private readonly TaskCompletionSource<CancellationToken> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runs;

    public int Count => deltas.Count;

    /// <summary>How often the handler was called.</summary>
    public int Runs => _runs;

    /// <summary>The handler's token, when the answer is being read.</summary>
    public Task<CancellationToken> Started => _started.Task;

    /// <summary>Ends when the enumeration has.</summary>
    public Task Ended => _ended.Task;

    public void Permit(int count = 1)
    {
        if (count > 0) _permits.Release(count);
    }

    /// <summary>Permits the rest, for any number of runs.</summary>
    public void PermitAll() => _permits.Release(1_000_000);

    public async IAsyncEnumerable<ChatDelta> StreamAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _runs);
        _started.TrySetResult(cancellationToken);
        try
        {
            foreach (ChatDelta delta in deltas)
            {
                await _permits.WaitAsync(cancellationToken);
                yield return delta;
            }

            await _permits.WaitAsync(cancellationToken);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>How many events a client has after each delta, if each is sent for itself. The response begins with content.</summary>
    public IReadOnlyList<int> EventCounts(ChatWire wire)
    {
        var output = new ArrayBufferWriter<byte>();
        using WireEncoder encoder = wire.CreateEncoder(output, Encoded.Context);
        var counts = new List<int>();
        int held = 0;
        bool hasBegun = false;
        foreach (ChatDelta delta in deltas)
        {
            held++;
            bool hasContent = delta.Text.Length > 0 || delta.Reasoning.Length > 0 || delta.Refusal.Length > 0 || delta.ToolCalls.Count > 0
                || delta.OtherContents.Count > 0 || delta.FinishReason is not null;
            if (hasBegun || hasContent)
            {
                if (!hasBegun) encoder.Begin();
                hasBegun = true;
                foreach (ChatDelta sent in deltas.Skip(counts.Count + 1 - held).Take(held)) encoder.Add(sent);
                held = 0;
            }

            counts.Add(Count(output.WrittenSpan));
        }

        return counts;

        static int Count(ReadOnlySpan<byte> text)
        {
            int count = 0;
            for (int i; (i = text.IndexOf("\n\n"u8)) >= 0; text = text[(i + 2)..]) count++;
            return count;
        }
    }
}
