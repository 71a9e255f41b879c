using System.Net;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>How the reading of a stream ended: it is complete, or there is an error to be thrown.</summary>
internal sealed class Verdict
{
    private static readonly Verdict Complete = new(null);
    private static readonly byte[][] FieldStarts = ["data:"u8.ToArray(), "event:"u8.ToArray(), "id:"u8.ToArray(), "retry:"u8.ToArray()];

    private Verdict(ChatStreamException? exception) => Exception = exception;

    /// <summary>Null where the stream is complete.</summary>
    public ChatStreamException? Exception { get; }

    /// <summary>
    /// The verdict when no more is to be read. A stream is complete only by its dialect's own signal; what the
    /// provider or the bytes say against it comes first.
    /// </summary>
    public static Verdict AtEnd(ChatDecoder decoder, GuardedStream stream)
    {
        if (decoder.Fault is { } fault) return new(OfFault(fault, decoder));
        if (decoder.Malformed is { } quote)
            return Failed(decoder, ChatStreamError.MalformedEvent, $"An event of the stream could not be understood: {quote}");
        if (decoder.Broken is { } why) return Failed(decoder, ChatStreamError.Truncated, why, isTransient: true);
        if (decoder.IsComplete) return Complete;

        if (!decoder.HasUnderstood && !stream.IsEmpty && !LooksLikeEventStream(stream.Sample, decoder.HasSeenFrame))
            return Failed(decoder, ChatStreamError.NotAStream, $"The body is no stream of this dialect. It begins: {ProviderFault.Quote(stream.Sample)}");

        string what = stream.IsEmpty ? "The stream ended before anything came"
            : decoder.HasForeignEvents ? $"The stream ended, and none of its events was of this dialect; it began: {ProviderFault.Quote(stream.Sample)}"
            : !decoder.HasUnderstood ? "The stream ended before the answer began"
            : "The stream ended in the middle of the answer: the signal by which the provider says that it is complete did not come";
        if (decoder.Prose is { } prose) what += $". Between the events it said: {prose}";
        return Failed(decoder, ChatStreamError.Truncated, what, isTransient: true);
    }

    /// <summary>The verdict when reading failed. A signal that came before counts: nothing of the answer is missing.</summary>
    public static Verdict AtFailure(Exception exception, ChatDecoder decoder, GuardedStream stream)
    {
        switch (exception)
        {
            case FramingException { Error: FramingError.TooLarge }:
            case AnswerTooLargeException:
                return Failed(decoder, ChatStreamError.TooLarge, exception.Message, inner: exception);

            case FramingException:
                return Failed(decoder, ChatStreamError.NotAStream, $"{exception.Message}, not a stream of events. It begins: {ProviderFault.Quote(stream.Sample)}", inner: exception);

            default:
                if (decoder.Fault is { } fault) return new(OfFault(fault, decoder));
                if (decoder.IsComplete) return Complete;
                return Failed(decoder, ChatStreamError.Connection, $"The connection broke: {exception.Message}", isTransient: true, inner: exception);
        }
    }

    /// <summary>The verdict when reading was interrupted. A signal that came before counts: nothing of the answer is missing.</summary>
    /// <param name="cause">Why: an exception without a partial answer, or the caller's cancellation.</param>
    /// <param name="decoder">What had arrived.</param>
    public static Verdict AtInterruption(Exception cause, ChatDecoder decoder)
    {
        if (cause is not ChatStreamException timeout) throw cause;
        if (decoder.Fault is { } fault) return new(OfFault(fault, decoder));
        if (decoder.IsComplete) return Complete;
        return new(new ChatStreamException(timeout.Error, timeout.Message, timeout.InnerException)
        {
            IsTransient = timeout.IsTransient,
            AttemptCount = timeout.AttemptCount,
            RequestId = decoder.Answer.Info.RequestId,
            Partial = decoder.Answer.ToResult(isComplete: false),
        });
    }

    private static ChatStreamException OfFault(ProviderFault fault, ChatDecoder decoder)
    {
        string code = fault.Code is null ? "" : $" ({fault.Code})";
        return new ChatStreamException(ChatStreamError.ProviderError, $"The provider reported an error{code}: {fault.Message}")
        {
            IsTransient = fault.IsTransient,
            StatusCode = (HttpStatusCode?)fault.Status,
            ProviderCode = fault.Code,
            ProviderMessage = fault.Message,
            RequestId = fault.RequestId ?? decoder.Answer.Info.RequestId,
            Partial = decoder.Answer.ToResult(isComplete: false),
        };
    }

    private static Verdict Failed(ChatDecoder decoder, ChatStreamError error, string message, bool isTransient = false, Exception? inner = null) =>
        new(new ChatStreamException(error, message.EndsWith('.') ? message : message + ".", inner)
        {
            IsTransient = isTransient,
            RequestId = decoder.Answer.Info.RequestId,
            Partial = decoder.Answer.ToResult(isComplete: false),
        });

    /// <summary>Whether a body from which nothing was understood began as an event stream does, so that it was cut, not mistaken.</summary>
    public static bool LooksLikeEventStream(ReadOnlySpan<byte> sample, bool hasSeenFrame)
    {
        ReadOnlySpan<byte> start = sample.TrimStart("\uFEFF \t\r\n"u8);
        if (start.IsEmpty || start[0] == (byte)':') return true;
        // JSON that came whole and was not understood is a document of another kind.
        if (start[0] is (byte)'{' or (byte)'[') return !hasSeenFrame;
        foreach (byte[] field in FieldStarts)
        {
            int length = Math.Min(field.Length, start.Length);
            if (start[..length].SequenceEqual(field.AsSpan(0, length))) return true;
        }

        return false;
    }
}
