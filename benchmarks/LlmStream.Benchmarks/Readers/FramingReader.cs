using System.Net.ServerSentEvents;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>The lower bound: it finds the events and ignores their data.</summary>
internal sealed class FramingReader : Reader
{
    public override string Name => "framing";

    public override bool CanRead(SampleStream stream) => true;

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        await foreach (SseItem<int> item in SseParser.Create(body, static (_, data) => data.Length).EnumerateAsync())
            totals.AddPayload(item.Data);
    }

    protected override bool IsCorrect<T>(SampleStream stream, ReadTotals totals, Func<TextHash, T> select) =>
        totals.Payload == stream.Payload;
}
