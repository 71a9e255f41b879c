namespace LlmStream.Relay;

/// <summary>Creates the errors of the relay itself.</summary>
internal static class RelayError
{
    public static ChatStreamException Create(
        ChatStreamRelayFailure failure, Exception? cause = null, ChatStreamResult? partial = null, string? details = null)
    {
        (ChatStreamError error, string message, bool isTransient) = Describe(failure);
        return new ChatStreamException(error, message, new ChatStreamRelayException(failure, cause) { Details = details })
        {
            IsTransient = isTransient,
            Partial = partial ?? ChatStreamResult.Empty,
        };
    }

    private static (ChatStreamError Error, string Message, bool IsTransient) Describe(ChatStreamRelayFailure failure) => failure switch
    {
        ChatStreamRelayFailure.NotFound =>
            (ChatStreamError.Truncated, "The kept stream is unknown, or has expired.", false),
        ChatStreamRelayFailure.PositionLost =>
            (ChatStreamError.Truncated, "The kept stream cannot be read from this position. Read it from the start.", true),
        ChatStreamRelayFailure.NoProducer =>
            (ChatStreamError.Truncated, "The producer of the kept stream is gone, and no other has taken over.", true),
        ChatStreamRelayFailure.ProducerLost =>
            (ChatStreamError.Truncated, "The producer of the answer was lost, and the answer cannot be continued.", true),
        ChatStreamRelayFailure.StoreUnavailable =>
            (ChatStreamError.Connection, "The store of the kept streams is unavailable.", true),
        ChatStreamRelayFailure.StoreFull =>
            (ChatStreamError.TooLarge, "The store of the kept streams has no room.", true),
        ChatStreamRelayFailure.TooLarge =>
            (ChatStreamError.TooLarge, "The answer is larger than a kept stream may be.", false),
        ChatStreamRelayFailure.RecordsLost =>
            (ChatStreamError.Truncated, "The store of the kept streams has lost a part of the answer.", true),
        ChatStreamRelayFailure.InvalidRecord =>
            (ChatStreamError.MalformedEvent, "A record of the kept stream cannot be read.", false),
        ChatStreamRelayFailure.ServerShutdown =>
            (ChatStreamError.Truncated, "The server shut down before the answer was complete.", true),
        _ => (ChatStreamError.ServerError, "The application failed while it produced the answer.", false),
    };
}
