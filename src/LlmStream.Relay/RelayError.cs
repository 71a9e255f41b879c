namespace LlmStream.Relay;

/// <summary>Creates the errors of the relay itself.</summary>
internal static class RelayError
{
    public static ChatStreamException Create(
        ChatStreamRelayError failure, Exception? cause = null, ChatStreamResult? partial = null, string? details = null)
    {
        (ChatStreamError error, string message, bool isTransient) = Describe(failure);
        return new ChatStreamException(error, message, new ChatStreamRelayException(failure, cause) { Details = details })
        {
            IsTransient = isTransient,
            Partial = partial ?? ChatStreamResult.Empty,
        };
    }

    private static (ChatStreamError Error, string Message, bool IsTransient) Describe(ChatStreamRelayError failure) => failure switch
    {
        ChatStreamRelayError.NotFound =>
            (ChatStreamError.Truncated, "The kept stream is unknown, or has expired.", false),
        ChatStreamRelayError.PositionLost =>
            (ChatStreamError.Truncated, "The kept stream cannot be read from this position. Read it from the start.", true),
        ChatStreamRelayError.NoProducer =>
            (ChatStreamError.Truncated, "The producer of the kept stream is gone, and no other has taken over.", true),
        ChatStreamRelayError.ProducerLost =>
            (ChatStreamError.Truncated, "The producer of the answer was lost, and the answer cannot be continued.", true),
        ChatStreamRelayError.StoreUnavailable =>
            (ChatStreamError.Connection, "The store of the kept streams is unavailable.", true),
        ChatStreamRelayError.StoreFull =>
            (ChatStreamError.TooLarge, "The store of the kept streams has no room.", true),
        ChatStreamRelayError.TooLarge =>
            (ChatStreamError.TooLarge, "The answer is larger than a kept stream may be.", false),
        ChatStreamRelayError.RecordsLost =>
            (ChatStreamError.Truncated, "The store of the kept streams has lost a part of the answer.", true),
        ChatStreamRelayError.InvalidRecord =>
            (ChatStreamError.MalformedEvent, "A record of the kept stream cannot be read.", false),
        ChatStreamRelayError.ServerShutdown =>
            (ChatStreamError.Truncated, "The server shut down before the answer was complete.", true),
        _ => (ChatStreamError.ServerError, "The application failed while it produced the answer.", false),
    };
}
