namespace LlmStream.Reading;

/// <summary>
/// The tokens by which a caller may cancel an enumeration: the one that was passed to the method, and that of <c>WithCancellation</c>.
/// </summary>
internal sealed class CallerTokens : IDisposable
{
    private readonly CancellationToken _first;
    private readonly CancellationToken _second;
    private readonly CancellationTokenSource? _linked;

    public CallerTokens(CancellationToken first, CancellationToken second)
    {
        _first = first;
        _second = second;
        if (first.CanBeCanceled && second.CanBeCanceled && first != second)
            _linked = CancellationTokenSource.CreateLinkedTokenSource(first, second);
        Token = _linked?.Token ?? (first.CanBeCanceled ? first : second);
    }

    /// <summary>Cancelled when one of them is.</summary>
    public CancellationToken Token { get; }

    public bool IsCancellationRequested => Token.IsCancellationRequested;

    /// <summary>Creates the exception that the caller gets, with the token that the caller knows.</summary>
    /// <param name="partial">What has been delivered.</param>
    /// <param name="cause">The exception that reported the cancellation.</param>
    public ChatStreamCanceledException Canceled(ChatStreamResult partial, Exception cause) =>
        new(partial, _first.IsCancellationRequested ? _first : _second, cause);

    public void Dispose() => _linked?.Dispose();
}
