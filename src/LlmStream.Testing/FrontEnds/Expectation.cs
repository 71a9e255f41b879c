namespace LlmStream.Testing.FrontEnds;

/// <summary>What the user of a front end must see in a case.</summary>
internal sealed record Expectation
{
    /// <summary>The statuses that are true.</summary>
    public required IReadOnlyList<ChatFrontEndStatus> Statuses { get; init; }

    public string Text { get; init; } = string.Concat(Answer.Pieces);

    public TextRule TextRule { get; init; }

    public string? Reasoning { get; init; }

    /// <summary>The calls that may be run.</summary>
    public IReadOnlyList<AnswerCall> Calls { get; init; } = [];

    /// <summary>The finish reason, if the user has to see it.</summary>
    public string? FinishReason { get; init; }

    /// <summary>What the user has to be told, or null if the front end finds words for it.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the front end must not request the answer a second time.</summary>
    public bool BeginsOnce { get; init; }

    /// <summary>Whether the front end has to tell the server that the user stops.</summary>
    public bool Stops { get; init; }
}

/// <summary>How the text that is seen is compared.</summary>
internal enum TextRule
{
    /// <summary>It is the text.</summary>
    Equal,

    /// <summary>It is the text and more.</summary>
    StartsWith,

    /// <summary>It is the beginning of the text, or empty.</summary>
    IsStartOf,
}
