using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.Relay.Tests;

/// <summary>What a request means, and what becomes of one whose result is lost.</summary>
public class BeginTests
{
    private static readonly ChatStreamBeginRequest Request = new() { Owner = "o", Conversation = "c", Digest = "d" };

    [Theory]
    [InlineData("Before")]
    [InlineData("After")]
    [InlineData("Hangs")]
    public async Task A_begin_whose_result_is_lost_gets_its_lease_at_the_second_try(string fault)
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        int calls = 0;
        cluster.First.OnCall = method => method == "BeginAsync" && calls++ == 0 ? Enum.Parse<Fault>(fault) : Fault.None;
        ChatStreamBeginResult begun = await clock.RunAsync(cluster.FirstNode.BeginAsync(Request), TimeSpan.FromSeconds(5));
        Assert.Equal(ChatStreamBeginOutcome.Begun, begun.Outcome);
        Assert.Equal(1, cluster.Store.StreamCount);
        ChatProducerResult result =
            await cluster.FirstNode.ProduceAsync(begun.Lease!, _ => ScriptedAnswers.ToAsync([new ChatDelta { Text = "a" }]));
        Assert.Equal(ChatStreamVerdict.Complete, result.Verdict);
        Assert.Equal(ChatStreamBeginOutcome.Joined, (await cluster.SecondNode.BeginAsync(Request)).Outcome);
    }

    [Fact]
    public async Task A_begin_whose_result_stays_lost_is_an_error_and_the_request_can_be_sent_again_once_the_stream_has_ended()
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        cluster.First.OnCall = method => method == "BeginAsync" ? Fault.After : Fault.None;
        var failure = await Assert.ThrowsAsync<ChatStreamException>(() => clock.RunAsync(cluster.FirstNode.BeginAsync(Request)));
        Assert.Equal(ChatStreamRelayError.StoreUnavailable, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);

        // The stream has no producer. The same request joins it, waits, and gets an error; after that it begins anew.
        ChatStreamStatus status = (await cluster.SecondNode.BeginAsync(Request)).Status!;
        Task<ReadStream> reader = cluster.ReadAsync(status.StreamId);
        cluster.ExpireLeases();
        await cluster.SecondNode.TryTakeOverAsync(status.StreamId, status.Epoch, _ => null);
        failure = Assert.IsType<ChatStreamException>((await reader).Failure);
        Assert.Equal(ChatStreamRelayError.ProducerLost, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.True(failure.IsTransient);
        Assert.Equal(ChatStreamBeginOutcome.Begun, (await cluster.SecondNode.BeginAsync(Request)).Outcome);
    }

    [Fact]
    public async Task A_request_that_failed_can_be_sent_again_and_again()
    {
        using var cluster = new Cluster();
        for (int i = 0; i < 3; i++)
        {
            ChatStreamBeginResult begun = await cluster.FirstNode.BeginAsync(Request);
            Assert.Equal(ChatStreamBeginOutcome.Begun, begun.Outcome);
            var limit = new ChatStreamException(ChatStreamError.ProviderError, "Rate limit.") { IsTransient = true };
            ChatProducerResult result = await cluster.FirstNode.ProduceAsync(begun.Lease!, _ => throw limit);
            Assert.Equal(ChatStreamVerdict.Error, result.Verdict);
        }
    }

    [Fact]
    public async Task Two_nodes_that_get_the_same_request_at_once_produce_it_once()
    {
        for (int round = 0; round < 200; round++)
        {
            using var cluster = new Cluster();
            int produced = 0;
            string[] texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => PostAsync(i % 2 == 0 ? cluster.FirstNode : cluster.SecondNode))));
            Assert.Equal(1, produced);
            Assert.All(texts, text => Assert.Equal("abc", text));

            async Task<string> PostAsync(ChatStreamRelay node)
            {
                ChatStreamBeginResult begun = await node.BeginAsync(Request);
                Task producing = begun.Lease is { } lease ? node.ProduceAsync(lease, _ => AnswerAsync()) : Task.CompletedTask;
                ReadStream read = await ReadStream.Of(node.ReadAsync(begun.Status!.StreamId));
                await producing;
                Assert.Null(read.Failure);
                return (await read.CollectAsync()).Text;
            }

            async IAsyncEnumerable<ChatDelta> AnswerAsync()
            {
                Interlocked.Increment(ref produced);
                foreach (string text in new[] { "a", "b", "c" })
                {
                    await Task.Yield();
                    yield return new ChatDelta { Text = text, TextOffset = text[0] - 'a' };
                }
            }
        }
    }
}
