using System.Diagnostics;
using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.Relay.Tests;

/// <summary>Measures the store in memory under load; run explicitly.</summary>
public class LoadTests(ITestOutputHelper output)
{
    private const int Streams = 1000;
    private const int ReadersOfEach = 3;
    private const int DeltasOfEach = 400;

    [Fact(Explicit = true)]
    public async Task A_thousand_streams_with_three_readers_each()
    {
        using var store = new MemoryChatStreamStore();
        var relay = new ChatStreamRelay(store);
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        TimeSpan processor = process.TotalProcessorTime;
        long begun = Stopwatch.GetTimestamp();
        var producers = new List<Task<ChatProducerResult>>();
        var readers = new List<Task<ReadStream>>();
        for (int i = 0; i < Streams; i++)
        {
            ChatStreamLease lease = (await relay.BeginAsync(new() { Owner = "o", Conversation = $"c{i}", Digest = "d" })).Lease!;
            for (int reader = 0; reader < ReadersOfEach; reader++) readers.Add(ReadStream.Of(relay.ReadAsync(lease.StreamId)));
            producers.Add(relay.ProduceAsync(lease, _ => TokensAsync()));
        }

        long peak = 0;
        Task all = Task.WhenAll(readers);
        while (await Task.WhenAny(all, Task.Delay(500)) != all) peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
        foreach (ReadStream read in await Task.WhenAll(readers)) Assert.Equal(DeltasOfEach * 5, read.Items.Sum(item => item.Delta.Text.Length));
        foreach (ChatProducerResult result in await Task.WhenAll(producers)) Assert.Equal(ChatStreamVerdict.Complete, result.Verdict);
        process.Refresh();
        TimeSpan cpu = process.TotalProcessorTime - processor;
        output.WriteLine(
            $"{Streams} streams, {ReadersOfEach} readers each, {DeltasOfEach} deltas each at 40 a second: "
            + $"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s, {cpu.TotalSeconds:0.0} s of processor time, "
            + $"{(peak - memory) / 1e6:0} MB managed at most, {store.UsedBytes / 1e6:0.0} MB in the store");

        static async IAsyncEnumerable<ChatDelta> TokensAsync()
        {
            for (int i = 0; i < DeltasOfEach; i++)
            {
                await Task.Delay(25);
                yield return new ChatDelta { Text = "word ", TextOffset = i * 5 };
            }
        }
    }
}
