using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>
/// Turns the deltas of a continuation into deltas of the whole answer: with one role, offsets in the whole text, one finish reason, and
/// a seam on the first delta.
/// </summary>
/// <remarks>
/// Only the choice of the partial answer is continued. Other choices, for which nobody asked, are passed on as they are. Invariant: the
/// text that has been delivered of the continued choice ends at <c>_end</c>.
/// </remarks>
internal sealed class SeamJoiner(
    SeamText seam, ChatStreamResult partial, ChatStreamException failure, int attempt, ChatRestartPolicy onRestart, int maxLength)
{
    private int? _index = partial.Choices.Count > 0 ? partial.Choices[0].Index : null; // of the continued choice
    private ChatStreamInfo _info = partial.Stream;
    private int _end = partial.Text.Length;
    private int _reasoningEnd = partial.Reasoning.Length;
    private int _receivedLength; // of the continuation
    private bool _hasRole = partial.Choices.Count > 0 && partial.Choices[0].Role is not null;
    private bool _hasSeam;
    private bool _hasRestart;

    /// <summary>Why the attempt before broke off.</summary>
    public ChatStreamException Failure => failure;

    /// <summary>The estimated output tokens of the attempt that broke off; null if the provider counted them.</summary>
    public long? EstimatedOutputTokenCount { get; init; }

    /// <summary>Whether the model started over, and the options forbid that its new answer is delivered.</summary>
    public bool IsRestartForbidden => seam.StartedOver && onRestart == ChatRestartPolicy.Fail;

    /// <summary>Whether a delta was not delivered because a text of all attempts together would exceed its limit.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Creates the exception for a text that exceeds its limit.</summary>
    public ChatStreamException CreateTooLarge() =>
        new(ChatStreamError.TooLarge, $"The text is longer than {maxLength} characters (ChatReadOptions.MaxAnswerCharacters).");

    /// <summary>Turns a delta of the continuation into one of the whole answer.</summary>
    /// <returns>Null if nothing is to be delivered: the delta is empty, its text is held back, or it is too long.</returns>
    public ChatDelta? Join(ChatDelta delta)
    {
        _info = delta.Stream;
        // A delta that concerns the response as a whole may have any index.
        if (delta.BelongsToChoice) _index ??= delta.ChoiceIndex;
        if (delta.BelongsToChoice && delta.ChoiceIndex != _index) return AddSeam(delta);

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

        bool hasRole = delta.Role is not null && !_hasRole;
        bool isEmpty = text.Length == 0 && !(isRewrite && seam.IsDecided)
            && !delta.HasContentBesidesText && delta.Usage is null && !hasRole;
        if (!isEmpty) return ToWhole(delta, text, start);
        // The caller asked for raw events, so that this one is delivered; the seam is left for a delta with content.
        return delta.Raw is { } raw
            ? new ChatDelta { TextOffset = _end, ReasoningOffset = _reasoningEnd, Raw = raw, Stream = delta.Stream }
            : null;
    }

    /// <summary>Ends the continuation.</summary>
    /// <returns>A delta with the text that was held back; null if there is none, or it must not be delivered.</returns>
    public ChatDelta? Complete()
    {
        string text = seam.Complete();
        if (text.Length == 0 || IsRestartForbidden) return null;
        var last = new ChatDelta
        {
            ChoiceIndex = _index ?? 0,
            ReasoningOffset = _reasoningEnd - partial.Reasoning.Length,
            Stream = _info,
        };
        return ToWhole(last, text, _receivedLength - text.Length);
    }

    private ChatDelta? ToWhole(ChatDelta delta, string text, int start)
    {
        int offset = seam.IsDecided ? seam.BaseOffset + start : partial.Text.Length;
        Debug.Assert(offset <= _end, "There is no gap between what was delivered and what follows.");
        int reasoningOffset = partial.Reasoning.Length + delta.ReasoningOffset;
        if (offset + (long)text.Length > maxLength || reasoningOffset + (long)delta.Reasoning.Length > maxLength)
        {
            IsTooLong = true;
            return null;
        }

        _end = offset + text.Length;
        _reasoningEnd = reasoningOffset + delta.Reasoning.Length;
        ChatRole? role = _hasRole ? null : delta.Role;
        _hasRole |= role is not null;
        return AddSeam(new ChatDelta(delta) { Role = role, Text = text, TextOffset = offset, ReasoningOffset = reasoningOffset });
    }

    private ChatDelta AddSeam(ChatDelta delta)
    {
        // What preceded the text, such as reasoning, was delivered before it was certain whether the text starts over.
        bool isRestart = seam.StartedOver && !_hasRestart;
        if (_hasSeam && !isRestart) return delta;
        _hasSeam = true;
        _hasRestart |= isRestart;
        return new ChatDelta(delta)
        {
            Seam = new ChatSeam
            {
                Attempt = attempt,
                TextOffset = partial.Text.Length,
                Reason = failure.Error,
                Kind = seam.StartedOver ? ChatSeamKind.Restarted : ChatSeamKind.Appended,
                EstimatedOutputTokenCount = EstimatedOutputTokenCount,
            },
        };
    }
}
