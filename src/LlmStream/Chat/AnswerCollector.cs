using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>Assembles an answer from its deltas. Work and memory are linear in the size of the answer.</summary>
internal sealed class AnswerCollector
{
    private readonly List<Choice> _choices = [];
    private readonly List<ChatAttempt> _attempts = [];
    private ChatStreamInfo? _stream;
    private int _current = -1; // the number of the attempt of the last delta

    public AnswerCollector()
    {
    }

    /// <summary>Creates a collector that goes on with a partial answer. The attempts begin with the next delta.</summary>
    public AnswerCollector(ChatStreamResult partial)
    {
        _stream = partial.Stream;
        foreach (ChatChoice choice in partial.Choices) _choices.Add(new Choice(choice));
    }

    public void Add(ChatDelta delta)
    {
        _stream = delta.Stream;
        AddUsage(delta);
        Choice? choice = Find(delta.ChoiceIndex);
        if (choice is null)
        {
            if (!delta.BelongsToChoice) return; // a choice of which nothing else arrives must not appear in the answer
            _choices.Add(choice = new Choice(delta.ChoiceIndex));
        }

        choice.Add(delta);
    }

    public ChatStreamResult ToResult(bool isComplete)
    {
        IReadOnlyList<ChatAttempt> attempts = GetAttempts(isComplete);
        return new ChatStreamResult
        {
            IsComplete = isComplete,
            Choices = [.. _choices.OrderBy(choice => choice.Index).Select(choice => choice.ToChoice())],
            Usage = ChatAttempt.TotalUsage(attempts),
            // A stream that the client did not request has no attempts.
            Attempts = attempts is [{ Number: 0 }] ? [] : attempts,
            Stream = _stream ?? ChatStreamInfo.Unknown,
        };
    }

    private List<ChatAttempt> GetAttempts(bool isComplete)
    {
        List<ChatAttempt> attempts =
        [
            .. _attempts.Select(attempt => attempt with
            {
                IsUsageFinal = isComplete && attempt.Number == _current && attempt.Usage is not null,
            }),
        ];
        // What the attempts cost, which the deltas do not say.
        foreach (ChatAttempt ended in _stream?.Log?.EndedAnd() ?? []) Set(attempts, ended);
        return attempts;
    }

    /// <summary>Keeps the latest usage of each attempt: providers report totals, which must not be added up within one attempt.</summary>
    private void AddUsage(ChatDelta delta)
    {
        int number = delta.Stream.Attempt;
        if (number > _current)
        {
            if (_current >= 0 && delta.Seam is { } seam) Set(_attempts, Get(_current) with { Error = seam.Reason });
            // The usage of a replay is that of the whole answer.
            bool isReplay = delta.Seam?.Kind == ChatSeamKind.Replayed;
            UsageDetails? known = isReplay && _current >= 0 ? Get(_current).Usage : null;
            _current = number;
            foreach (ChatAttempt attempt in delta.Stream.Attempts) Set(_attempts, attempt);
            ChatAttempt current = _attempts.Find(attempt => attempt.Number == number) ?? new ChatAttempt { Number = number };
            Set(_attempts, current with { IsReplay = isReplay, Usage = current.Usage ?? known });
        }

        if (delta.Usage is { } usage) Set(_attempts, Get(_current) with { Usage = usage });
    }

    private ChatAttempt Get(int number) => _attempts.Find(attempt => attempt.Number == number)!;

    private static void Set(List<ChatAttempt> attempts, ChatAttempt attempt)
    {
        int index = attempts.FindIndex(known => known.Number >= attempt.Number);
        if (index < 0) attempts.Add(attempt);
        else if (attempts[index].Number > attempt.Number) attempts.Insert(index, attempt);
        else attempts[index] = attempt;
    }

    private Choice? Find(int index) =>
        (uint)index < (uint)_choices.Count && _choices[index].Index == index
            ? _choices[index]
            : _choices.Find(choice => choice.Index == index);

    private sealed class Choice
    {
        private readonly OffsetText _text = new();
        private readonly OffsetText _reasoning = new();
        private readonly OffsetText _refusal = new();
        private readonly List<ToolCallBuilder> _calls = [];
        private readonly List<AIContent> _others = [];
        private readonly ContentOrder _order = new();
        private ChatRole? _role;
        private ChatFinishReason? _finishReason;

        public Choice(int index) => Index = index;

        public Choice(ChatChoice partial)
        {
            Index = partial.Index;
            _text.Apply(partial.Text, 0);
            _reasoning.Apply(partial.Reasoning, 0);
            _refusal.Apply(partial.Refusal, 0);
            _calls.AddRange(partial.ToolCalls.Select(call => new ToolCallBuilder(call)));
            _others.AddRange(partial.OtherContents);
            _order = partial.Order ?? ContentOrder.Of(partial);
            _role = partial.Role;
            _finishReason = partial.FinishReason;
        }

        public int Index { get; }

        public void Add(ChatDelta delta)
        {
            if (delta.ReasoningChange is not null)
            {
                _order.AddReasoning(delta.ReasoningOffset);
                _reasoning.Apply(delta.Reasoning, delta.ReasoningOffset);
            }

            if (delta.Text.Length > 0) _order.AddText(delta.TextOffset);
            _text.Apply(delta.Text, delta.TextOffset);
            foreach (AIContent content in delta.OtherContents)
            {
                _order.AddOther(content);
                _others.Add(content);
            }

            if (delta.RefusalChange is not null) _refusal.Apply(delta.Refusal, delta.RefusalOffset);
            foreach (ToolCallDelta fragment in delta.ToolCalls) Add(fragment);
            _role ??= delta.Role;
            _finishReason = delta.FinishReason ?? _finishReason;
        }

        public ChatChoice ToChoice() => new()
        {
            Index = Index,
            Role = _role,
            Text = _text.ToString(),
            Reasoning = _reasoning.ToString(),
            Refusal = _refusal.ToString(),
            ToolCalls = [.. _calls.Select((call, i) => call.ToToolCall(isComplete: _finishReason is not null || i < _calls.Count - 1))],
            OtherContents = [.. _others],
            FinishReason = _finishReason,
            Order = _order,
        };

        private void Add(ToolCallDelta fragment)
        {
            int callIndex = fragment.Index;
            ToolCallBuilder? call = (uint)callIndex < (uint)_calls.Count && _calls[callIndex].Index == callIndex
                ? _calls[callIndex]
                : _calls.Find(known => known.Index == callIndex);
            if (call is null)
            {
                _order.AddCall(_calls.Count);
                _calls.Add(call = new ToolCallBuilder(callIndex));
            }

            call.Add(fragment);
        }
    }

    private sealed class ToolCallBuilder
    {
        private readonly OffsetText _arguments = new();
        private string? _id;
        private string? _name;
        private bool _isComplete;

        public ToolCallBuilder(int index) => Index = index;

        public ToolCallBuilder(ToolCall partial)
        {
            Index = partial.Index;
            _id = partial.Id;
            _name = partial.Name.Length == 0 ? null : partial.Name;
            _isComplete = partial.IsComplete;
            _arguments.Apply(partial.Arguments, 0);
        }

        public int Index { get; }

        public void Add(ToolCallDelta fragment)
        {
            _id ??= fragment.Id;
            _name ??= fragment.Name;
            _isComplete |= fragment.IsComplete;
            _arguments.Apply(fragment.Arguments, fragment.ArgumentsOffset);
        }

        public ToolCall ToToolCall(bool isComplete) => new()
        {
            Index = Index,
            IsComplete = isComplete || _isComplete,
            Id = _id,
            Name = _name ?? "",
            Arguments = _arguments.ToString(),
        };
    }
}
