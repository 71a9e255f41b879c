using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>
/// A collected answer, or, in <see cref="ChatStreamException.Partial"/>, the part of it that had arrived. Immutable.
/// </summary>
public sealed class ChatStreamResult
{
    private static readonly ChatChoice NoChoice = new();

    private string? _callIdPrefix;

    /// <summary>An answer of which nothing arrived.</summary>
    public static ChatStreamResult Empty { get; } = new();

    /// <summary>Whether the provider signalled that the answer is complete. False for a partial answer.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The choices, by index. More than one only if several were requested; none if nothing arrived.</summary>
    public IReadOnlyList<ChatChoice> Choices { get; init; } = [];

    /// <summary>The text of the first choice; <c>""</c> if there is none.</summary>
    public string Text => First.Text;

    /// <summary>The reasoning of the first choice; <c>""</c> if there is none.</summary>
    public string Reasoning => First.Reasoning;

    /// <summary>The refusal of the first choice; <c>""</c> if there is none.</summary>
    public string Refusal => First.Refusal;

    /// <summary>The tool calls of the first choice.</summary>
    public IReadOnlyList<ToolCall> ToolCalls => First.ToolCalls;

    /// <summary>Why the first choice ended, or <see langword="null"/> if the provider did not say.</summary>
    public ChatFinishReason? FinishReason => First.FinishReason;

    /// <summary>
    /// The tokens spent, as far as the provider reported them, or <see langword="null"/> if it did not. A count that is null was not
    /// reported. If there were several <see cref="Attempts"/>, the sum over those that were reported, so that it may be less than was
    /// spent: <see cref="InputTokens"/> and <see cref="OutputTokens"/> include all attempts, and state what they are.
    /// </summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>
    /// The input tokens of all <see cref="Attempts"/>: reported if they were for each, estimated if they were estimated for any, and
    /// unknown if they are for any.
    /// </summary>
    public ChatTokenCount InputTokens =>
        Attempts.Count > 0 ? ChatAttempt.TotalInput(Attempts) : ChatTokenCount.InputOf(Usage);

    /// <summary>
    /// The output tokens of all <see cref="Attempts"/>, as <see cref="InputTokens"/>. Reasoning tokens are output tokens.
    /// </summary>
    public ChatTokenCount OutputTokens =>
        Attempts.Count > 0 ? ChatAttempt.TotalOutput(Attempts) : ChatTokenCount.OutputOf(Usage);

    /// <summary>
    /// The attempts that the provider may bill, in order: one, or more if the request was retried after it had been sent, or if the answer
    /// was resumed. Empty for a stream that was not requested by the client.
    /// </summary>
    public IReadOnlyList<ChatAttempt> Attempts { get; init; } = [];

    /// <summary>What is known of the response as a whole.</summary>
    public ChatStreamInfo Stream { get; init; } = ChatStreamInfo.Unknown;

    private ChatChoice First => Choices.Count > 0 ? Choices[0] : NoChoice;

    /// <summary>
    /// The first choice as an assistant message, to be added to the conversation and sent back: text, reasoning with its
    /// signature, tool calls and all other contents that the provider expects to get back, in the order of arrival.
    /// </summary>
    /// <returns>
    /// The message. A call to which the provider gave no id has one derived from the response's id; refer to it in the result
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

    /// <summary>A copy with other attempts, and with their total usage.</summary>
    internal ChatStreamResult With(IReadOnlyList<ChatAttempt> attempts) => new()
    {
        IsComplete = IsComplete,
        Choices = Choices,
        Stream = Stream,
        Attempts = [.. attempts],
        Usage = ChatAttempt.TotalUsage(attempts),
    };

    /// <summary>A copy without secrets in the ids; the same if there are none.</summary>
    internal ChatStreamResult Redact(Func<string?, string?> redact)
    {
        ChatStreamInfo info = Stream with { Id = redact(Stream.Id), Model = redact(Stream.Model), RequestId = redact(Stream.RequestId) };
        if (info == Stream) return this;
        return new() { IsComplete = IsComplete, Choices = Choices, Stream = info, Attempts = Attempts, Usage = Usage };
    }
}
