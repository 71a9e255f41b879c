namespace LlmStream;

/// <summary>
/// The caller cancelled reading a stream. Carries everything that had been delivered. Thrown by <see cref="LlmStreamClient"/>,
/// <see cref="ChatStreamReader"/> and the operators on their streams, whether the token was passed to the method or to
/// <c>WithCancellation</c>. The connection is closed before it is thrown.
/// </summary>
/// <remarks>
/// <see cref="OperationCanceledException.CancellationToken"/> is the caller's token. Code that handles
/// <see cref="OperationCanceledException"/> handles this exception too.
/// </remarks>
/// <example>
/// <code>
/// try
/// {
///     await foreach (ChatDelta delta in client.StreamAsync(prompt, cancellationToken: token)) Console.Write(delta.Text);
/// }
/// catch (ChatStreamCanceledException e)
/// {
///     await SaveAsync(e.Partial.Text, e.Partial.Usage);
/// }
/// </code>
/// </example>
public sealed class ChatStreamCanceledException : OperationCanceledException
{
    /// <summary>Creates an exception, for tests and for streams from other sources.</summary>
    /// <param name="partial">The partial answer.</param>
    /// <param name="cancellationToken">The token that was cancelled.</param>
    /// <param name="innerException">The exception that reported the cancellation, or <see langword="null"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="partial"/> is null.</exception>
    public ChatStreamCanceledException(
        ChatStreamResult partial, CancellationToken cancellationToken = default, Exception? innerException = null)
        : base("The stream was cancelled.", innerException, cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partial);
        Partial = partial;
    }

    /// <summary>
    /// The partial answer: exactly what had been delivered, and the usage that the provider had reported until then. Never
    /// <see langword="null"/>; empty if nothing had.
    /// </summary>
    public ChatStreamResult Partial { get; }
}
