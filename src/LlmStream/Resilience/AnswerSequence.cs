using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using LlmStream.Reading;

namespace LlmStream.Resilience;

/// <summary>The deltas of an answer. Each enumeration sends the request.</summary>
/// <remarks>
/// An <c>async</c> iterator cannot tell which of two tokens was cancelled, and runs a state machine also for deltas that have been read
/// already.
/// </remarks>
/// <param name="createCall">Creates a call that is cancelled by a token.</param>
/// <param name="createAnswer">Creates the answer of a call.</param>
/// <param name="cancellationToken">The token that was passed to the method which returns the sequence.</param>
internal sealed class AnswerSequence(
    Func<CancellationToken, CallContext> createCall, Func<CallContext, ResumableAnswer> createAnswer, CancellationToken cancellationToken)
    : IAsyncEnumerable<ChatDelta>
{
    /// <summary>The call that returned the sequence, if it passed messages; else null.</summary>
    public ChatCall? Call { get; init; }

    public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken token = default) =>
        new Enumerator(createCall, createAnswer, new CallerTokens(cancellationToken, token));

    /// <remarks>
    /// Invariant: <c>_call</c> and <c>_answer</c> are set from the first move until the end, an exception or the disposal, whichever
    /// comes first. After that <c>_hasEnded</c> is set, and no move returns a delta.
    /// </remarks>
    private sealed class Enumerator(
        Func<CancellationToken, CallContext> createCall, Func<CallContext, ResumableAnswer> createAnswer, CallerTokens tokens)
        : IAsyncEnumerator<ChatDelta>
    {
        private CallContext? _call;
        private ResumableAnswer? _answer;
        private bool _isMoving;
        private bool _hasEnded;

        public ChatDelta Current { get; private set; } = null!;

        public ValueTask<bool> MoveNextAsync()
        {
            Debug.Assert(_answer is null || !_hasEnded, "An enumeration that has ended has no answer.");
            if (_answer is null || tokens.IsCancellationRequested) return MoveNextSlowAsync();
            try
            {
                do
                {
                    if (TryTake()) return new(true);
                }
                while (_answer.TryRead());
                return MoveNextSlowAsync();
            }
            catch (Exception exception)
            {
                return EndWithAsync(exception);
            }
        }

        public ValueTask DisposeAsync()
        {
            if (_isMoving) throw new NotSupportedException("The enumerator cannot be disposed of while MoveNextAsync is running.");
            return EndAsync();
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> MoveNextSlowAsync()
        {
            if (_hasEnded) return false;
            _isMoving = true;
            _call?.Telemetry.BeginWait();
            try
            {
                tokens.Token.ThrowIfCancellationRequested();
                if (_answer is null)
                {
                    _call = createCall(tokens.Token);
                    _answer = createAnswer(_call);
                    await _answer.StartAsync().ConfigureAwait(false);
                }
                else if (!await _answer.ReadAsync().ConfigureAwait(false))
                {
                    return await CompleteAsync().ConfigureAwait(false);
                }

                while (!TryTake())
                {
                    if (!await _answer.ReadAsync().ConfigureAwait(false)) return await CompleteAsync().ConfigureAwait(false);
                }

                return true;
            }
            catch (Exception exception)
            {
                return await EndWithAsync(exception).ConfigureAwait(false);
            }
            finally
            {
                _isMoving = false;
                _call?.Telemetry.EndWait();
            }
        }

        private bool TryTake()
        {
            if (!_answer!.TryTake(out ChatDelta? delta)) return false;
            if (!_call!.AnnouncesStart || delta.HasContent || delta.Usage is not null) _call.Telemetry.DeltaReceived(delta);
            Current = delta;
            return true;
        }

        private async ValueTask<bool> CompleteAsync()
        {
            CallContext call = _call!;
            if (_answer is { } answer)
            {
                _answer = null;
                _hasEnded = true;
                answer.EndAttempt(isComplete: true);
                await answer.DisposeAsync().ConfigureAwait(false);
            }

            call.Telemetry.Completed();
            await EndAsync().ConfigureAwait(false);
            return false;
        }

        /// <summary>
        /// Ends the enumeration with an exception: if the caller has cancelled, with a cancellation, whatever reported it.
        /// </summary>
        private async ValueTask<bool> EndWithAsync(Exception exception)
        {
            if (tokens.IsCancellationRequested)
            {
                ChatStreamResult partial = _answer?.Delivered ?? ChatStreamResult.Empty; // before its buffers are returned
                exception = tokens.Canceled(partial, exception);
            }

            await EndAsync(exception).ConfigureAwait(false);
            ExceptionDispatchInfo.Throw(exception);
            return false;
        }

        private async ValueTask EndAsync(Exception? exception = null)
        {
            _hasEnded = true;
            ResumableAnswer? answer = _answer;
            _answer = null;
            answer?.EndAttempt(isComplete: false);
            if (answer is not null) await answer.DisposeAsync().ConfigureAwait(false);
            _call?.Telemetry.Left(tokens.IsCancellationRequested, exception);
            _call?.Dispose();
            _call = null;
            tokens.Dispose();
        }
    }
}
