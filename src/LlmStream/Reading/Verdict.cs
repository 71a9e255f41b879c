using System.Net;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>How a stream ended: it is complete, or there is an exception to throw.</summary>
internal sealed class Verdict
{
    private static readonly Verdict Complete = new(null);
    private static readonly byte[][] FieldStarts = ["data:"u8.ToArray(), "event:"u8.ToArray(), "id:"u8.ToArray(), "retry:"u8.ToArray()];

    private Verdict(ChatStreamException? exception) => Exception = exception;

    /// <summary>The exception to throw, with the partial answer; null if the answer is complete.</summary>
    public ChatStreamException? Exception { get; }

    /// <summary>
    /// The verdict when nothing more is read. An answer is complete only by the signal of its dialect. An error that the provider
    /// reported, or an event that could not be decoded, takes precedence over that signal.
    /// </summary>
    public static Verdict AtEnd(ChatDecoder decoder, GuardedStream stream)
    {
        if (decoder.Fault is { } fault) return Failed(decoder, fault);
        if (decoder.Malformed is not null) return Malformed(decoder);
        if (decoder.Truncation is { } reason) return Failed(decoder, ChatStreamError.Truncated, reason, isTransient: true);
        if (decoder.IsCompleteAtEnd) return Complete;
        if (decoder.IsForeign) return Failed(decoder, ChatStreamError.NotAStream, DescribeForeign(decoder));

        bool isOfDialect = decoder.HasUnderstood || stream.IsEmpty || LooksLikeEventStream(stream.Sample, decoder.HasSeenFrame)
            || decoder.Dialect.Framing?.IsLikely(stream.Sample) is true;
        if (!isOfDialect)
        {
            string description = BodyQuote.Describe(stream.Sample);
            return Failed(decoder, ChatStreamError.NotAStream, $"The body is not a stream of this dialect. {description}");
        }

        string message = stream.IsEmpty ? "The stream ended before any data arrived"
            : decoder.HasForeignEvents ? $"The stream has no event of this dialect. It begins: {ProviderFault.Quote(stream.Sample)}"
            : !decoder.HasUnderstood ? "The stream ended before the answer began"
            : "The stream ended in the middle of the answer: the provider did not signal that it is complete";
        if (decoder.StrayText is { } text) message += $". Text between the events: {text}";
        return Failed(decoder, ChatStreamError.Truncated, message, isTransient: true);
    }

    /// <summary>The verdict when a read failed. If the signal of a complete answer came before, nothing of it is missing.</summary>
    public static Verdict AtFailure(Exception exception, ChatDecoder decoder, GuardedStream stream)
    {
        switch (exception)
        {
            case FramingException { Error: FramingError.TooLarge }:
            case AnswerTooLargeException:
                return Failed(decoder, ChatStreamError.TooLarge, exception.Message, cause: exception);

            case FramingException { Error: FramingError.Malformed }:
                return Failed(decoder, ChatStreamError.MalformedEvent, exception.Message, cause: exception);

            case FramingException:
                string body = $"{exception.Message}, not a stream of events. {BodyQuote.Describe(stream.Sample)}";
                return Failed(decoder, ChatStreamError.NotAStream, body, cause: exception);

            // A request that was sent again while the body was read failed.
            case ChatStreamException failure:
                return AtInterruption(decoder) ?? new(failure.WithPartial(decoder.Answer.ToPartial()));

            // A fault of this library, never of the connection: another request would only cost more.
            case var _ when !ReferenceEquals(exception, stream.Failure):
                if (decoder.Malformed is not null) return Malformed(decoder);
                string fault = $"The stream could not be decoded: {exception.Message}";
                return Failed(decoder, ChatStreamError.MalformedEvent, fault, cause: exception);

            default:
                string connection = $"The connection failed: {exception.Message}";
                return AtInterruption(decoder)
                    ?? Failed(decoder, ChatStreamError.Connection, connection, isTransient: true, cause: exception);
        }
    }

    /// <summary>The verdict when a read was interrupted. If the signal of a complete answer came before, nothing is missing.</summary>
    /// <param name="cause">A timeout, without a partial answer; or the caller's cancellation, which is thrown.</param>
    /// <param name="decoder">The decoder, with the partial answer.</param>
    public static Verdict AtInterruption(Exception cause, ChatDecoder decoder)
    {
        if (cause is not ChatStreamException timeout) throw cause;
        return AtInterruption(decoder) ?? new(new ChatStreamException(timeout.Error, timeout.Message, timeout.InnerException)
        {
            IsTransient = timeout.IsTransient,
            AttemptCount = timeout.AttemptCount,
            RequestId = decoder.Answer.Info.RequestId,
            Partial = decoder.Answer.ToPartial(),
        });
    }

    /// <summary>Describes a stream of which no event is of the dialect.</summary>
    private static string DescribeForeign(ChatDecoder decoder)
    {
        ChatDialect? other = ChatDialect.Recognize(decoder.ForeignEvent);
        string format = decoder.ForeignFormat is { } name ? $"It looks like {name}, which is not supported"
            : other is not null && other.Format != decoder.Dialect ? $"It looks like the dialect {other}"
            : "Its format is unknown";
        string quote = ProviderFault.Quote(decoder.ForeignEvent);
        return $"The stream has no event of the dialect {decoder.Dialect.Name}. {format}. It begins: {quote}";
    }

    /// <summary>The verdict that was certain before a stream was interrupted, or null.</summary>
    private static Verdict? AtInterruption(ChatDecoder decoder) =>
        decoder.Fault is { } fault ? Failed(decoder, fault)
        : decoder.IsComplete ? Complete
        : null;

    private static Verdict Malformed(ChatDecoder decoder)
    {
        string message = $"An event of the stream could not be decoded: {decoder.Malformed}";
        return Failed(decoder, ChatStreamError.MalformedEvent, message, cause: decoder.MalformedCause);
    }

    private static Verdict Failed(ChatDecoder decoder, ProviderFault fault)
    {
        string code = fault.Code is null ? "" : $" ({fault.Code})";
        return new(new ChatStreamException(ChatStreamError.ProviderError, $"The provider reported an error{code}: {fault.Message}")
        {
            IsTransient = fault.IsTransient,
            StatusCode = (HttpStatusCode?)fault.Status,
            ProviderCode = fault.Code,
            ProviderMessage = fault.Message,
            RequestId = fault.RequestId ?? decoder.Answer.Info.RequestId,
            Partial = decoder.Answer.ToPartial(),
        });
    }

    private static Verdict Failed(
        ChatDecoder decoder, ChatStreamError error, string message, bool isTransient = false, Exception? cause = null) =>
        new(new ChatStreamException(error, StreamFailure.Sentence(message), cause)
        {
            IsTransient = isTransient,
            RequestId = decoder.Answer.Info.RequestId,
            Partial = decoder.Answer.ToPartial(),
        });

    /// <summary>
    /// Whether a body from which no event was understood begins as an event stream does, so that it is cut off and not of another kind.
    /// </summary>
    /// <param name="sample">The beginning of the body.</param>
    /// <param name="hasSeenFrame">Whether a whole frame has arrived: a JSON document that was not understood is of another kind.</param>
    public static bool LooksLikeEventStream(ReadOnlySpan<byte> sample, bool hasSeenFrame)
    {
        ReadOnlySpan<byte> start = sample.TrimStart("\uFEFF \t\r\n"u8);
        if (start.IsEmpty || start[0] == (byte)':') return true;
        if (start[0] is (byte)'{' or (byte)'[') return !hasSeenFrame;
        foreach (byte[] field in FieldStarts)
        {
            // The body may have been cut off in the name of its first field.
            int length = Math.Min(field.Length, start.Length);
            if (start[..length].SequenceEqual(field.AsSpan(0, length))) return true;
        }

        return false;
    }
}
