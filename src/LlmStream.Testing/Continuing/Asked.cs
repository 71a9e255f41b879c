namespace LlmStream.Testing.Continuing;

/// <summary>What a request asks for, whatever its dialect.</summary>
internal sealed record Asked
{
    public string Model { get; init; } = Scripting.AnswerContent.DefaultModel;

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    public int Choices { get; init; } = 1;

    public IReadOnlyList<AskedMessage> Messages { get; init; } = [];

    public bool ContinueFinalMessage { get; init; }

    /// <summary>Why the request is wrong, or null when it is right.</summary>
    public string? Complaint { get; init; }
}
