using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LlmStream.Reading;

/// <summary>The deltas of a stream. Each enumeration opens a session and reads it to its end.</summary>
/// <remarks>
/// An <c>async</c> iterator would do the same, but run a state machine also for deltas that have been read already.
/// </remarks>
internal sealed class DeltaSequence(Func<ReadSession> open, CancellationToken cancellationToken) : IAsyncEnumerable<ChatDelta>
{
    public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken token = default) =>
        new Enumerator(open, cancellationToken, token);

    /// <remarks>
    /// Invariant: <c>_session</c> is open from the first move until the end, an exception or the disposal, whichever comes first. After
    /// that <c>_hasEnded</c> is set, and no move returns a delta. A session is not disposed of while a move is under way.
    /// </remarks>
    private sealed class Enumerator : IAsyncEnumerator<ChatDelta>
    {
        private readonly Func<ReadSession> _open;
        private readonly CancellationTokenSource? _linked;
        private readonly CancellationToken _token;
        private ReadSession? _session;
        private Verdict? _verdict;
        private bool _isMoving;
        private bool _hasEnded;

        public Enumerator(Func<ReadSession> open, CancellationToken first, CancellationToken second)
        {
            _open = open;
            if (first.CanBeCanceled && second.CanBeCanceled && first != second)
                _linked = CancellationTokenSource.CreateLinkedTokenSource(first, second);
            _token = _linked?.Token ?? (first.CanBeCanceled ? first : second);
        }

        public ChatDelta Current { get; private set; } = null!;

        public ValueTask<bool> MoveNextAsync()
        {
            Debug.Assert(_session is null || !_hasEnded, "An enumeration that has ended has no session.");
            if (_session is not { } session || _token.IsCancellationRequested) return MoveNextSlowAsync(default);
            while (true)
            {
                if (session.Decoder.Answer.TryTake(out ChatDelta? delta))
                {
                    Current = delta;
                    return new(true);
                }

                if (_verdict is not null) return MoveNextSlowAsync(default);
                ValueTask<Verdict?> step = session.StepAsync(_token);
                if (!step.IsCompletedSuccessfully) return MoveNextSlowAsync(step);
                _verdict = step.Result;
            }
        }

        public ValueTask DisposeAsync()
        {
            if (_isMoving) throw new NotSupportedException("The enumerator cannot be disposed of while MoveNextAsync is running.");
            return EndAsync();
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> MoveNextSlowAsync(ValueTask<Verdict?> step)
        {
            if (_hasEnded) return false;
            _isMoving = true;
            try
            {
                if (_session is null) _session = _open();
                else _token.ThrowIfCancellationRequested();
                while (true)
                {
                    _verdict ??= await step.ConfigureAwait(false);
                    if (_session.Decoder.Answer.TryTake(out ChatDelta? delta))
                    {
                        Current = delta;
                        return true;
                    }

                    if (_verdict is not null) break;
                    step = _session.StepAsync(_token);
                }

                if (_verdict.Exception is { } exception) throw exception;
            }
            catch
            {
                await EndAsync().ConfigureAwait(false);
                throw;
            }
            finally
            {
                _isMoving = false;
            }

            await EndAsync().ConfigureAwait(false);
            return false;
        }

        private ValueTask EndAsync()
        {
            _hasEnded = true;
            _linked?.Dispose();
            if (_session is not { } session) return default;
            _session = null;
            return session.DisposeAsync();
        }
    }
}
