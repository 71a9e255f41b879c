using System.Net;
using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>Creates the exceptions of streams that are not chat answers, and so have no partial answer to carry.</summary>
internal static class StreamFailure
{
    /// <summary>A read failed.</summary>
    public static ChatStreamException Of(Exception exception, GuardedStream stream) =>
        exception is FramingException || ReferenceEquals(exception, stream.Failure)
            ? Of(exception, stream.Sample)
            // A fault of this library, never of the connection.
            : new(ChatStreamError.MalformedEvent, Sentence($"The stream could not be decoded: {exception.Message}"), exception);

    /// <summary>A read failed, or the bytes are not a stream of events.</summary>
    public static ChatStreamException Of(Exception exception, ReadOnlySpan<byte> sample) => exception switch
    {
        FramingException { Error: FramingError.TooLarge } => new(ChatStreamError.TooLarge, Sentence(exception.Message), exception),
        FramingException { Error: FramingError.Malformed } => new(ChatStreamError.MalformedEvent, Sentence(exception.Message), exception),
        FramingException => new(
            ChatStreamError.NotAStream, $"{exception.Message}. {BodyQuote.Describe(sample)}.", exception),
        _ => new(ChatStreamError.Connection, Sentence($"The connection failed: {exception.Message}"), exception) { IsTransient = true },
    };

    /// <summary>The server reported an error.</summary>
    public static ChatStreamException Of(ProviderFault fault)
    {
        string code = fault.Code is null ? "" : $" ({fault.Code})";
        return new(ChatStreamError.ProviderError, $"The server reported an error{code}: {fault.Message}")
        {
            IsTransient = fault.IsTransient,
            StatusCode = (HttpStatusCode?)fault.Status,
            ProviderCode = fault.Code,
            ProviderMessage = fault.Message,
            RequestId = fault.RequestId,
        };
    }

    public static ChatStreamException Truncated(string message) => new(ChatStreamError.Truncated, message) { IsTransient = true };

    public static ChatStreamException Malformed(ReadOnlySpan<byte> bytes, Exception? cause) =>
        new(ChatStreamError.MalformedEvent, $"An event could not be decoded: {ProviderFault.Quote(bytes)}.", cause);

    public static ChatStreamException NotAStream(ReadOnlySpan<byte> sample) =>
        new(ChatStreamError.NotAStream, $"The body is not a stream of events. {BodyQuote.Describe(sample)}.");

    /// <summary>The caller cancelled a read, which a stream may report as a failure.</summary>
    public static OperationCanceledException Canceled(Exception cause, CancellationToken cancellationToken) =>
        new("The read was cancelled.", cause, cancellationToken);

    /// <summary>Ends a message with a period, unless the message that it quotes already does.</summary>
    public static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";
}
