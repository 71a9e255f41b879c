namespace LlmStream.Resilience;

/// <content>What is done if a model starts over with a different answer, although the options forbid to deliver that.</content>
internal sealed partial class ResumableAnswer
{
    /// <summary>Whether the current model has started over. Nothing of its text is delivered.</summary>
    private bool IsRestartForbidden => _joiner is { IsRestartForbidden: true };

    /// <summary>Leaves the current provider, and requests the rest of the answer from the next one.</summary>
    /// <returns>True: the answer goes on.</returns>
    /// <exception cref="ChatStreamException">No other provider continues it.</exception>
    private async ValueTask<bool> LeaveRestartAsync()
    {
        Attempt restarted = _attempt!;
        ChatStreamException failure = _joiner!.Failure;
        // With what preceded the text, such as reasoning. What was generated after that is no part of the answer, and not subtracted
        // from the limits of the next request.
        _partial = _delivered!.ToResult(isComplete: false);
        Call.Log.End(restarted.ToAttempt(isComplete: false, failure.Error));
        (_attempt, _joiner, _hasEnded) = (null, null, false);
        await restarted.DisposeAsync().ConfigureAwait(false);
        await ContinueAsync(failure, new RefusedResume(failure, ChatResumeRefusal.StartedOver)).ConfigureAwait(false);
        return true;
    }
}
