using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Requests;

/// <summary>The parts of a chat request that matter to the server, whatever its dialect.</summary>
internal sealed record ParsedRequest
{
    public string Model { get; init; } = AnswerContent.DefaultModel;

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    /// <summary>The number of choices requested.</summary>
    public int Choices { get; init; } = 1;

    public IReadOnlyList<ParsedMessage> Messages { get; init; } = [];

    public bool ContinueFinalMessage { get; init; }

    /// <summary>Why the request is invalid, in the provider's words, or null if it is valid.</summary>
    public string? Error { get; init; }
}
