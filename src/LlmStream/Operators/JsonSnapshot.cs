namespace LlmStream;

/// <summary>A value deserialized from JSON text that may be incomplete. Immutable.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public sealed record JsonSnapshot<T>
{
    /// <summary>
    /// The value, as far as it is known. Members that have not arrived have their defaults. A string at the end of the text may be cut;
    /// numbers, <c>true</c>, <c>false</c> and <c>null</c> are included when they are complete.
    /// </summary>
    public required T? Value { get; init; }

    /// <summary>Whether the JSON text is complete.</summary>
    public bool IsComplete { get; init; }
}
