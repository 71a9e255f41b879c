using System.Runtime.CompilerServices;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.TakeOver;

/// <summary>A node dies, or shuts down, and another one continues its answers.</summary>
public class TakeOverTests(ITestOutputHelper output)
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "Why is the sky blue?")];

    public static TheoryData<string> Names => [.. ScriptedAnswers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_node_that_dies_after_any_record_is_replaced(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        ChatStreamResult whole = await ScriptedAnswers.ResultAsync(name);
        int continued = 0, refused = 0;
        for (int count = 0; count <= deltas.Count; count++)
        {
            var handler = new ContinuingHandler(name);
            using var http = new HttpClient(handler);
            using LlmStreamClient client = CreateClient(http);
            using var cluster = new Cluster(options => options with { StoreTimeout = TimeSpan.FromTicks(1) });
            ChatStreamLease lease = await cluster.BeginAsync();
            Task<ReadStream> live = cluster.ReadAsync(lease.StreamId);
            await KillAsync(cluster, lease, client, count);
            ChatStreamResult partial = await ScriptedAnswers.ToAsync(deltas.Take(count)).CollectAsync();

            // The lease has not expired: nobody may take over.
            ChatStreamStatus status = (await cluster.SecondNode.Store.GetStatusAsync(lease.StreamId))!;
            Assert.Equal(count, status.LastSequence);
            Assert.Null(await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, status.Epoch, _ => client));
            cluster.ExpireLeases();
            Assert.Equal(lease.StreamId, Assert.Single(await cluster.SecondNode.Store.FindAbandonedAsync(9)).StreamId);
            ChatProducerResult? result =
                await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, status.Epoch, _ => client).WaitAsync(ReadStream.Bound);
            Assert.Equal(ChatProducerEnding.Ended, result!.Ending);
            foreach (ReadStream read in new[] { await live, await cluster.ReadAsync(lease.StreamId) })
            {
                ChatStreamResult answer = await read.CollectAsync();
                if (result.Verdict == ChatStreamVerdict.Complete)
                {
                    Assert.Null(read.Failure);
                    Assert.Equal(whole.Text, answer.Text);
                    Assert.Equal(whole.Reasoning, answer.Reasoning);
                    Assert.Equal(Show.Of(whole.ToolCalls), Show.Of(answer.ToolCalls));
                    Assert.Equal(whole.FinishReason, answer.FinishReason);
                    if (partial.FinishReason is not null) continue; // nothing was missing
                    ChatSeam seam = Assert.Single(read.Items, item => item.Delta.Seam is not null).Delta.Seam!;
                    Assert.Equal(partial.Text.Length, seam.TextOffset);
                    Assert.Equal(2, seam.Attempt);
                }
                else
                {
                    var failure = Assert.IsType<ChatStreamException>(read.Failure);
                    Assert.NotNull(failure.ResumeRefusal);
                    Assert.Equal(Show.Of(partial.Choices), Show.Of(answer.Choices));
                    Assert.Equal(Show.Of(partial.Choices), Show.Of(failure.Partial.Choices));
                }

                long[] sequences = [.. read.Items.Select(item => item.Position.Sequence)];
                Assert.Equal(sequences.Order().Distinct(), sequences);
            }

            Assert.Equal(partial.FinishReason is null && result.Verdict == ChatStreamVerdict.Complete ? 2 : 1, handler.Requests.Count);
            if (partial.FinishReason is not null) Assert.Equal(ChatStreamVerdict.Complete, result.Verdict);
            if (result.Verdict == ChatStreamVerdict.Complete) continued++;
            else refused++;
        }

        output.WriteLine($"{name}: killed at {deltas.Count + 1} places; {continued} continued, {refused} ended with a refusal; 0 false ends");
        Assert.True(continued > (name is "tools" ? 2 : deltas.Count / 3), $"{continued} were continued");
    }

    [Fact]
    public async Task A_direct_call_is_recognised_and_its_request_stored()
    {
        var handler = new ContinuingHandler("english") { HoldsFirst = true };
        using var http = new HttpClient(handler);
        using LlmStreamClient client = CreateClient(http);
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        using var shutdown = new CancellationTokenSource();
        var options = new ChatOptions { Temperature = 0.5f, MaxOutputTokens = 500 };
        bool isContinued = false;
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(
            lease, stopped => client.StreamAsync(Question, options, stopped), shutdown: shutdown.Token);
        await handler.FirstRequest.Task.WaitAsync(ReadStream.Bound);
        await shutdown.CancelAsync();
        ChatProducerResult first = await producing.WaitAsync(ReadStream.Bound);

        // On shutdown the lease is released: no clock has to advance.
        Assert.Equal(ChatProducerEnding.HandedOver, first.Ending);
        ChatStreamStatus status = Assert.Single(await cluster.SecondNode.Store.FindAbandonedAsync(9));
        ChatProducerResult? second = await cluster.SecondNode.TryTakeOverAsync(
            lease.StreamId,
            status.Epoch,
            request =>
            {
                isContinued = true;
                Assert.Equal("Why is the sky blue?", Assert.Single(request.Messages).Text);
                Assert.Equal(0.5f, request.Options!.Temperature);
                return client;
            });
        Assert.True(isContinued);
        Assert.Equal(ChatStreamVerdict.Complete, second!.Verdict);
        Assert.Equal(ScriptedAnswers.English, second.Answer.Text);
        Assert.Equal(0.5f, (float)handler.Requests[^1]["temperature"]!);
    }

    [Fact]
    public async Task A_transformed_answer_is_not_continued()
    {
        using var http = new HttpClient(new ContinuingHandler("english"));
        using LlmStreamClient client = CreateClient(http);
        using var cluster = new Cluster(options => options with { StoreTimeout = TimeSpan.FromTicks(1) });
        cluster.First.DiesAfter = 3;
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(
            lease, stopped => cluster.PacedAsync(client.StreamAsync(Question).SplitThinkTags(), stopped: stopped));
        cluster.ExpireLeases();
        ChatProducerResult? result = await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, lease.Epoch, _ => client);
        Assert.Equal(ChatStreamVerdict.Error, result!.Verdict);
        ReadStream read = await cluster.ReadAsync(lease.StreamId);
        var failure = Assert.IsType<ChatStreamException>(read.Failure);
        Assert.Equal(ChatStreamRelayError.ProducerLost, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.StartsWith((await read.CollectAsync()).Text, ScriptedAnswers.English);
    }

    [Fact]
    public async Task Without_a_client_or_a_key_the_stream_ends_with_an_error()
    {
        using var other = new LlmStreamClient(LlmProvider.OpenAI, "k");
        Func<ChatStoredRequest, LlmStreamClient?>[] finders = [_ => null, _ => other];
        foreach (Func<ChatStoredRequest, LlmStreamClient?> finder in finders)
        {
            var handler = new ContinuingHandler("english") { HoldsFirst = true };
            using var http = new HttpClient(handler);
            using LlmStreamClient client = CreateClient(http);
            using var cluster = new Cluster();
            ChatStreamLease lease = await cluster.BeginAsync();
            await HandOverAsync(cluster, lease, client, handler);
            ChatProducerResult? result = await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, lease.Epoch, finder);
            Assert.Equal(ChatStreamVerdict.Error, result!.Verdict);
        }
    }

    [Fact]
    public async Task A_stream_is_continued_twice_and_then_ends_with_an_error()
    {
        using var http = new HttpClient(new ContinuingHandler("english"));
        using LlmStreamClient client = CreateClient(http);
        using var cluster = new Cluster(options => options with { StoreTimeout = TimeSpan.FromTicks(1) });
        ChatStreamLease lease = await cluster.BeginAsync();
        await KillAsync(cluster, lease, client, 3);
        string epoch = lease.Epoch;
        for (int i = 1; i <= 2; i++)
        {
            cluster.ExpireLeases();
            var next = new FaultyStore(cluster.Store) { DiesAfter = 3 + (i * 2) };
            next.OnCall = method => method == "CompleteAsync" ? Fault.Before : Fault.None;
            var node = new ChatStreamRelay(next, new ChatStreamRelayOptions
            {
                StoreTimeout = TimeSpan.FromTicks(1),
                RequestProtector = ChatRequestProtector.None,
            });
            ChatProducerResult? died = await node.TryTakeOverAsync(lease.StreamId, epoch, _ => client).WaitAsync(ReadStream.Bound);
            Assert.Equal(ChatProducerEnding.StoreUnavailable, died!.Ending);
            epoch = (await cluster.Store.GetStatusAsync(lease.StreamId))!.Epoch;
        }

        cluster.ExpireLeases();
        ChatProducerResult? last = await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, epoch, _ => throw new InvalidOperationException());
        Assert.Equal(ChatStreamVerdict.Error, last!.Verdict);
        Assert.Equal(
            ChatStreamRelayError.ProducerLost, Assert.IsType<ChatStreamRelayException>(last.Exception!.InnerException).Error);
    }

    [Fact]
    public async Task The_loop_takes_over_every_stream_of_a_dead_node_and_stops()
    {
        using var http = new HttpClient(new ContinuingHandler("english"));
        using LlmStreamClient client = CreateClient(http);
        using var cluster = new Cluster(options => options with { StoreTimeout = TimeSpan.FromTicks(1) });
        var ids = new List<string>();
        for (int i = 0; i < 20; i++)
        {
            ChatStreamLease lease = await cluster.BeginAsync();
            ids.Add(lease.StreamId);
            var dying = new FaultyStore(cluster.Store) { DiesAfter = 2 };
            var node = new ChatStreamRelay(dying, new ChatStreamRelayOptions
            {
                StoreTimeout = TimeSpan.FromTicks(1), GroupInterval = TimeSpan.FromTicks(1), RequestProtector = ChatRequestProtector.None,
            });
            await node.ProduceAsync(
                lease, stopped => PacedAsync(dying, client.StreamAsync(Question, null, stopped), stopped), new() { Messages = Question })
                .WaitAsync(ReadStream.Bound);
        }

        cluster.ExpireLeases();
        using var shutdown = new CancellationTokenSource();
        Task loop = cluster.SecondNode.RunTakeoversAsync(_ => client, shutdown.Token);
        Task other = cluster.SecondNode.RunTakeoversAsync(_ => client, shutdown.Token); // as on a third node
        foreach (string id in ids)
        {
            ReadStream read = await cluster.ReadAsync(id);
            Assert.Null(read.Failure);
            Assert.Equal(ScriptedAnswers.English, (await read.CollectAsync()).Text);
        }

        await shutdown.CancelAsync();
        await Task.WhenAll(loop, other).WaitAsync(ReadStream.Bound);
    }

    private static async IAsyncEnumerable<ChatDelta> PacedAsync(
        FaultyStore store, IAsyncEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken stopped)
    {
        int sequence = 1;
        await foreach (ChatDelta delta in deltas.WithCancellation(stopped))
        {
            yield return delta;
            await store.WaitForRecordAsync(sequence++, stopped);
        }
    }

    private static LlmStreamClient CreateClient(HttpClient http) =>
        new(http, new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key" });

    /// <summary>Produces a stream until its node dies after some records.</summary>
    private static async Task KillAsync(Cluster cluster, ChatStreamLease lease, LlmStreamClient client, int records)
    {
        var request = new ChatStoredRequest { Messages = Question };
        if (records > 0) cluster.First.DiesAfter = records;
        else cluster.First.OnCall = method => method is "AppendAsync" or "CompleteAsync" ? Fault.Before : Fault.None;
        ChatProducerResult died = await cluster.FirstNode.ProduceAsync(
            lease, stopped => cluster.PacedAsync(client.StreamAsync(Question, null, stopped), stopped: stopped), request)
            .WaitAsync(ReadStream.Bound);
        Assert.Equal(ChatProducerEnding.StoreUnavailable, died.Ending);
    }

    private static async Task HandOverAsync(Cluster cluster, ChatStreamLease lease, LlmStreamClient client, ContinuingHandler handler)
    {
        using var shutdown = new CancellationTokenSource();
        Task<ChatProducerResult> producing =
            cluster.FirstNode.ProduceAsync(lease, stopped => client.StreamAsync(Question, null, stopped), shutdown: shutdown.Token);
        await handler.FirstRequest.Task.WaitAsync(ReadStream.Bound);
        await shutdown.CancelAsync();
        Assert.Equal(ChatProducerEnding.HandedOver, (await producing.WaitAsync(ReadStream.Bound)).Ending);
    }
}
