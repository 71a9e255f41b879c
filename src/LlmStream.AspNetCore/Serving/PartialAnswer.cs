namespace LlmStream.AspNetCore.Serving;

/// <summary>The answer that had arrived before a failure.</summary>
internal static class PartialAnswer
{
    /// <summary>
    /// The partial answer of an exception, which has the attempts and their usage; if it has none, the answer that was relayed.
    /// </summary>
    public static ChatStreamResult PartialOr(this Exception? exception, ChatStreamResult relayed) => exception switch
    {
        ChatStreamException { Partial.Choices.Count: > 0 } failure => failure.Partial,
        ChatStreamCanceledException { Partial.Choices.Count: > 0 } canceled => canceled.Partial,
        _ => new ChatStreamResult
        {
            IsComplete = false,
            Choices = relayed.Choices,
            Usage = relayed.Usage,
            Attempts = relayed.Attempts,
            Stream = relayed.Stream,
        },
    };
}
