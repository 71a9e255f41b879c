using LlmStream.Testing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience.Hedging;

/// <summary>Hedged requests over real connections.</summary>
public class HedgedStreamsTests
{
    private const int Streams = 100;

    private const string Answer = "The sky is blue because air scatters short waves of light.";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_one_that_answers_is_used_and_the_other_connection_is_closed(bool isFirstSlow)
    {
        // Nothing but a comment and a role come from the slow one.
        Script slow = Script.Answer(Answer).WithKeepAlives().StallAtEvent(1);
        Script fast = Script.Answer(Answer).WithUsage();
        await using ScriptedLlmServer first = await ScriptedLlmServer.StartAsync(isFirstSlow ? slow : fast.WithDelay(TimeSpan.FromMilliseconds(20)));
        await using ScriptedLlmServer second = await ScriptedLlmServer.StartAsync(isFirstSlow ? fast : slow);
        using LlmStreamClient client = Create(first, second);
        ChatStreamResult[] results = await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => client.StreamAsync("Why?").CollectAsync()));

        Assert.All(results, result =>
        {
            Assert.Equal((Answer, true), (result.Text, result.IsComplete));
            Assert.Equal(isFirstSlow ? "second" : "first", result.Stream.Provider);
            Assert.NotNull(Assert.Single(result.Attempts, attempt => !attempt.IsCanceled).Usage);
            // On a busy machine the fast one may answer before the hedge begins.
            if (!isFirstSlow && result.Attempts.Count == 1) return;
            ChatAttempt lost = Assert.Single(result.Attempts, attempt => attempt.IsCanceled);
            Assert.Equal(isFirstSlow, !lost.IsHedge);
            Assert.Null(lost.Usage);
        });
        Assert.Contains(results, result => result.Attempts.Count == 2);
        ScriptedLlmServer loser = isFirstSlow ? first : second;
        Assert.InRange(loser.Requests.Count, 1, Streams); // some are cancelled before they are sent
        foreach (ScriptedRequest request in loser.Requests) Assert.Equal(ReplyEnd.ClientLeft, await request.Finished);
        Assert.All((isFirstSlow ? second : first).Requests, request => Assert.False(request.ClientLeft.IsCompleted && !request.Finished.IsCompleted));
    }

    [Fact]
    public async Task Whoever_is_sooner_each_answer_is_delivered_once()
    {
        Script script = Script.Answer(Answer).InChunksOf(1);
        await using ScriptedLlmServer first = await ScriptedLlmServer.StartAsync(script);
        await using ScriptedLlmServer second = await ScriptedLlmServer.StartAsync(script);
        using LlmStreamClient client = Create(first, second);
        for (int i = 0; i < Streams; i++)
        {
            string text = "";
            await foreach (ChatDelta delta in client.StreamAsync("Why?"))
            {
                Assert.Equal(text.Length, delta.TextOffset);
                Assert.Null(delta.Seam);
                text += delta.Text;
            }

            Assert.Equal(Answer, text);
        }
    }

    private static LlmStreamClient Create(ScriptedLlmServer first, ScriptedLlmServer second) => new(new LlmStreamOptions
    {
        Provider = first.Provider with { Name = "first" },
        Fallbacks = { new LlmFallback { Provider = second.Provider with { Name = "second" } } },
        TimeProvider = new FakeTimeProvider { SkipDelays = true },
        Timeouts = new LlmTimeoutOptions
        {
            Connect = Timeout.InfiniteTimeSpan,
            FirstDelta = Timeout.InfiniteTimeSpan,
            IdleBytes = Timeout.InfiniteTimeSpan,
            IdleDeltas = Timeout.InfiniteTimeSpan,
        },
        HedgeAfter = TimeSpan.FromMilliseconds(1),
        CircuitBreaker = LlmCircuitBreakerOptions.Off,
    });
}
