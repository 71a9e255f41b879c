using LlmStream.Testing;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>Tests of front ends against the relay.</summary>
public abstract class FrontEndTests(FrontEndFixture fixture) : IClassFixture<FrontEndFixture>
{
    /// <summary>A failure before the first delta.</summary>
    protected const string KeyRefused = "The AI service did not accept this server's key.";

    /// <summary>A failure before the first delta.</summary>
    protected const string RateLimited = "There are too many requests. Try again in 7 seconds.";

    /// <summary>The names of the endings that are failures after the first delta, and what the relay says of them.</summary>
    private static readonly (string Ending, string Message)[] LateFailures =
    [
        (nameof(Ending.Error), "The AI service reported an error."),
        (nameof(Ending.Truncated), "The answer was cut off. Try again."),
        (nameof(Ending.TruncatedInEvent), "The answer was cut off. Try again."),
        (nameof(Ending.Reset), "The connection to the AI service failed. Try again."),
    ];

    public static TheoryData<string, string> Failures =>
        [.. LateFailures.Select(failure => new TheoryDataRow<string, string>(failure.Ending, failure.Message))];

    /// <summary>Opens a page, and sends a message that the provider answers as the script says.</summary>
    private protected Task<Session> SendAsync(string page, Script script) => fixture.SendAsync(page, script);
}
