namespace LlmStream.AspNetCore;

/// <summary>A relayed answer that has ended. Immutable.</summary>
/// <example>
/// <code>
/// app.MapChatRelay("/api/chat", Answer, options => options.OnFinished = async result =>
/// {
///     var conversations = result.Services.GetRequiredService&lt;Conversations&gt;();
///     if (result.Outcome == ChatRelayOutcome.Completed)
///         await conversations.AddAsync(result.Request!.ConversationId, result.Answer.ToChatMessage());
/// });
/// </code>
/// </example>
public sealed class ChatRelayResult
{
    /// <summary>How the answer ended.</summary>
    public required ChatRelayOutcome Outcome { get; init; }

    /// <summary>
    /// The answer, with its usage; the part that had arrived, unless the outcome is <see cref="ChatRelayOutcome.Completed"/>. Never
    /// <see langword="null"/>.
    /// </summary>
    public required ChatStreamResult Answer { get; init; }

    /// <summary>
    /// Why the answer failed or was canceled; <see langword="null"/> if it is complete. A <see cref="ChatStreamException"/>, or whatever
    /// the handler threw.
    /// </summary>
    public Exception? Exception { get; init; }

    /// <summary>
    /// The request; <see langword="null"/> if the application read it itself (<see cref="ChatResults"/>).
    /// </summary>
    public ChatRelayRequest? Request { get; init; }

    /// <summary>The id of the message, as the browser knows it.</summary>
    public required string MessageId { get; init; }

    /// <summary>The services of the scope in which the handler ran.</summary>
    public required IServiceProvider Services { get; init; }
}
