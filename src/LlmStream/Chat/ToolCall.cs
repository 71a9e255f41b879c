namespace LlmStream;

/// <summary>A tool call, put together from its fragments. Immutable.</summary>
public sealed class ToolCall
{
    /// <summary>The call's place among the calls of its choice, from 0.</summary>
    public int Index { get; init; }

    /// <summary>The provider's id of the call, or <see langword="null"/> where it sent none.</summary>
    public string? Id { get; init; }

    /// <summary>The name of the tool; <c>""</c> only in a partial answer that broke off before it came.</summary>
    public string Name { get; init; } = "";

    /// <summary>
    /// Whether the call is known to be whole: its choice has a finish reason, or another call followed it. Only in a partial answer can
    /// it be false, and then <see cref="Arguments"/> may break off anywhere.
    /// </summary>
    public bool IsComplete { get; init; }

    /// <summary>
    /// The arguments as JSON text, exactly as the model wrote them. <c>""</c> where the model gave none.
    /// </summary>
    public string Arguments { get; init; } = "";
}
