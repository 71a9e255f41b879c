using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.TakeOver;

/// <summary>Nodes that shut down in the middle of an answer, one after the other.</summary>
public class HandOverTests
{
    private const int Length = 9; // of what each node gets

    [Fact]
    public async Task An_answer_may_be_handed_over_more_often_than_nodes_may_die()
    {
        using var cluster = new Cluster();
        int handOvers = cluster.Store.Options.MaxTakeovers + 3;
        using var http = new HttpClient(new PiecewiseHandler(handOvers));
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key" });
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ReadStream> reader = cluster.ReadAsync(lease.StreamId);
        ChatMessage[] question = [new(ChatRole.User, "Why is the sky blue?")];
        ChatProducerResult? result = null;
        for (int i = 0; i <= handOvers; i++)
        {
            using var shutdown = new CancellationTokenSource();
            string epoch = (await cluster.Store.GetStatusAsync(lease.StreamId))!.Epoch;
            Task<ChatProducerResult?> producing = i == 0
                ? ProduceAsync(shutdown.Token)
                : cluster.FirstNode.TryTakeOverAsync(lease.StreamId, epoch, _ => client, shutdown.Token);
            if (i < handOvers)
            {
                await WaitForTextAsync(cluster, lease, (i + 1) * Length);
                await shutdown.CancelAsync();
            }

            result = await producing.WaitAsync(ReadStream.Bound);
            Assert.Equal(i < handOvers ? ChatProducerEnding.HandedOver : ChatProducerEnding.Ended, result?.Ending);
        }

        Assert.Equal(ChatStreamVerdict.Complete, result!.Verdict);
        ReadStream read = await reader;
        Assert.Null(read.Failure);
        Assert.Equal(ScriptedAnswers.English, (await read.CollectAsync()).Text);
        Assert.Equal(handOvers, read.Items.Count(item => item.Delta.Seam is not null));
        Assert.Equal(0, (await cluster.Store.GetStatusAsync(lease.StreamId))!.TakeoverCount);

        async Task<ChatProducerResult?> ProduceAsync(CancellationToken shutdown) => await cluster.FirstNode.ProduceAsync(
            lease, stopped => client.StreamAsync(question, cancellationToken: stopped), shutdown: shutdown);
    }

    private static async Task WaitForTextAsync(Cluster cluster, ChatStreamLease lease, int length)
    {
        for (long sequence = 1; ; sequence++)
        {
            await cluster.First.WaitForRecordAsync(sequence);
            if ((await cluster.FirstNode.CollectAsync(lease.StreamId, CancellationToken.None)).Text.Length >= length) return;
        }
    }

    /// <summary>A provider that sends a piece of the rest of an answer, and then nothing more; in the end, the rest.</summary>
    private sealed class PiecewiseHandler(int pieces) : HttpMessageHandler
    {
        private int _requests;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            JsonArray messages = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!["messages"]!.AsArray();
            string partial = messages.LastOrDefault(message => (string?)message!["role"] == "assistant")?["content"]?.ToString() ?? "";
            string rest = ScriptedAnswers.English[partial.Length..];
            bool isLast = _requests++ >= pieces;
            string body = ScriptedAnswers.Body(isLast
                ? [.. ScriptedAnswers.Texts(rest, Length), ScriptedAnswers.Finish("stop"), "[DONE]"]
                : ScriptedAnswers.Texts(rest[..Length], Length));
            var stream = new HangingStream(Encoding.UTF8.GetBytes(body));
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StreamContent(stream) { Headers = { ContentType = new("text/event-stream") } },
            };
        }
    }

    /// <summary>A body that does not end.</summary>
    private sealed class HangingStream(byte[] data) : MemoryStream(data)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == base.Length) await Task.Delay(Timeout.Infinite, cancellationToken);
            return Read(buffer.Span);
        }
    }
}
