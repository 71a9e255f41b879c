using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Resilience;

/// <summary>Calls to a provider that is not there, for tests of single types.</summary>
internal static class Calls
{
    public const string Key = "sk-secret-0123456789";

    public static LlmProvider Provider { get; } = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));

    public static CallContext Create(Action<LlmStreamOptions>? configure = null, int attempts = 0, CancellationToken cancellationToken = default)
    {
        var options = new LlmStreamOptions { Provider = Provider, TimeProvider = new FakeTimeProvider { SkipDelays = true } };
        configure?.Invoke(options);
        var call = new CallContext(options, ApiKey.Resolve(Key, options.Provider), cancellationToken);
        for (int i = 0; i < attempts; i++) call.BeginAttempt("m");
        return call;
    }

    /// <summary>Reads on, as the answer does that the attempt belongs to.</summary>
    /// <returns>False if the answer is complete.</returns>
    public static async ValueTask<bool> ReadAsync(this Attempt attempt)
    {
        try
        {
            return attempt.EndStep(await attempt.StepAsync());
        }
        catch (OperationCanceledException exception) when (attempt.TranslateTimeout(exception) is { } translated)
        {
            return attempt.EndStep(attempt.Interrupt(translated));
        }
    }

    public static ChatStreamException Failure(ChatStreamError error = ChatStreamError.Connection, bool isTransient = true, TimeSpan? retryAfter = null) =>
        new(error, "It failed.") { IsTransient = isTransient, RetryAfter = retryAfter };
}
