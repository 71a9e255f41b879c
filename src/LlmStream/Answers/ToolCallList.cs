using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>The tool calls of one choice while their fragments arrive.</summary>
internal sealed class ToolCallList(ChatTextMode mode, ChatReadOptions options)
{
    /// <summary>No answer comes near it; without any limit a stream could fill the memory with calls that say nothing.</summary>
    private const int MaxToolCalls = 4096;

    private readonly List<ToolCallBuilder> _tools = [];
    private List<ToolCallDelta>? _news;

    public int Count => _tools.Count;

    public bool HasNews => _news is not null;

    /// <summary>Adds a fragment to the call that it belongs to: by index, else by id, else by position.</summary>
    public void Add(in ToolCallFragment fragment)
    {
        ToolCallBuilder? tool = Find(fragment);
        bool isNew = tool is null;
        if (tool is null)
        {
            if (_tools.Count == MaxToolCalls) throw new AnswerTooLargeException($"The answer has more than {MaxToolCalls} tool calls");
            var arguments = new GrowingText(mode, options.MaxToolArgumentCharacters, "A tool call");
            tool = new ToolCallBuilder(_tools.Count, arguments) { ProviderIndex = fragment.ProviderIndex };
        }

        string? newId = tool.Id is null && !string.IsNullOrEmpty(fragment.Id) ? fragment.Id : null;
        string? newName = tool.Name is null && !string.IsNullOrEmpty(fragment.Name) ? fragment.Name : null;

        // Some providers send a call that is whole once more. A fragment that only continues one has no name.
        bool isRepeat = !isNew && newName is null && !string.IsNullOrEmpty(fragment.Name) && tool.Arguments.Is(fragment.Arguments, fragment.ArgumentsAreEscaped);
        TextPiece piece = default;
        bool hasArguments = !isRepeat && tool.Arguments.Append(fragment.Arguments, fragment.ArgumentsAreEscaped, out piece);

        // Only now, behind what may throw: what is kept has to be what is given out.
        tool.Id ??= newId;
        tool.Name ??= newName;
        if (isNew) _tools.Add(tool);
        bool isCompleted = fragment.IsComplete && !tool.IsComplete;
        tool.IsComplete |= isCompleted;
        if (!isNew && !hasArguments && newId is null && newName is null && !isCompleted) return;

        AddNews(new ToolCallDelta
        {
            Index = tool.Index,
            Id = newId,
            Name = newName,
            Arguments = piece.Text ?? "",
            ArgumentsOffset = hasArguments ? piece.Offset : tool.Arguments.Length,
            IsComplete = isCompleted,
        });
    }

    /// <summary>Takes what the whole arguments of the call of this number say beyond what has come, where they begin with that.</summary>
    public void FillGap(int providerIndex, string arguments)
    {
        if (_tools.Find(tool => tool.ProviderIndex == providerIndex) is { } tool && tool.Arguments.FillGap(arguments, out TextPiece piece)) AddNews(tool, piece);
    }

    /// <summary>At the end of the stream: gives out what was held back.</summary>
    public void EndStream()
    {
        foreach (ToolCallBuilder tool in _tools)
        {
            if (tool.Arguments.Complete(out TextPiece piece)) AddNews(tool, piece);
        }
    }

    public IReadOnlyList<ToolCallDelta> TakeNews()
    {
        IReadOnlyList<ToolCallDelta>? news = _news;
        _news = null;
        return news ?? [];
    }

    /// <param name="isFinished">Whether the choice is, and its calls with it.</param>
    public IReadOnlyList<ToolCall> ToToolCalls(bool isFinished) =>
        [.. _tools.Select(tool => tool.ToToolCall(isFinished || tool.IsComplete || tool.Index < _tools.Count - 1))];

    /// <summary>Gives back what was borrowed for their arguments.</summary>
    public void Release()
    {
        foreach (ToolCallBuilder tool in _tools) tool.Arguments.Release();
    }

    private ToolCallBuilder? Find(in ToolCallFragment fragment)
    {
        if (_tools.Count == 0) return null;
        bool hasId = !string.IsNullOrEmpty(fragment.Id);
        bool hasName = !string.IsNullOrEmpty(fragment.Name);

        if (fragment.ProviderIndex is { } providerIndex)
        {
            ToolCallBuilder? last = _tools.FindLast(tool => tool.ProviderIndex == providerIndex);
            // Cerebras and OpenRouter have been seen to send one call after the other at the same index.
            bool isAnother = last?.Id is { } id && hasId && hasName && !string.Equals(id, fragment.Id, StringComparison.Ordinal);
            return isAnother ? null : last;
        }

        if (hasId)
        {
            string wanted = fragment.Id!;
            return _tools.FindLast(tool => string.Equals(tool.Id, wanted, StringComparison.Ordinal));
        }

        // Neither index nor id. Where each chunk repeats everything, the place in its list tells; else calls come whole,
        // each with its name, and what has none continues the latest.
        if (mode != ChatTextMode.Incremental) return fragment.Position < _tools.Count ? _tools[fragment.Position] : null;
        return hasName && _tools[^1].Name is not null ? null : _tools[^1];
    }

    private void AddNews(ToolCallBuilder tool, TextPiece piece) =>
        AddNews(new ToolCallDelta { Index = tool.Index, Arguments = piece.Text, ArgumentsOffset = piece.Offset });

    private void AddNews(ToolCallDelta delta) => (_news ??= []).Add(delta);
}
