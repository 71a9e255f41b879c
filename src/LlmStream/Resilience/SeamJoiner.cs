using System.Diagnostics;
using LlmStream.Chat;

namespace LlmStream.Resilience;

/// <summary>
/// Turns the deltas of a continuation into deltas of the whole answer: with one role, offsets in the whole text, one finish reason, and
/// a seam on the first delta.
/// </summary>
/// <remarks>
/// Invariant: the text that has been delivered is the beginning of the partial answer up to the start of <c>_delivered</c>, then
/// <c>_delivered</c>.
/// </remarks>
internal sealed class SeamJoiner(
    SeamText seam, ChatStreamResult partial, ChatStreamException failure, int attempt, ChatRestartPolicy onRestart, int maxLength)
{
    private readonly OffsetText _delivered = new(partial.Text.Length);
    private readonly int _partialReasoningLength = partial.Reasoning.Length;
    private ChatStreamInfo _info = partial.Stream;
    private int _receivedLength; // of the continuation
    private bool _hasSeam;

    /// <summary>Why the attempt before broke off.</summary>
    public ChatStreamException Failure => failure;

    /// <summary>The partial answer before the seam.</summary>
    public ChatStreamResult Partial => partial;

    /// <summary>Whether the model started over, and the options forbid that its new answer is delivered.</summary>
    public bool IsRestartForbidden => seam.StartedOver && onRestart == ChatRestartPolicy.Fail;

    /// <summary>Whether the text of all attempts together exceeds its limit.</summary>
    public bool IsTooLong => _delivered.Start + (long)_delivered.Length > maxLength;

    /// <summary>Creates the exception for a text that exceeds its limit.</summary>
    public ChatStreamException CreateTooLarge() =>
        new(ChatStreamError.TooLarge, $"The text is longer than {maxLength} characters (ChatReadOptions.MaxAnswerCharacters).");

    /// <summary>Turns a delta of the continuation into one of the whole answer.</summary>
    /// <returns>Null if nothing is to be delivered: the delta is empty, or its text is held back.</returns>
    public ChatDelta? Join(ChatDelta delta)
    {
        _info = delta.Stream;
        string text = delta.Text;
        int start = delta.TextOffset;
        bool isRewrite = start < _receivedLength;
        _receivedLength = start + text.Length;
        if (!seam.IsDecided)
        {
            if (isRewrite) seam.Rewind(start);
            text = text.Length == 0 ? "" : seam.Append(text);
            if (delta.FinishReason is not null) text += seam.Complete();
            if (IsRestartForbidden) return null;
            start = _receivedLength - text.Length;
        }

        bool isEmpty = text.Length == 0 && !(isRewrite && seam.IsDecided)
            && !delta.HasContentBesidesText && delta.Usage is null;
        if (!isEmpty) return ToWhole(delta, text, start);
        // The caller asked for raw events, so that this one is delivered; the seam is left for a delta with content.
        return delta.Raw is { } raw
            ? new ChatDelta { TextOffset = _delivered.End, Raw = raw, Stream = delta.Stream }
            : null;
    }

    /// <summary>Ends the continuation.</summary>
    /// <returns>A delta with the text that was held back; null if there is none, or it must not be delivered.</returns>
    public ChatDelta? Complete()
    {
        string text = seam.Complete();
        if (text.Length == 0 || IsRestartForbidden) return null;
        return ToWhole(new ChatDelta { Stream = _info }, text, _receivedLength - text.Length);
    }

    /// <summary>The partial answer of all attempts together.</summary>
    /// <param name="continuation">The partial answer of the continuation.</param>
    public ChatStreamResult ToPartial(ChatStreamResult continuation)
    {
        // There may be none, if only usage had arrived.
        ChatChoice? first = partial.Choices.Count > 0 ? partial.Choices[0] : null;
        ChatChoice? added = continuation.Choices.Count > 0 ? continuation.Choices[0] : null;
        return new ChatStreamResult
        {
            Stream = continuation.Stream,
            Choices =
            [
                new ChatChoice
                {
                    Index = first?.Index ?? added?.Index ?? 0,
                    Role = first?.Role ?? added?.Role,
                    Text = string.Concat(partial.Text.AsSpan(0, _delivered.Start), _delivered.ToString()),
                    Reasoning = partial.Reasoning + (added?.Reasoning ?? ""),
                    Refusal = added?.Refusal ?? "",
                    ToolCalls = added?.ToolCalls ?? [],
                    OtherContents = [.. first?.OtherContents ?? [], .. added?.OtherContents ?? []],
                    FinishReason = added?.FinishReason,
                },
            ],
        };
    }

    private ChatDelta ToWhole(ChatDelta delta, string text, int start)
    {
        int offset = seam.IsDecided ? seam.BaseOffset + start : partial.Text.Length;
        Debug.Assert(offset <= _delivered.End, "There is no gap between what was delivered and what follows.");
        _delivered.Apply(text, offset);
        ChatSeam? chatSeam = null;
        if (!_hasSeam)
        {
            _hasSeam = true;
            chatSeam = new ChatSeam
            {
                Attempt = attempt,
                TextOffset = partial.Text.Length,
                Reason = failure.Error,
                Kind = seam.StartedOver ? ChatSeamKind.Restarted : ChatSeamKind.Appended,
            };
        }

        return new ChatDelta(delta)
        {
            Role = null,
            Text = text,
            TextOffset = offset,
            ReasoningOffset = _partialReasoningLength + delta.ReasoningOffset,
            Seam = chatSeam,
        };
    }
}
