using LlmStream.Reading;

namespace LlmStream;

/// <summary>Reads a stream from any source: the body of a response, a file, a pipe.</summary>
public static class ChatStreamReader
{
    /// <summary>
    /// Reads a stream to its end and returns its deltas as they arrive. A truncated answer is never reported as complete: the sequence
    /// ends without an exception only after the signal by which the dialect marks an answer as complete.
    /// </summary>
    /// <param name="stream">
    /// The body of the response, without HTTP chunking and compression. It is read asynchronously, at most one buffer ahead of the
    /// consumer, and left open.
    /// </param>
    /// <param name="dialect">The format of the stream.</param>
    /// <param name="options">How it is read, and its limits; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas, to be enumerated once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="dialect"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: the stream was truncated, failed, or has another format. Everything that had arrived has been returned
    /// before, and is in <see cref="ChatStreamException.Partial"/>.
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
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read: it is closed or write-only.", nameof(stream));
        options ??= ChatReadOptions.Default;
        return new DeltaSequence(() => new ReadSession(stream, dialect, options), cancellationToken);
    }
}
