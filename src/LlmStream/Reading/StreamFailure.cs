using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>What is thrown where a stream that is no answer of a model fails: there is no partial answer to be carried.</summary>
internal static class StreamFailure
{
    /// <summary>What a failed read means.</summary>
    public static ChatStreamException Of(Exception exception, ReadOnlySpan<byte> sample) => exception switch
    {
        FramingException { Error: FramingError.TooLarge } => new(ChatStreamError.TooLarge, $"{exception.Message}.", exception),
        FramingException { Error: FramingError.Malformed } => new(ChatStreamError.MalformedEvent, $"{exception.Message}.", exception),
        FramingException => new(ChatStreamError.NotAStream, $"{exception.Message}. It begins: {ProviderFault.Quote(sample)}.", exception),
        _ => new(ChatStreamError.Connection, $"The connection broke: {exception.Message}.", exception) { IsTransient = true },
    };

    public static ChatStreamException Of(ProviderFault fault)
    {
        string code = fault.Code is null ? "" : $" ({fault.Code})";
        return new(ChatStreamError.ProviderError, $"The server reported an error{code}: {fault.Message}")
        {
            IsTransient = fault.IsTransient,
            StatusCode = (System.Net.HttpStatusCode?)fault.Status,
            ProviderCode = fault.Code,
            ProviderMessage = fault.Message,
            RequestId = fault.RequestId,
        };
    }

    public static ChatStreamException Truncated(string what) => new(ChatStreamError.Truncated, what) { IsTransient = true };

    public static ChatStreamException Malformed(ReadOnlySpan<byte> bytes, Exception? cause) =>
        new(ChatStreamError.MalformedEvent, $"An event of the stream could not be understood: {ProviderFault.Quote(bytes)}.", cause);
}
