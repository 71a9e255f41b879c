using LlmStream.Relay;
using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.PublishTest;

/// <summary>Kept streams: everything that is stored with them is written and read.</summary>
internal static class KeptChecks
{
    private const string Answer = "The sky is blue because air scatters short waves more than long ones.";

    public static IEnumerable<(string Name, Func<Task> Check)> All =>
    [
        ("kept stream: read", ReadAsync),
        ("kept stream: taken over", TakeOverAsync),
    ];

    private static async Task ReadAsync()
    {
        await using ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).WithUsage());
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = provider.Provider });
        using var store = new MemoryChatStreamStore();
        var relay = new ChatStreamRelay(store);
        ChatStreamLease lease = await BeginAsync(relay);
        ChatProducerResult produced = await relay.ProduceAsync(lease, stopped => client.StreamAsync("Why is the sky blue?", cancellationToken: stopped));
        CheckFailedException.ThrowIfNotEqual(ChatStreamVerdict.Complete, produced.Verdict);
        ChatStreamResult read = await relay.ReadDeltasAsync(lease.StreamId).CollectAsync();
        CheckFailedException.ThrowIfNotEqual(Answer, read.Text);
        CheckFailedException.ThrowIfNotEqual(produced.Answer.Usage?.OutputTokenCount, read.Usage?.OutputTokenCount);
    }

    private static async Task TakeOverAsync()
    {
        await using ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).WithUsage());
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = provider.Provider });
        using var store = new MemoryChatStreamStore();
        var relay = new ChatStreamRelay(store, new ChatStreamRelayOptions { RequestProtector = ChatRequestProtector.None });
        ChatStreamLease lease = await BeginAsync(relay);

        // The first node shuts down after the first delta.
        using var shutdown = new CancellationTokenSource();
        ChatMessage[] question = [new(ChatRole.User, [new TextContent("Why is the sky blue?")])];
        var options = new ChatOptions { MaxOutputTokens = 100, Tools = [new WeatherFunction()] };
        var request = new ChatStoredRequest { Messages = question, Options = options };
        ChatProducerResult first = await relay.ProduceAsync(lease, stopped => FirstDeltaAsync(client, question, options, shutdown, stopped), request, shutdown.Token);
        CheckFailedException.ThrowIfNotEqual(ChatProducerEnding.HandedOver, first.Ending);
        ChatProducerResult? second = await relay.TryTakeOverAsync(lease.StreamId, lease.Epoch, _ => client);
        CheckFailedException.ThrowIfNotEqual(ChatStreamVerdict.Complete, second?.Verdict);
        CheckFailedException.ThrowIfNotEqual(Answer, (await relay.ReadDeltasAsync(lease.StreamId).CollectAsync()).Text);
    }

    private static async Task<ChatStreamLease> BeginAsync(ChatStreamRelay relay) =>
        (await relay.BeginAsync(new ChatStreamBeginRequest { Owner = "o", Conversation = "c", Digest = ChatStreamDigest.Compute("d") })).Lease!;

    private static async IAsyncEnumerable<ChatDelta> FirstDeltaAsync(
        LlmStreamClient client,
        ChatMessage[] question,
        ChatOptions options,
        CancellationTokenSource shutdown,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stopped)
    {
        await foreach (ChatDelta delta in client.StreamAsync(question, options, stopped))
        {
            yield return delta;
            if (delta.Text.Length == 0) continue;
            await shutdown.CancelAsync();
            await Task.Delay(Timeout.Infinite, stopped);
        }
    }
}
