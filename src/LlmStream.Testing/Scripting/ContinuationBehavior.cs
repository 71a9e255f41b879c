namespace LlmStream.Testing.Scripting;

/// <summary>What the server does when a request asks it to continue a partial answer.</summary>
internal sealed record ContinuationBehavior
{
    /// <summary>The error message of Anthropic.</summary>
    public const string DefaultPrefillRefusal =
        "This model does not support assistant message prefill. The conversation must end with a user message.";

    /// <summary>Whether it repeats the partial answer in one chunk before it continues.</summary>
    public bool EchoesPrefix { get; init; }

    /// <summary>The number of UTF-16 code units at the end of the partial answer that it repeats.</summary>
    public int Overlap { get; init; }

    /// <summary>Whether it ignores the partial answer and answers from the beginning.</summary>
    public bool StartsOver { get; init; }

    /// <summary>The text when it starts over; null means the same text.</summary>
    public string? OtherText { get; init; }

    /// <summary>The message with which it refuses a prefill (status 400), or null if it accepts one.</summary>
    public string? PrefillRefusal { get; init; }

    /// <summary>The flag without which it refuses a prefill (<c>prefix</c>, <c>partial</c>), or null.</summary>
    public string? RequiredFlag { get; init; }

    /// <summary>The message with which it refuses to continue in this way, or null if it does not refuse.</summary>
    public string? GetRefusal(ContinuationKind kind)
    {
        if (kind is ContinuationKind.None or ContinuationKind.Instruction) return null;
        string? flag = kind switch
        {
            ContinuationKind.PrefixFlag => "prefix",
            ContinuationKind.PartialFlag => "partial",
            ContinuationKind.ContinueFinalMessage => "continue_final_message",
            _ => null,
        };
        if (RequiredFlag is { } required && !string.Equals(required, flag, StringComparison.Ordinal))
            return $"Expected last role User or Tool (or Assistant with {required} True) for serving but got assistant"; // Mistral's

        return PrefillRefusal;
    }
}
