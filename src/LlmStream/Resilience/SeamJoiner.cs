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
    private int _refusalEnd; // an answer with a refusal is not resumed
    private int _receivedLength; // of the continuation
    private bool _hasRole = partial.Choices.Count > 0 && partial.Choices[0].Role is not null;
    private bool _hasSeam;
    private bool _hasRestart;

    /// <summary>Why the attempt before broke off.</summary>
    public ChatStreamException Failure => failure;

    /// <summary>The provider that continues.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that continues.</summary>
    public string? Model { get; init; }

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
        if (delta.BelongsToChoice) _index ??= delta.ChoiceIndex;
        if (_index is not null && delta.ChoiceIndex != _index) return delta.BelongsToChoice ? AddSeam(delta) : JoinWhole(delta);

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
        return delta.Raw is null ? null : JoinWhole(delta);
    }

    /// <summary>
    /// Joins a delta that concerns the response as a whole (usage, a raw event), which may have the index of any choice.
    /// </summary>
    private ChatDelta JoinWhole(ChatDelta delta)
    {
        var whole = new ChatDelta
        {
            ChoiceIndex = _index ?? delta.ChoiceIndex,
            TextOffset = _end,
            ReasoningOffset = _reasoningEnd,
            RefusalOffset = _refusalEnd,
            Usage = delta.Usage,
            Raw = delta.Raw,
            Stream = delta.Stream,
        };
        return delta.Usage is null ? whole : AddSeam(whole); // the seam is left for a delta with more than a raw event
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
            RefusalOffset = _refusalEnd,
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
        _refusalEnd = delta.RefusalOffset + delta.Refusal.Length;
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
                Provider = Provider,
                Model = Model,
                TextOffset = partial.Text.Length,
                Reason = failure.Error,
                Kind = seam.StartedOver ? ChatSeamKind.Restarted : ChatSeamKind.Appended,
            },
        };
    }
}
