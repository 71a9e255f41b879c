using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.TakeOver;

/// <summary>A node dies after the last delta, before the end: nothing is missing, so that nothing is requested.</summary>
public class CompleteLogTests
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "?")];

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task The_whole_answer_is_complete_without_a_request_and_usage_may_be_missing(int earlierTakeovers)
    {
        ChatProducerResult result = await TakeOverAsync([Text("a"), Finish("stop", 1)], new ChatOptions(), earlierTakeovers);
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
        Assert.True(result.Answer.IsComplete);
        Assert.Null(result.Answer.Usage);
        Assert.Equal("a", result.Answer.Text);
    }

    [Fact]
    public async Task Usage_that_was_stored_is_kept()
    {
        ChatProducerResult result = await TakeOverAsync(
            [Text("a"), Finish("stop", 1), new ChatDelta { TextOffset = 1, Usage = new UsageDetails { OutputTokenCount = 7 } }], new ChatOptions());
        Assert.Equal(ChatStreamVerdict.Complete, result.Verdict);
        Assert.Equal(7, result.Answer.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task A_tool_call_whose_arguments_are_whole_is_complete()
    {
        ChatProducerResult result = await TakeOverAsync([Call("{\"city\":\"Rome\"}"), Finish("tool_calls")], new ChatOptions());
        Assert.Equal(ChatStreamVerdict.Complete, result.Verdict);
        Assert.True(Assert.Single(result.Answer.ToolCalls).IsComplete);
    }

    [Fact]
    public async Task A_tool_call_that_is_half_open_is_not()
    {
        ChatProducerResult result = await TakeOverAsync([Call("{\"city\":\"Ro"), Finish("tool_calls")], new ChatOptions());
        Assert.Equal(ChatStreamVerdict.Error, result.Verdict);
    }

    [Fact]
    public async Task One_of_two_choices_is_not()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["n"] = 2 } };
        ChatProducerResult result = await TakeOverAsync([Text("a"), Finish("stop", 1)], options);
        Assert.Equal(ChatStreamVerdict.Error, result.Verdict);
        ChatDelta[] both = [Text("a"), Finish("stop", 1), new ChatDelta { ChoiceIndex = 1, Text = "b" }];
        Assert.Equal(ChatStreamVerdict.Error, (await TakeOverAsync(both, options)).Verdict);
        both = [.. both, new ChatDelta { ChoiceIndex = 1, TextOffset = 1, FinishReason = ChatFinishReason.Stop }];
        Assert.Equal(ChatStreamVerdict.Complete, (await TakeOverAsync(both, options)).Verdict);
    }

    [Fact]
    public async Task Text_after_a_finish_reason_opens_the_choice_again()
    {
        ChatProducerResult result = await TakeOverAsync([Text("a"), Finish("stop", 1), Text("b", 1)], new ChatOptions());
        Assert.Equal(ChatStreamVerdict.Error, result.Verdict);
    }

    [Fact]
    public async Task Without_a_stored_request_a_finish_reason_may_be_that_of_a_first_call()
    {
        ChatProducerResult result = await TakeOverAsync([Text("a"), Finish("stop", 1)], options: null);
        Assert.Equal(ChatStreamVerdict.Error, result.Verdict);
        Assert.Equal(ChatStreamRelayError.ProducerLost, Assert.IsType<ChatStreamRelayException>(result.Exception!.InnerException).Error);
    }

    [Fact]
    public async Task Without_a_protector_no_request_is_stored()
    {
        using var http = new HttpClient(new ContinuingHandler("english"));
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key" });
        foreach (IChatRequestProtector? protector in new[] { null, ChatRequestProtector.None })
        {
            using var cluster = new Cluster(options => options with { RequestProtector = protector });
            ChatStreamLease lease = await cluster.BeginAsync();
            await cluster.FirstNode.ProduceAsync(lease, stopped => client.StreamAsync(Question, null, stopped));
            Assert.Equal(protector is null ? 0 : 1, cluster.First.CountOf("SetRequestAsync"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_cannot_be_read_ends_the_stream_at_once(bool isKeyLost)
    {
        using var cluster = new Cluster(options => options with { RequestProtector = isKeyLost ? new LostKey() : ChatRequestProtector.None });
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.Store.SetRequestAsync(lease, "{\"version\":1,\"messages\":[]}"u8.ToArray());
        cluster.ExpireLeases();
        ChatProducerResult? result = await cluster.FirstNode.TryTakeOverAsync(
            lease.StreamId, lease.Epoch, _ => throw new InvalidOperationException("No such client."));
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result!.Ending, result.Verdict));
    }

    private static ChatDelta Text(string text, int offset = 0) => new() { Text = text, TextOffset = offset };

    private static ChatDelta Finish(string reason, int offset = 0) => new() { FinishReason = new ChatFinishReason(reason), TextOffset = offset };

    private static ChatDelta Call(string arguments) =>
        new() { ToolCalls = [new ToolCallDelta { Index = 0, Id = "i", Name = "weather", Arguments = arguments }] };

    /// <summary>Takes over a stream with some deltas.</summary>
    /// <param name="deltas">The deltas.</param>
    /// <param name="options">The options of the stored request; null if none is stored.</param>
    /// <param name="earlierTakeovers">How many nodes have died before.</param>
    private static async Task<ChatProducerResult> TakeOverAsync(ChatDelta[] deltas, ChatOptions? options, int earlierTakeovers = 0)
    {
        using var http = new HttpClient(new NoHandler());
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key" });
        using var cluster = new Cluster(options => options with { StoreTimeout = TimeSpan.FromTicks(1) });
        cluster.First.OnCall = method => method == "CompleteAsync" ? Fault.Before : Fault.None;
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatStoredRequest? request = options is null ? null : new() { Messages = Question, Options = options };
        ChatProducerResult died = await cluster.FirstNode.ProduceAsync(
            lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped), request);
        Assert.Equal(ChatProducerEnding.StoreUnavailable, died.Ending);
        string epoch = lease.Epoch;
        for (int i = 0; i < earlierTakeovers; i++)
        {
            cluster.ExpireLeases();
            Assert.NotNull((await cluster.Store.TryTakeOverAsync(lease.StreamId, epoch, $"epoch{i}")).Lease);
            epoch = $"epoch{i}";
        }

        cluster.ExpireLeases();
        ChatProducerResult? result = await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, epoch, _ => client).WaitAsync(ReadStream.Bound);
        ReadStream read = await cluster.ReadAsync(lease.StreamId);
        Assert.Equal(result!.Verdict == ChatStreamVerdict.Complete, read.Failure is null);
        return result;
    }

    private sealed class NoHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nothing may be requested.");
    }

    private sealed class LostKey : IChatRequestProtector
    {
        public byte[] Protect(byte[] request) => request;

        public byte[]? Unprotect(byte[] data) => throw new System.Security.Cryptography.CryptographicException("The key is unknown.");
    }
}
