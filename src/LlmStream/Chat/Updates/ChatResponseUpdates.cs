using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>
/// The deltas of one response as the updates of Microsoft.Extensions.AI. Text, reasoning and other contents are passed on as they arrive.
/// Tool calls, unless the provider signalled their end, a refusal, the finish reason and the usage are in the last update: nothing follows
/// the finish reason, a call is never passed on with a part of its arguments, and consumers of updates add up the usage.
/// </summary>
/// <remarks>
/// Updates have no choice index, so only one choice is converted: the first that has content. And updates can only append: a server that
/// repeats its text is followed silently, one that rewrites it cannot be followed. An <c>async</c> iterator would run a state machine also
/// for deltas that have been read already.
/// </remarks>
internal sealed class ChatResponseUpdates : IAsyncEnumerable<ChatResponseUpdate>
{
    private readonly IAsyncEnumerable<ChatDelta> _deltas;
    private readonly UpdateContext _context;

    private ChatResponseUpdates(IAsyncEnumerable<ChatDelta> deltas, UpdateContext context)
    {
        _deltas = deltas;
        _context = context;
    }

    /// <summary>Converts the deltas of one response.</summary>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: thrown by the source, unchanged; or the server rewrote text that had already been passed on
    /// (<see cref="ChatStreamError.MalformedEvent"/>).
    /// </exception>
    /// <param name="deltas">The deltas.</param>
    /// <param name="context">What the updates state besides; null if nothing is known but the deltas.</param>
    public static IAsyncEnumerable<ChatResponseUpdate> FromDeltas(IAsyncEnumerable<ChatDelta> deltas, UpdateContext? context = null) =>
        new ChatResponseUpdates(deltas, context ?? UpdateContext.None);

    public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new Enumerator(_deltas, _context, cancellationToken);

    /// <remarks>
    /// Invariant: <c>_source</c> is set from the first move until the source ends, an exception or the disposal, whichever comes first.
    /// After that <c>_hasEnded</c> is set, and no move returns an update.
    /// </remarks>
    private sealed class Enumerator(IAsyncEnumerable<ChatDelta> deltas, UpdateContext context, CancellationToken cancellationToken)
        : IAsyncEnumerator<ChatResponseUpdate>
    {
        private readonly UpdateBuilder _builder = new(context);
        private IAsyncEnumerator<ChatDelta>? _source;
        private bool _isMoving;
        private bool _hasEnded;

        public ChatResponseUpdate Current { get; private set; } = null!;

        public ValueTask<bool> MoveNextAsync()
        {
            Debug.Assert(_source is null || !_hasEnded, "An enumeration that has ended has no source.");
            if (_hasEnded) return default;
            try
            {
                _source ??= deltas.GetAsyncEnumerator(cancellationToken);
                while (true)
                {
                    ValueTask<bool> move = _source.MoveNextAsync();
                    if (!move.IsCompletedSuccessfully) return MoveNextSlowAsync(move);
                    if (!move.Result) return MoveNextSlowAsync(default);
                    if (TryConvert()) return new(true);
                }
            }
            catch (Exception exception)
            {
                return MoveNextSlowAsync(new ValueTask<bool>(Task.FromException<bool>(exception)));
            }
        }

        public ValueTask DisposeAsync()
        {
            if (_isMoving) throw new NotSupportedException("The enumerator cannot be disposed of while MoveNextAsync is running.");
            return EndAsync();
        }

        /// <param name="move">The move of the source to wait for.</param>
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> MoveNextSlowAsync(ValueTask<bool> move)
        {
            _isMoving = true;
            try
            {
                while (await move.ConfigureAwait(false))
                {
                    if (TryConvert()) return true;
                    move = _source!.MoveNextAsync();
                }

                // The source first: when it has ended, it is known what each attempt has cost.
                await EndSourceAsync().ConfigureAwait(false);
                ChatResponseUpdate? last = _builder.Complete();
                _builder.Release();
                if (last is null) return false;
                Current = last;
                return true;
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
        }

        private bool TryConvert()
        {
            if (_builder.Add(_source!.Current) is not { } update) return false;
            Current = update;
            return true;
        }

        private ValueTask EndAsync()
        {
            _builder.Release();
            return EndSourceAsync();
        }

        private ValueTask EndSourceAsync()
        {
            _hasEnded = true;
            if (_source is not { } source) return default;
            _source = null;
            return source.DisposeAsync();
        }
    }
}
