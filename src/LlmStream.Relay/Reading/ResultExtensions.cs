using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Reading;

/// <summary>Copies of results and errors.</summary>
internal static class ResultExtensions
{
    /// <summary>A copy with another usage.</summary>
    public static ChatStreamResult With(this ChatStreamResult result, UsageDetails usage) => new()
    {
        IsComplete = result.IsComplete,
        Choices = result.Choices,
        Stream = result.Stream,
        Attempts = result.Attempts,
        Usage = usage,
    };

    /// <summary>A copy with the partial answer.</summary>
    public static ChatStreamException With(this ChatStreamException error, ChatStreamResult partial) =>
        error.AfterDelivery(error.ResumeRefusal, partial, error.AttemptCount);
}
