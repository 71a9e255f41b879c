using LlmStream.Testing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>A server that falls silent: each budget of time has its own error, and the connection is closed.</summary>
public class StalledServerTests
{
    private const string Answer = "The sky is blue because of Rayleigh scattering.";

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    private static readonly LlmTimeoutOptions None = new()
    {
        Connect = Timeout.InfiniteTimeSpan,
        FirstDelta = Timeout.InfiniteTimeSpan,
        IdleBytes = Timeout.InfiniteTimeSpan,
        IdleDeltas = Timeout.InfiniteTimeSpan,
    };

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public Task Before_the_headers(Connections connections) =>
        RunsOutAsync(connections, Script.Answer(Answer).WithDelay(TimeSpan.FromHours(1)), None with { FirstDelta = Budget }, ChatStreamError.FirstDeltaTimeout);

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public Task Before_the_first_delta(Connections connections) =>
        RunsOutAsync(connections, Script.Answer(Answer).StallAt(0), None with { FirstDelta = Budget }, ChatStreamError.FirstDeltaTimeout);

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public Task Before_the_first_byte_of_the_body(Connections connections) =>
        RunsOutAsync(connections, Script.Answer(Answer).StallAt(0), None with { IdleBytes = Budget }, ChatStreamError.IdleTimeout);

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public Task In_mid_stream(Connections connections) =>
        RunsOutAsync(connections, Script.Answer(Answer).StallAtEvent(4), None with { IdleBytes = Budget }, ChatStreamError.IdleTimeout);

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public Task With_nothing_but_comments_after_the_first_delta(Connections connections)
    {
        string body = StubServer.Chunk("Hel") + string.Concat(Enumerable.Repeat(": keep-alive\n\n", 100));
        return RunsOutAsync(connections, Script.Raw(body).StallAt(body.Length), None with { IdleDeltas = Budget }, ChatStreamError.StalledTimeout);
    }

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public Task For_longer_than_the_whole_may_take(Connections connections) =>
        RunsOutAsync(connections, Script.Answer(Answer).StallAtEvent(4), None with { Total = Budget }, ChatStreamError.TotalTimeout);

    private async Task RunsOutAsync(Connections connections, Script script, LlmTimeoutOptions budgets, ChatStreamError error)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { TimeProvider = new FakeTimeProvider() });
        using LlmStreamClient client = server.Provider.Client(connections, options =>
            (options.TimeProvider, options.Timeouts, options.Resume) = (_time, budgets, LlmResumeOptions.Off));

        Task<ChatStreamException> failing = client.FailAsync();
        ScriptedRequest request = await server.WaitForRequestAsync();
        // Bytes that are still on their way start an idle budget anew, so that the clock is advanced until it runs out.
        while (await Task.WhenAny(failing, _time.TimerSetAsync(Budget)) != failing) _time.Advance(Budget);

        ChatStreamException failure = await failing;
        Assert.Equal(error, failure.Error);
        await request.ClientLeft;
    }
}
