using LlmStream.Json;

namespace LlmStream.Relay.TakeOver;

/// <summary>
/// Whether the stored deltas of an answer signal that it is complete, by the rule for a stream that broke off: every choice that was
/// requested has a finish reason, no call is half open, and nothing has followed a finish reason. The end marker and the usage may be
/// missing.
/// </summary>
internal sealed class FinishSignal
{
    private readonly HashSet<int> _finished = [];
    private readonly HashSet<(int Choice, int Call)> _completeCalls = [];
    private bool _isReopened;

    public void Add(ChatDelta delta)
    {
        _isReopened |= delta.HasOutput && _finished.Contains(delta.ChoiceIndex);
        foreach (ToolCallDelta fragment in delta.ToolCalls)
        {
            if (fragment.IsComplete) _completeCalls.Add((delta.ChoiceIndex, fragment.Index));
        }

        if (delta.FinishReason is not null) _finished.Add(delta.ChoiceIndex);
    }

    /// <summary>Whether the answer is complete.</summary>
    /// <param name="answer">What was assembled from the deltas.</param>
    /// <param name="requestedChoices">The number of choices that were requested; null for one.</param>
    public bool IsComplete(ChatStreamResult answer, long? requestedChoices)
    {
        if (_isReopened || answer.Choices.Count == 0 || answer.Choices.Count < requestedChoices) return false;
        return answer.Choices.All(choice => _finished.Contains(choice.Index) && !choice.ToolCalls.Any(call => IsOpen(choice.Index, call)));
    }

    private bool IsOpen(int choice, ToolCall call) => !_completeCalls.Contains((choice, call.Index)) && JsonSyntax.IsOpen(call.Arguments);
}
