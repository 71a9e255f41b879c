using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>Keeps the frames that it receives.</summary>
internal sealed class FrameCollector : FrameHandler
{
    public List<(FrameKind Kind, string EventType, string Data, bool IsUnterminated)> Frames { get; } = [];

    public override void Handle(in Frame frame) => Frames.Add((frame.Kind, frame.EventType, Encoding.UTF8.GetString(frame.Data), frame.IsUnterminated));

    /// <summary>All frames, such as <c>message a|bare error b (open)</c>.</summary>
    public override string ToString() =>
        string.Join('|', Frames.Select(f => $"{(f.Kind == FrameKind.Bare ? "bare " : "")}{f.EventType} {f.Data}{(f.IsUnterminated ? " (open)" : "")}"));

    /// <summary>The frames of an event stream. Each call of the reader must emit exactly one.</summary>
    public static async Task<FrameCollector> ReadEventsAsync(Stream stream, IFramingObserver? observer = null, int maxFrameBytes = 1_000_000)
    {
        var collector = new FrameCollector();
        await using var reader = new SseFrameReader(new GuardedStream(stream), maxFrameBytes, collector, observer);
        await collector.ReadAllAsync(reader);
        return collector;
    }

    /// <summary>Reads to the end.</summary>
    public async Task ReadAllAsync(FrameReader reader)
    {
        for (int count = 0; reader.TryRead() || await reader.ReadAsync(TestContext.Current.CancellationToken); count++)
            Assert.Equal(count + 1, Frames.Count);
        Assert.False(reader.TryRead());
    }
}
