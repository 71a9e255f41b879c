using System.Diagnostics;

namespace LlmStream.Answers;

/// <summary>The tool calls of one choice while their fragments arrive.</summary>
internal sealed class ToolCallList(ChatTextMode mode, ChatReadOptions options)
{
    /// <summary>Far more than any answer has. Without a limit, a stream of empty calls could exhaust the memory.</summary>
    public const int MaxToolCalls = 4096;

    private readonly List<ToolCallBuilder> _tools = [];
    private List<ToolCallDelta>? _changes;

    public int Count => _tools.Count;

    public bool HasChanges => _changes is not null;

    /// <summary>Adds a fragment to the call that it belongs to: identified by its index, or else its id, or else its position.</summary>
    /// <exception cref="AnswerTooLargeException">There are too many calls, or the arguments are too long.</exception>
    public void Add(in ToolCallFragment fragment)
    {
        ToolCallBuilder? tool = Find(fragment);
        bool isNew = tool is null;
        tool ??= Create(fragment.ProviderIndex);
        string? newId = tool.Id is null && !string.IsNullOrEmpty(fragment.Id) ? fragment.Id : null;
        string? newName = tool.Name is null && !string.IsNullOrEmpty(fragment.Name) ? fragment.Name : null;

        // Some providers repeat a complete call. Unlike a repeated call, a continuation has no name.
        bool isRepeat = !isNew && newName is null && !string.IsNullOrEmpty(fragment.Name)
            && tool.Arguments.IsEqualTo(fragment.Arguments, fragment.ArgumentsAreEscaped);
        TextPiece piece = default;
        bool hasArguments = !isRepeat && tool.Arguments.Append(fragment.Arguments, fragment.ArgumentsAreEscaped, out piece);

        // Only after the code that may throw: the list must be equal to what was emitted.
        tool.Id ??= newId;
        tool.Name ??= newName;
        if (isNew) _tools.Add(tool);
        bool isCompleted = fragment.IsComplete && !tool.IsComplete;
        tool.IsComplete |= isCompleted;
        if (!isNew && !hasArguments && newId is null && newName is null && !isCompleted) return;

        AddChange(new ToolCallDelta
        {
            Index = tool.Index,
            Id = newId,
            Name = newName,
            Arguments = piece.Text ?? "",
            ArgumentsOffset = hasArguments ? piece.Offset : tool.Arguments.Length,
            IsComplete = isCompleted,
        });
    }

    /// <summary>Extends the arguments of the call with this number to their complete form, if they begin with what came.</summary>
    public void ExtendArguments(int providerIndex, string arguments)
    {
        ToolCallBuilder? tool = _tools.Find(tool => tool.ProviderIndex == providerIndex);
        if (tool is not null && tool.Arguments.ExtendTo(arguments, out TextPiece piece)) AddChange(tool, piece);
    }

    /// <summary>Adds, at the end of the stream, what was held back.</summary>
    public void EndStream()
    {
        foreach (ToolCallBuilder tool in _tools)
        {
            if (tool.Arguments.Complete(out TextPiece piece)) AddChange(tool, piece);
        }
    }

    /// <summary>Takes the fragments that the current event added.</summary>
    public IReadOnlyList<ToolCallDelta> TakeChanges()
    {
        IReadOnlyList<ToolCallDelta>? changes = _changes;
        _changes = null;
        return changes ?? [];
    }

    /// <param name="isFinished">Whether the choice is finished, and with it all its calls.</param>
    public IReadOnlyList<ToolCall> ToToolCalls(bool isFinished) =>
        [.. _tools.Select(tool => tool.ToToolCall(isFinished || tool.IsComplete || tool.Index < _tools.Count - 1))];

    /// <summary>Returns the rented buffers.</summary>
    public void Release()
    {
        foreach (ToolCallBuilder tool in _tools) tool.Arguments.Release();
    }

    private ToolCallBuilder Create(int? providerIndex)
    {
        if (_tools.Count == MaxToolCalls) throw new AnswerTooLargeException($"The answer has more than {MaxToolCalls} tool calls");
        var arguments = new GrowingText(mode, options.MaxToolArgumentCharacters, "A tool call");
        return new ToolCallBuilder(_tools.Count, arguments) { ProviderIndex = providerIndex };
    }

    private ToolCallBuilder? Find(in ToolCallFragment fragment)
    {
        if (_tools.Count == 0) return null;
        bool hasId = !string.IsNullOrEmpty(fragment.Id);
        bool hasName = !string.IsNullOrEmpty(fragment.Name);

        if (fragment.ProviderIndex is { } providerIndex)
        {
            ToolCallBuilder? last = _tools.FindLast(tool => tool.ProviderIndex == providerIndex);
            // Some providers give consecutive calls the same index, but different ids.
            bool isAnother = last?.Id is { } id && hasId && hasName && !string.Equals(id, fragment.Id, StringComparison.Ordinal);
            return isAnother ? null : last;
        }

        if (hasId)
        {
            string wanted = fragment.Id!;
            return _tools.FindLast(tool => string.Equals(tool.Id, wanted, StringComparison.Ordinal));
        }

        // If each chunk repeats everything, the position identifies the call. Otherwise calls without index and id come complete, each
        // with its name, and a fragment without a name continues the last call.
        if (mode != ChatTextMode.Incremental) return fragment.Position < _tools.Count ? _tools[fragment.Position] : null;
        return hasName && _tools[^1].Name is not null ? null : _tools[^1];
    }

    private void AddChange(ToolCallBuilder tool, TextPiece piece) =>
        AddChange(new ToolCallDelta { Index = tool.Index, Arguments = piece.Text, ArgumentsOffset = piece.Offset });

    private void AddChange(ToolCallDelta delta)
    {
        Debug.Assert(_tools[delta.Index].Index == delta.Index, "The index of a call is its position");
        (_changes ??= []).Add(delta);
    }
}
