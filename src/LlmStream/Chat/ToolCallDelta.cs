namespace LlmStream;

/// <summary>A fragment of one tool call. Immutable.</summary>
/// <remarks>
/// The arguments of a call are JSON text that arrives in fragments; they are complete only when the choice has a finish
/// reason. A prefix that happens to be valid JSON may still be continued.
/// </remarks>
public sealed class ToolCallDelta
{
    /// <summary>
    /// The call that this fragment belongs to: 0 for the first call that appeared in the choice, 1 for the next, whatever index the
    /// provider uses.
    /// </summary>
    public int Index { get; init; }

    /// <summary>
    /// The provider's id of the call, as in <see cref="ToolCall.Id"/>. Set on the first fragment that has one; some providers send none.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>The name of the tool. Set on the first fragment that has one.</summary>
    public string? Name { get; init; }

    /// <summary>The new part of the arguments' JSON text, or <c>""</c>.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>
    /// Whether the provider signalled with this fragment that the call is complete. Many providers never do; then the choice's finish
    /// reason is the signal.
    /// </summary>
    public bool IsComplete { get; init; }

    /// <summary>Where <see cref="Arguments"/> begins in the call's arguments, in UTF-16 code units.</summary>
    public int ArgumentsOffset { get; init; }
}
