namespace LlmStream;

/// <summary>A tool call, assembled from its fragments. Immutable.</summary>
public sealed class ToolCall
{
    /// <summary>The call's index among the calls of its choice, from 0.</summary>
    public int Index { get; init; }

    /// <summary>The provider's id of the call, or <see langword="null"/> if it sent none.</summary>
    public string? Id { get; init; }

    /// <summary>The name of the tool; <c>""</c> only in a partial answer that broke off before the name arrived.</summary>
    public string Name { get; init; } = "";

    /// <summary>
    /// Whether the call is known to be complete: its choice has a finish reason, or another call followed it. False only in a partial
    /// answer, and then <see cref="Arguments"/> may end anywhere.
    /// </summary>
    public bool IsComplete { get; init; }

    /// <summary>
    /// The arguments as JSON text, exactly as the model wrote them. <c>""</c> if the model wrote none.
    /// </summary>
    public string Arguments { get; init; } = "";
}
