namespace LlmStream;

/// <summary>A fragment of one tool call. Immutable.</summary>
/// <remarks>
/// The arguments of a call are JSON text that arrives in fragments; they are complete only when the choice has a finish
/// reason. A prefix that happens to be valid JSON may still be continued.
/// </remarks>
public sealed class ToolCallDelta
{
    // The arguments if they are all that it holds, as of nearly all fragments, so that these stay small; else UncommonMembers.
    private object? _content;

    /// <summary>
    /// The call that this fragment belongs to: 0 for the first call that appeared in the choice, 1 for the next, whatever index the
    /// provider uses.
    /// </summary>
    public int Index { get; init; }

    /// <summary>
    /// The provider's id of the call, as in <see cref="ToolCall.Id"/>. Set on the first fragment that has one; some providers send none.
    /// </summary>
    public string? Id
    {
        get => Uncommon?.Id;
        init
        {
            if (value is not null || Uncommon is not null) GetOrCreateUncommon().Id = value;
        }
    }

    /// <summary>The name of the tool. Set on the first fragment that has one.</summary>
    public string? Name
    {
        get => Uncommon?.Name;
        init
        {
            if (value is not null || Uncommon is not null) GetOrCreateUncommon().Name = value;
        }
    }

    /// <summary>The new part of the arguments' JSON text, or <c>""</c>.</summary>
    public string Arguments
    {
        get => _content as string ?? Uncommon?.Arguments ?? "";
        init
        {
            if (Uncommon is { } uncommon) uncommon.Arguments = value;
            else _content = value;
        }
    }

    /// <summary>
    /// Whether the provider signalled with this fragment that the call is complete. Many providers never do; then the choice's finish
    /// reason is the signal.
    /// </summary>
    public bool IsComplete
    {
        get => Uncommon is { IsComplete: true };
        init
        {
            if (value || Uncommon is not null) GetOrCreateUncommon().IsComplete = value;
        }
    }

    /// <summary>Where <see cref="Arguments"/> begins in the call's arguments, in UTF-16 code units.</summary>
    public int ArgumentsOffset { get; init; }

    private UncommonMembers? Uncommon => _content as UncommonMembers;

    private UncommonMembers GetOrCreateUncommon()
    {
        if (Uncommon is { } known) return known;
        var uncommon = new UncommonMembers { Arguments = Arguments };
        _content = uncommon;
        return uncommon;
    }

    private sealed class UncommonMembers
    {
        public string? Id;
        public string? Name;
        public string Arguments = "";
        public bool IsComplete;
    }
}
