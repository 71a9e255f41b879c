namespace LlmStream;

/// <summary>A tool call, assembled from its fragments. Immutable.</summary>
public sealed class ToolCall
{
    /// <summary>The call's index among the calls of its choice, from 0.</summary>
    public int Index { get; init; }

    /// <summary>
    /// The provider's id of the call, or <see langword="null"/> if it sent none. If it sent the same id for several calls, a number is
    /// added to those after the first.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>The id that the provider sent, if <see cref="Id"/> differs because another call has the same; otherwise null.</summary>
    internal string? SharedId { get; init; }

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
