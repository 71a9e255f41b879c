using LlmStream.Reading;

namespace LlmStream;

/// <summary>Reads the stream of an answer that one already holds: a response's body, a file, a pipe.</summary>
public static class ChatStreamReader
{
    /// <summary>
    /// Reads a stream to its end, and yields what it says as it comes. The end is never a lie: the sequence ends by itself
    /// only where the dialect's own signal said that the answer is complete.
    /// </summary>
    /// <param name="stream">
    /// The body of the response, after HTTP's own decoding. It is read asynchronously, never further than the consumer asks
    /// but for one buffer, and is left open: it belongs to the caller.
    /// </param>
    /// <param name="dialect">The format of the stream.</param>
    /// <param name="options">How it is read and how large it may grow; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas, to be enumerated once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="dialect"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated: the stream was cut, failed, or is none. Everything that arrived is delivered before, and
    /// stands in <see cref="ChatStreamException.Partial"/>.
    /// </exception>
    /// <example>
    /// <code>
    /// await using FileStream file = File.OpenRead("answer.sse");
    /// await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(file, ChatDialect.OpenAI))
    /// {
    ///     Console.Write(delta.Text);
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> ReadAsync(
        Stream stream, ChatDialect dialect, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(dialect);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read: it is closed, or only for writing.", nameof(stream));
        options ??= ChatReadOptions.Default;
        return new DeltaSequence(() => new ReadSession(stream, dialect, options), cancellationToken);
    }
}
