using System.Net.ServerSentEvents;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>The least that anyone can do: events are found, and nothing is looked at.</summary>
internal sealed class FramingAlone : Contestant
{
    public override string Name => "framing";

    public override bool Reads(KnownStream stream) => true;

    protected override async Task ReadAsync(KnownStream stream, Stream body, Tally tally)
    {
        await foreach (SseItem<int> item in SseParser.Create(body, static (_, data) => data.Length).EnumerateAsync()) tally.AddPayload(item.Data);
    }

    protected override bool IsRight<T>(KnownStream stream, Tally tally, Func<Fingerprint, T> what) => tally.Payload == stream.Payload;
}
