using System.Diagnostics;
using System.Runtime.CompilerServices;
using LlmStream.Chat;

namespace LlmStream.Reading;

/// <summary>The deltas of a stream. Each enumeration opens a session and reads it to its end.</summary>
/// <remarks>
/// An <c>async</c> iterator would do the same, but run a state machine also for deltas that have been read already.
/// </remarks>
internal sealed class DeltaSequence(Func<ReadSession> open, CancellationToken cancellationToken) : IAsyncEnumerable<ChatDelta>
{
    public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken token = default) =>
        new Enumerator(open, new CallerTokens(cancellationToken, token));

    /// <remarks>
    /// Invariant: <c>_session</c> is open from the first move until the end, an exception or the disposal, whichever comes first. After
    /// that <c>_hasEnded</c> is set, and no move returns a delta. A session is not disposed of while a move is under way.
    /// </remarks>
    private sealed class Enumerator(Func<ReadSession> open, CallerTokens tokens) : IAsyncEnumerator<ChatDelta>
    {
        private readonly CancellationToken _token = tokens.Token;
        private ReadSession? _session;
        private Verdict? _verdict;
        private bool _isMoving;
        private bool _hasEnded;

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
                if (session.TryStep(_token)) continue;
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
                _token.ThrowIfCancellationRequested();
                _session ??= open();
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
            catch (OperationCanceledException exception) when (tokens.IsCancellationRequested)
            {
                ChatStreamCanceledException canceled = tokens.Canceled(Delivered(), exception); // before the buffers are returned
                await EndAsync().ConfigureAwait(false);
                throw canceled;
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

        private ChatStreamResult Delivered() => _session is null
            ? ChatStreamResult.Empty
            : UndeliveredDeltas.Subtract(
                _session.Decoder.Answer.ToPartial(), [.. _session.Decoder.Answer.PendingDeltas]);

        private ValueTask EndAsync()
        {
            _hasEnded = true;
            tokens.Dispose();
            if (_session is not { } session) return default;
            _session = null;
            return session.DisposeAsync();
        }
    }
}
