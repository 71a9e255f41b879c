using System.Text;
using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators;

/// <summary>Puts an answer together from its deltas.</summary>
internal sealed class AnswerCollector
{
    private readonly List<Choice> _choices = [];
    private readonly List<ChatAttempt> _attempts = [];
    private ChatStreamInfo? _stream;

    public void Add(ChatDelta delta)
    {
        _stream = delta.Stream;
        Account(delta);
        Choice? choice = Find(delta.ChoiceIndex);
        if (choice is null)
        {
            if (SaysNothing(delta)) return; // only the tokens are counted in it: it belongs to no choice
            _choices.Add(choice = new Choice(delta.ChoiceIndex));
        }

        choice.Add(delta);
    }

    public ChatStreamResult ToResult(bool isComplete) => new()
    {
        IsComplete = isComplete,
        Choices = [.. _choices.OrderBy(choice => choice.Index).Select(choice => choice.ToChoice())],
        Usage = ChatAttempt.TotalUsage(_attempts),
        // A stream that one already held was not asked for: it has no attempts.
        Attempts = _attempts is [{ Number: 0 }] ? [] : [.. _attempts.Select((attempt, i) => attempt with { IsUsageFinal = isComplete && i == _attempts.Count - 1 && attempt.Usage is not null })],
        Stream = _stream ?? ChatStreamInfo.Unknown,
    };

    /// <summary>Keeps the latest counts of each attempt: they are the provider's totals, and never added up within one.</summary>
    private void Account(ChatDelta delta)
    {
        int number = delta.Stream.Attempt;
        if (_attempts.Count == 0 || number > _attempts[^1].Number)
        {
            if (_attempts.Count > 0) _attempts[^1] = _attempts[^1] with { Error = delta.Seam?.Reason };
            _attempts.Add(new ChatAttempt { Number = number });
        }

        if (delta.Usage is { } usage) _attempts[^1] = _attempts[^1] with { Usage = usage };
    }

    private static bool SaysNothing(ChatDelta delta) => delta is
    {
        Text: "", Reasoning: null, Refusal: null, ToolCalls.Count: 0, Role: null, FinishReason: null, OtherContents.Count: 0,
    };

    private Choice? Find(int index) =>
        (uint)index < (uint)_choices.Count && _choices[index].Index == index ? _choices[index] : _choices.Find(choice => choice.Index == index);

    /// <summary>
    /// Puts a piece where it begins. One that begins behind the end, because deltas were left out before it, is put at
    /// the end.
    /// </summary>
    private static void Put(ref StringBuilder? text, string piece, int offset)
    {
        if (text is null)
        {
            if (piece.Length == 0) return;
            text = new StringBuilder();
        }

        if (offset < text.Length) text.Length = Math.Max(offset, 0);
        text.Append(piece);
    }

    private sealed class Choice(int index)
    {
        private readonly List<Tool> _tools = [];
        private StringBuilder? _text;
        private StringBuilder? _reasoning;
        private StringBuilder? _refusal;
        private ChatRole? _role;
        private readonly ContentOrder _order = new();
        private readonly List<AIContent> _others = [];
        private ChatFinishReason? _finishReason;

        public int Index { get; } = index;

        public void Add(ChatDelta delta)
        {
            if (delta.Reasoning is not null)
            {
                _order.AddReasoning(delta.ReasoningOffset);
                Put(ref _reasoning, delta.Reasoning, delta.ReasoningOffset);
            }

            if (delta.Text.Length > 0) _order.AddText(delta.TextOffset);
            Put(ref _text, delta.Text, delta.TextOffset);
            foreach (AIContent content in delta.OtherContents)
            {
                _order.AddOther(content);
                _others.Add(content);
            }

            if (delta.Refusal is not null) Put(ref _refusal, delta.Refusal, delta.RefusalOffset);
            foreach (ToolCallDelta fragment in delta.ToolCalls) Add(fragment);
            _role ??= delta.Role;
            _finishReason = delta.FinishReason ?? _finishReason;
        }

        public ChatChoice ToChoice() => new()
        {
            Index = Index,
            Role = _role,
            Text = _text?.ToString() ?? "",
            Reasoning = _reasoning?.ToString() ?? "",
            Refusal = _refusal?.ToString() ?? "",
            ToolCalls = [.. _tools.Select((tool, i) => tool.ToToolCall(isComplete: _finishReason is not null || i < _tools.Count - 1))],
            OtherContents = [.. _others],
            FinishReason = _finishReason,
            Order = _order,
        };

        private void Add(ToolCallDelta fragment)
        {
            int place = fragment.Index;
            Tool? tool = (uint)place < (uint)_tools.Count && _tools[place].Index == place ? _tools[place] : _tools.Find(t => t.Index == place);
            if (tool is null)
            {
                _order.AddCall(_tools.Count);
                _tools.Add(tool = new Tool(place));
            }

            tool.Add(fragment);
        }
    }

    private sealed class Tool(int index)
    {
        private StringBuilder? _arguments;
        private string? _id;
        private string? _name;
        private bool _isComplete;

        public int Index { get; } = index;

        public void Add(ToolCallDelta fragment)
        {
            _id ??= fragment.Id;
            _name ??= fragment.Name;
            _isComplete |= fragment.IsComplete;
            Put(ref _arguments, fragment.Arguments, fragment.ArgumentsOffset);
        }

        public ToolCall ToToolCall(bool isComplete) => new() { Index = Index, IsComplete = isComplete || _isComplete, Id = _id, Name = _name ?? "", Arguments = _arguments?.ToString() ?? "" };
    }
}
