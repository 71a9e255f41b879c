using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>
/// A streamed answer as a whole, or, in <see cref="ChatStreamException.Partial"/>, what had arrived of it. Immutable.
/// </summary>
public sealed class ChatStreamResult
{
    private static readonly ChatChoice NoChoice = new();

    private string? _callIdPrefix;

    /// <summary>An answer of which nothing has arrived.</summary>
    public static ChatStreamResult Empty { get; } = new();

    /// <summary>Whether the provider's own signal said that the answer was complete. False in a partial answer.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The choices, by index. More than one only where several were asked for; none where nothing arrived.</summary>
    public IReadOnlyList<ChatChoice> Choices { get; init; } = [];

    /// <summary>The text of the first choice; <c>""</c> when there is none.</summary>
    public string Text => First.Text;

    /// <summary>The reasoning of the first choice; <c>""</c> when there is none.</summary>
    public string Reasoning => First.Reasoning;

    /// <summary>The refusal of the first choice; <c>""</c> when there is none.</summary>
    public string Refusal => First.Refusal;

    /// <summary>The tool calls of the first choice.</summary>
    public IReadOnlyList<ToolCall> ToolCalls => First.ToolCalls;

    /// <summary>Why the first choice ended, or <see langword="null"/> where the provider did not say.</summary>
    public ChatFinishReason? FinishReason => First.FinishReason;

    /// <summary>
    /// The tokens spent in all, as far as the provider stated them, or <see langword="null"/> where it did not. Where an answer
    /// was resumed, the sum over <see cref="Attempts"/>.
    /// </summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>
    /// The attempts that something was delivered of, in order: one, or more where the answer was resumed. Empty for a stream that one already held.
    /// </summary>
    public IReadOnlyList<ChatAttempt> Attempts { get; init; } = [];

    /// <summary>What is known of the response as a whole.</summary>
    public ChatStreamInfo Stream { get; init; } = ChatStreamInfo.Unknown;

    private ChatChoice First => Choices.Count > 0 ? Choices[0] : NoChoice;

    /// <summary>
    /// The first choice as the assistant's message, to be added to the conversation and sent back: text, reasoning with its
    /// signature, tool calls and all else that the provider wants to see again, in the order in which it came.
    /// </summary>
    /// <returns>
    /// The message. A call without an id of the provider's has one made of the response's, by which its result is given back
    /// (<see cref="ToolCallContent.CallId"/>).
    /// </returns>
    /// <example>
    /// <code>
    /// ChatStreamResult answer = await client.StreamAsync(messages, options).CollectAsync();
    /// messages.Add(answer.ToChatMessage());
    /// foreach (FunctionCallContent call in messages[^1].Contents.OfType&lt;FunctionCallContent&gt;())
    /// {
    ///     messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, Run(call))]));
    /// }
    /// </code>
    /// </example>
    public ChatMessage ToChatMessage() =>
        First.ToChatMessage(() => _callIdPrefix ??= ToolCallContents.IdPrefix(Stream.Id ?? Stream.RequestId));

    /// <summary>The text of the first choice.</summary>
    /// <returns><see cref="Text"/>.</returns>
    public override string ToString() => Text;

    /// <summary>The same, with the accounts of its attempts.</summary>
    internal ChatStreamResult With(IReadOnlyList<ChatAttempt> attempts) => new()
    {
        IsComplete = IsComplete,
        Choices = Choices,
        Stream = Stream,
        Attempts = [.. attempts],
        Usage = ChatAttempt.TotalUsage(attempts),
    };
}
