using System.Text;
using LlmStream.Relay;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Streams that the store ends, because their producer is gone. The application learns of it once.</summary>
public class GoneProducerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData("by its chat")]
    [InlineData("by its request")]
    [InlineData("before it died")]
    public async Task A_stop(string how)
    {
        // Only in the last case the second node looks for streams without a producer: it would continue the answer.
        await using Cluster cluster = await StartAsync(takesOver: how == "before it died");
        using HttpResponseMessage first = await cluster.AskAsync("ag-ui", 1);
        using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
        cluster.FirstStore.DiesAfter = 0;
        if (how != "before it died") cluster.ExpireLeases();
        if (how == "by its request")
        {
            using var body = new StringContent(KeptRequests.Of("ag-ui"), Encoding.UTF8, "application/json");
            using HttpResponseMessage stop = await cluster.Second.Client.PostAsync("/api/chat/chat-1/stop", body);
        }
        else
        {
            await cluster.Second.StopAsync("chat-1");
        }

        if (how == "before it died") cluster.ExpireLeases();

        Assert.Equal(WireEnd.Canceled, (await second.ReadEventsAsync().WaitAsync(Bound)).EndOf("ag-ui"));
        await AssertCanceledAsync(cluster);
    }

    [Fact]
    public async Task The_next_turn_of_the_chat()
    {
        await using Cluster cluster = await StartAsync(takesOver: false);
        using HttpResponseMessage first = await cluster.AskAsync("json", 1);
        using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
        cluster.KillFirst();
        using HttpResponseMessage next = await cluster.Second.AskAsync("json", "no, rather this");

        Assert.Equal(WireEnd.Canceled, (await second.ReadEventsAsync().WaitAsync(Bound)).EndOf("json"));
        Assert.Equal(ScriptedAnswers.English, (await next.ReadEventsAsync().WaitAsync(Bound)).Text());
        await AssertCanceledAsync(cluster, count: 2);
    }

    /// <summary>The second node has reported one answer as cancelled, and others as complete.</summary>
    private static async Task AssertCanceledAsync(Cluster cluster, int count = 1)
    {
        using var timeout = new CancellationTokenSource(Bound);
        while (cluster.Finished.Count < count) await Task.Delay(5, timeout.Token);
        Assert.All(cluster.Finished, finished => Assert.Equal(2, finished.Node));
        ChatRelayResult result = Assert.Single(cluster.Finished, finished => finished.Result.Outcome == ChatRelayOutcome.Canceled).Result;
        Assert.Equal(count - 1, cluster.Finished.Count(finished => finished.Result.Outcome == ChatRelayOutcome.Completed));
        Assert.NotEqual("", result.Answer.Text);
        Assert.StartsWith(result.Answer.Text, ScriptedAnswers.English, StringComparison.Ordinal);
        Assert.IsType<ChatStreamCanceledException>(result.Exception);
        Assert.Equal("chat-1", result.Request!.ConversationId);
    }

    private static Task<Cluster> StartAsync(bool takesOver) => Cluster.StartAsync("english", heldAfter: 6, (_, builder) =>
        builder.Services.Configure<KeptStreamOptions>(options => options.TakesOver = takesOver));
}
