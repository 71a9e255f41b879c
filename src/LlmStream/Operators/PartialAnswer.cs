using System.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators;

/// <summary>Puts together what has arrived of an answer, for the operators that report it.</summary>
internal sealed class PartialAnswer
{
    private readonly PerChoice<Choice> _choices = new(() => new Choice());
    private UsageDetails? _usage;
    private ChatStreamInfo _stream = ChatStreamInfo.Unknown;

    public void Add(ChatDelta delta)
    {
        _stream = delta.Stream;
        _usage = delta.Usage ?? _usage;
        _choices[delta.ChoiceIndex].Add(delta);
    }

    public ChatStreamResult ToResult(bool isComplete) => new()
    {
        IsComplete = isComplete,
        Choices = [.. _choices.All.Select(choice => choice.ToChoice()).OrderBy(choice => choice.Index)],
        Usage = _usage,
        Stream = _stream,
    };

    private static void Put(StringBuilder text, string piece, int offset)
    {
        if (offset < text.Length) text.Length = offset;
        text.Append(piece);
    }

    private sealed class Choice
    {
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _reasoning = new();
        private readonly StringBuilder _refusal = new();
        private readonly PerChoice<Tool> _tools = new(() => new Tool());
        private int _index;
        private ChatRole? _role;
        private ChatFinishReason? _finishReason;

        public void Add(ChatDelta delta)
        {
            _index = delta.ChoiceIndex;
            Put(_text, delta.Text, delta.TextOffset);
            if (delta.Reasoning is not null) Put(_reasoning, delta.Reasoning, delta.ReasoningOffset);
            _refusal.Append(delta.Refusal);
            foreach (ToolCallDelta fragment in delta.ToolCalls) _tools[fragment.Index].Add(fragment);
            _role ??= delta.Role;
            _finishReason = delta.FinishReason ?? _finishReason;
        }

        public ChatChoice ToChoice() => new()
        {
            Index = _index,
            Role = _role,
            Text = _text.ToString(),
            Reasoning = _reasoning.ToString(),
            Refusal = _refusal.ToString(),
            ToolCalls = [.. _tools.All.Select(tool => tool.ToToolCall())],
            FinishReason = _finishReason,
        };
    }

    private sealed class Tool
    {
        private readonly StringBuilder _arguments = new();
        private int _index;
        private string? _id;
        private string? _name;

        public void Add(ToolCallDelta fragment)
        {
            _index = fragment.Index;
            _id ??= fragment.Id;
            _name ??= fragment.Name;
            Put(_arguments, fragment.Arguments, fragment.ArgumentsOffset);
        }

        public ToolCall ToToolCall() => new() { Index = _index, Id = _id, Name = _name ?? "", Arguments = _arguments.ToString() };
    }
}
