using LlmStream.Chat;

namespace LlmStream.Resilience;

/// <summary>
/// Turns the deltas of an attempt that takes an answer up again into deltas of that answer: one role, one text, one end, and
/// a seam on the first.
/// </summary>
internal sealed class SeamJoiner(
    SeamText seam, ChatStreamResult before, ChatStreamException failure, int attempt, ChatRestartPolicy onRestart, int maxLength)
{
    private readonly OffsetText _delivered = new(before.Text.Length);
    private readonly int _reasoningBefore = before.Reasoning.Length;
    private ChatStreamInfo _info = before.Stream;
    private int _came; // of the continuation, in its own count
    private bool _seamIsSet;

    /// <summary>The error by which the answer broke off.</summary>
    public ChatStreamException Failure => failure;

    /// <summary>What had arrived before.</summary>
    public ChatStreamResult Before => before;

    /// <summary>Whether the model started over, and that is not to be delivered.</summary>
    public bool IsRefused => seam.StartedOver && onRestart == ChatRestartPolicy.Fail;

    /// <summary>Whether the answer, all attempts together, has grown over its limit.</summary>
    public bool IsTooLong => _delivered.Start + (long)_delivered.Length > maxLength;

    /// <summary>The error of an answer that has.</summary>
    public ChatStreamException TooLong => new(ChatStreamError.TooLarge, $"The text is longer than {maxLength} characters.");

    /// <summary>Makes the delta a delta of the whole answer.</summary>
    /// <returns>Null where nothing of it is certain yet.</returns>
    public ChatDelta? Join(ChatDelta delta)
    {
        _info = delta.Stream;
        string text = delta.Text;
        int start = delta.TextOffset;
        bool isRewrite = start < _came;
        _came = start + text.Length;
        if (!seam.IsDecided)
        {
            if (isRewrite) seam.Rewind(start);
            text = text.Length == 0 ? "" : seam.Append(text);
            if (delta.FinishReason is not null) text += seam.Complete();
            if (IsRefused) return null;
            start = _came - text.Length;
        }

        bool saysNothing = text.Length == 0 && !(isRewrite && seam.IsDecided)
            && !delta.HasContentBesidesText && delta.Usage is null;
        if (!saysNothing) return Make(delta, text, start);
        // An event that was asked for is passed on; that it says nothing makes no seam.
        return delta.Raw is { } raw ? new ChatDelta { TextOffset = _delivered.End, Raw = raw, Stream = delta.Stream } : null;
    }

    /// <summary>The continuation is over: what was held back is delivered.</summary>
    public ChatDelta? Complete()
    {
        string text = seam.Complete();
        return text.Length == 0 || IsRefused ? null : Make(new ChatDelta { Stream = _info }, text, _came - text.Length);
    }

    /// <summary>What has arrived in all.</summary>
    /// <param name="continuation">What had arrived of the attempt in hand, in its own count.</param>
    public ChatStreamResult ToPartial(ChatStreamResult continuation)
    {
        ChatChoice first = before.Choices[0];
        ChatChoice? added = continuation.Choices.Count > 0 ? continuation.Choices[0] : null;
        return new ChatStreamResult
        {
            Stream = continuation.Stream,
            Choices =
            [
                new ChatChoice
                {
                    Index = first.Index,
                    Role = first.Role ?? added?.Role,
                    Text = string.Concat(before.Text.AsSpan(0, _delivered.Start), _delivered.ToString()),
                    Reasoning = before.Reasoning + (added?.Reasoning ?? ""),
                    Refusal = added?.Refusal ?? "",
                    ToolCalls = added?.ToolCalls ?? [],
                    OtherContents = [.. first.OtherContents, .. added?.OtherContents ?? []],
                    FinishReason = added?.FinishReason,
                },
            ],
        };
    }

    private ChatDelta Make(ChatDelta delta, string text, int start)
    {
        int offset = seam.IsDecided ? seam.Base + start : before.Text.Length;
        _delivered.Apply(text, offset);
        ChatSeam? mark = null;
        if (!_seamIsSet)
        {
            _seamIsSet = true;
            mark = new ChatSeam
            {
                Attempt = attempt,
                TextOffset = before.Text.Length,
                Reason = failure.Error,
                Kind = seam.StartedOver ? ChatSeamKind.Restarted : ChatSeamKind.Appended,
            };
        }

        return new ChatDelta(delta)
        {
            Role = null,
            Text = text,
            TextOffset = offset,
            ReasoningOffset = _reasoningBefore + delta.ReasoningOffset,
            Seam = mark,
        };
    }
}
