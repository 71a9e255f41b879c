using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using LlmStream.Diagnostics;
using LlmStream.Reading;
using LlmStream.Resilience.Fallback;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>The deltas of an answer. Each enumeration sends the request.</summary>
/// <remarks>
/// An <c>async</c> iterator cannot tell which of two tokens was cancelled, and runs a state machine also for deltas that have been read
/// already.
/// </remarks>
/// <param name="target">The provider of the client.</param>
/// <param name="request">The request.</param>
/// <param name="pipeline">Retries the request.</param>
/// <param name="description">What is requested, for telemetry.</param>
/// <param name="disposedToken">Cancelled when the client is disposed of.</param>
/// <param name="cancellationToken">The token that was passed to the method which returns the sequence.</param>
internal sealed class AnswerSequence(
    ProviderTarget target,
    ChatRequest request,
    RetryPipeline pipeline,
    CallDescription description,
    CancellationToken disposedToken,
    CancellationToken cancellationToken) : IAsyncEnumerable<ChatDelta>
{
    /// <summary>The call that returned the sequence, if it passed messages; else null.</summary>
    public ChatCall? Call { get; init; }

    /// <summary>The partial answer of an earlier call, to be continued; null if the answer is new.</summary>
    public ChatStreamResult? Continued { get; init; }

    /// <summary>The id of an answer that the provider keeps, and of which nothing else is known; null if the answer is new.</summary>
    public string? KeptId { get; init; }

    /// <summary>Creates the route over the fallbacks; null if there are none.</summary>
    public Func<FallbackRoute>? CreateRoute { get; init; }

    /// <inheritdoc cref="CallContext.AnnouncesStart"/>
    public bool AnnouncesStart { get; init; }

    public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken token = default) =>
        new Enumerator(this, new CallerTokens(cancellationToken, token));

    private CallContext CreateCall(CancellationToken token) => new(
        target.Options, target.Key, token, disposedToken, description,
        earlierAttempts: Continued is null ? 0 : Continued.Attempts is [.., var last] ? last.Number : 1)
    {
        Templates = KeptId is null ? target.Templates : null,
        AnnouncesStart = AnnouncesStart,
    };

    private ResumableAnswer CreateAnswer(CallContext call) => new(new ProviderCall(target, call, request, pipeline), CreateRoute?.Invoke())
    {
        Continued = Continued,
        KeptId = KeptId,
    };

    /// <remarks>
    /// Invariant: <c>_call</c> and <c>_answer</c> are set from the first move until the end, an exception or the disposal, whichever
    /// comes first. After that <c>_hasEnded</c> is set, and no move returns a delta.
    /// </remarks>
    private sealed class Enumerator(AnswerSequence sequence, CallerTokens tokens) : IAsyncEnumerator<ChatDelta>
    {
        private readonly CancellationToken _token = tokens.Token;
        private AnswerSequence? _sequence = sequence; // until the first move
        private CallContext? _call;
        private ResumableAnswer? _answer;
        private bool _isMoving;
        private bool _hasEnded;

        public ChatDelta Current { get; private set; } = null!;

        public ValueTask<bool> MoveNextAsync()
        {
            Debug.Assert(_answer is null || !_hasEnded, "An enumeration that has ended has no answer.");
            if (_answer is null || _token.IsCancellationRequested) return MoveNextSlowAsync();
            try
            {
                return TryTake() ? new(true) : ReadOnAsync();
            }
            catch (Exception exception)
            {
                return EndWithAsync(exception);
            }
        }

        /// <summary>Reads until there is a delta.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)] // its variables would have to be cleared for each delta
        private ValueTask<bool> ReadOnAsync()
        {
            do
            {
                if (_call!.Telemetry.MeasuresWaits) return MoveNextSlowAsync();
                ValueTask<bool> read = _answer!.ReadAsync();
                if (!read.IsCompletedSuccessfully) return MoveNextSlowAsync(read);
                if (!read.Result) return MoveNextSlowAsync(new ValueTask<bool>(false));
            }
            while (!TryTake());

            return new(true);
        }

        public ValueTask DisposeAsync()
        {
            if (_isMoving) throw new NotSupportedException("The enumerator cannot be disposed of while MoveNextAsync is running.");
            return EndAsync();
        }

        /// <param name="read">The read to wait for; null if none has begun.</param>
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> MoveNextSlowAsync(ValueTask<bool>? read = null)
        {
            if (_hasEnded) return false;
            _isMoving = true;
            _call?.Telemetry.BeginWait();
            try
            {
                if (read is null) _token.ThrowIfCancellationRequested();
                if (_answer is null)
                {
                    _call = _sequence!.CreateCall(_token);
                    _answer = _sequence.CreateAnswer(_call);
                    _sequence = null;
                    await _answer.StartAsync().ConfigureAwait(false);
                }
                else if (!await (read ?? _answer.ReadAsync()).ConfigureAwait(false))
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
            if (_answer!.TakeNext() is not { } delta) return false;
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
