using LlmStream.Framing;
using LlmStream.Inspection;
using LlmStream.Reading;

namespace LlmStream;

/// <summary>Inspects a recorded stream: what it contains, how it ended, and what is unusual about it.</summary>
/// <remarks>
/// <see cref="ChatStreamReader"/> stops at the first error. An inspection reads the whole stream, including what follows errors,
/// malformed events, and the end marker, and reports all of them. It is made for diagnosis: it is slower than reading, and it returns
/// only when the stream has ended.
/// </remarks>
public static class StreamInspector
{
    // Enough for the first events of any stream.
    private const int PrefixSize = 256 * 1024;

    /// <summary>Reads a stream to its end and reports what was found.</summary>
    /// <param name="stream">
    /// The body of the response, as the server sent it, from the current position on. It need not be seekable. It is left open.
    /// </param>
    /// <param name="dialect">
    /// The format of the stream, or <see langword="null"/> to recognize it from the first 256 KiB. If it cannot be recognized, it is
    /// read as <see cref="ChatDialect.OpenAI"/>.
    /// </param>
    /// <param name="options">How it is read and how large it may be; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels the inspection.</param>
    /// <returns>
    /// The inspection, however the stream ended: a truncated stream, or one that reports an error, does not throw but is described by
    /// <see cref="StreamInspection.Ending"/> and <see cref="StreamInspection.Exception"/>.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> is not readable.</exception>
    /// <exception cref="ChatStreamException">
    /// The content is not a stream (<see cref="ChatStreamError.NotAStream"/>), or a read failed before the answer was complete
    /// (<see cref="ChatStreamError.Connection"/>; the cause is the inner exception).
    /// </exception>
    /// <exception cref="OperationCanceledException">The inspection was canceled.</exception>
    /// <example>
    /// <code>
    /// await using FileStream file = File.OpenRead("answer.sse");
    /// StreamInspection inspection = await StreamInspector.InspectAsync(file);
    /// Console.WriteLine($"{inspection.Dialect}: {inspection.Ending}, {inspection.EventCount} events");
    /// foreach (StreamFinding finding in inspection.Findings) Console.WriteLine($"{finding.Code}: {finding.Message}");
    /// </code>
    /// </example>
    public static Task<StreamInspection> InspectAsync(
        Stream stream, ChatDialect? dialect = null, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("The stream is not readable.", nameof(stream));
        return InspectCoreAsync(stream, dialect, options ?? ChatReadOptions.Default, cancellationToken);
    }

    private static async Task<StreamInspection> InspectCoreAsync(
        Stream stream, ChatDialect? dialect, ChatReadOptions options, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> prefix = dialect is null ? await ReadPrefixAsync(stream, cancellationToken).ConfigureAwait(false) : default;
        ChatDialect? recognized = dialect is null ? ChatDialect.Recognize(prefix.Span) : null;
        dialect ??= recognized ?? ChatDialect.OpenAI;

        var source = new PrefixedStream(prefix, stream);
        var framing = new FramingStatistics();
        var decoding = new DecodingStatistics();
        var deltas = new DeltaStatistics();
        var session = new ReadSession(source, dialect, options, framing: framing, decoding: decoding);
        session.Decoder.ReadsPastErrors = true;
        await using (session.ConfigureAwait(false))
        {
            Verdict? verdict = null;
            int? errorEvent = null, malformedEvent = null;
            while (verdict is null)
            {
                verdict = await session.StepAsync(cancellationToken).ConfigureAwait(false);

                // Deltas that come with the verdict were held back until the end: their order shows nothing.
                while (session.Decoder.Answer.TryTake(out ChatDelta? delta) && verdict is null) deltas.Add(delta);
                if (session.Decoder.ReportedFault is not null) errorEvent ??= framing.Frames;
                if (session.Decoder.Malformed is not null) malformedEvent ??= framing.Frames;
            }

            // A stream of events in another format can be inspected; something else cannot.
            bool isStream = verdict.Exception is not { Error: ChatStreamError.NotAStream or ChatStreamError.Connection }
                || (verdict.Exception.Error == ChatStreamError.NotAStream && session.Decoder.IsForeign);
            if (!isStream) throw verdict.Exception!;
            return new StreamInspection(new InspectedStream(dialect, session.Decoder, framing, decoding, deltas, verdict.Exception)
            {
                IsDialectRecognized = recognized is not null,
                ByteCount = source.BytesRead,
                ErrorEventNumber = errorEvent,
                MalformedEventNumber = malformedEvent,
            });
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadPrefixAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            int size = PrefixSize;
            if (stream.CanSeek)
            {
                // Special files are seekable and have a length of 0.
                long rest = stream.Length - stream.Position;
                if (rest is > 0 and < PrefixSize) size = (int)rest;
            }

            byte[] prefix = new byte[size];
            int length = await stream.ReadAtLeastAsync(prefix, size, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return prefix.AsMemory(0, length);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is not OperationCanceledException)
        {
            throw new OperationCanceledException("The inspection was canceled.", exception, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw StreamFailure.Of(exception, ReadOnlySpan<byte>.Empty);
        }
    }
}
