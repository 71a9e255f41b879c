namespace LlmStream.AspNetCore.Serving;

/// <summary>The answer that had arrived before a failure.</summary>
internal static class PartialAnswer
{
    /// <summary>
    /// What was relayed, with the usage and the attempts of the exception: providers report usage at the end, and the client knows what a
    /// stream that was cut off had used until then. If nothing was relayed, the partial answer of the exception.
    /// </summary>
    public static ChatStreamResult PartialOr(this Exception? exception, ChatStreamResult relayed)
    {
        ChatStreamResult partial = exception switch
        {
            ChatStreamException failure => failure.Partial,
            ChatStreamCanceledException canceled => canceled.Partial,
            _ => ChatStreamResult.Empty,
        };
        return new ChatStreamResult
        {
            IsComplete = false,
            Choices = relayed.Choices.Count > 0 ? relayed.Choices : partial.Choices,
            Usage = partial.Usage ?? relayed.Usage,
            Attempts = partial.Attempts.Count > 0 ? partial.Attempts : relayed.Attempts,
            Stream = relayed.Choices.Count > 0 ? relayed.Stream : partial.Stream,
        };
    }
}
