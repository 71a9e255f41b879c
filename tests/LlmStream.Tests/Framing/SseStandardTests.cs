using System.Net.ServerSentEvents;
using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>A second opinion on streams that conform to the standard: the reader finds the events that .NET's <see cref="SseParser"/> finds.</summary>
public class SseStandardTests
{
    private const int RandomStreams = 3_000;

    public static TheoryData<string> Files =>
    [
        .. Transcript.Names.Where(name => name.EndsWith(".sse", StringComparison.Ordinal)).Select(name => Path.Combine(Repository.Transcripts, name)),
        .. Repository.Shared is null ? [] : Directory.EnumerateFiles(Path.Combine(Repository.Shared, "corpus"), "*.sse", SearchOption.AllDirectories),
    ];

    [Fact]
    public async Task Random_streams_have_the_same_events()
    {
        for (int seed = 0; seed < RandomStreams; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = RandomStream(random);
            string expected = Show(ParserEvents(bytes));
            foreach (ScriptedStream stream in new[] { new ScriptedStream(bytes), ScriptedStream.ByteByByte(bytes), new ScriptedStream(bytes, Pieces(random.Next())) })
            {
                FrameCollector frames = await FrameCollector.ReadEventsAsync(stream);
                Assert.All(frames.Frames, frame => Assert.Equal(FrameKind.Event, frame.Kind));
                string actual = Show(Complete(frames));
                if (expected != actual) Assert.Fail($"Seed {seed}: {expected} is {actual} in {Encoding.UTF8.GetString(bytes)}");
            }
        }
    }

    [Theory, MemberData(nameof(Files))]
    public async Task Recorded_streams_have_the_same_events(string path)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        FrameCollector frames = await FrameCollector.ReadEventsAsync(new ScriptedStream(bytes));
        bool isStandard = frames.Frames.TrueForAll(frame => frame.Kind == FrameKind.Event);
        string expected = Show(ParserEvents(bytes));
        if (isStandard) Assert.Equal(expected, Show(Complete(frames)));
        else Assert.StartsWith(Show(Complete(frames).SkipLast(1)), expected, StringComparison.Ordinal); // the last may have ended without a blank line
    }

    /// <summary>The events before anything that is not standard. By the standard, an incomplete last event is discarded.</summary>
    private static IEnumerable<(string Type, string Data)> Complete(FrameCollector frames) =>
        frames.Frames.TakeWhile(frame => frame.Kind == FrameKind.Event).Where(frame => !frame.IsUnterminated).Select(frame => (frame.EventType, frame.Data));

    private static IEnumerable<(string Type, string Data)> ParserEvents(byte[] bytes) =>
        SseParser.Create(new MemoryStream(bytes)).Enumerate().Select(item => (item.EventType.Length == 0 ? Frame.DefaultEventType : item.EventType, item.Data));

    private static string Show(IEnumerable<(string Type, string Data)> events) => string.Join('|', events.Select(e => $"{e.Type} {e.Data}"));

    private static IEnumerable<int> Pieces(int seed)
    {
        var random = new Random(seed);
        while (true) yield return random.Next(1, 40);
    }

    /// <summary>
    /// Events, each with a blank line. A type only where there is data: the parser would pass it on to the next event. No line begins with
    /// a bracket or <c>error:</c>, from which the reader makes frames.
    /// </summary>
    private static byte[] RandomStream(Random random)
    {
        string[] endings = random.Next(2) == 0 ? ["\n", "\r\n", "\r"] : [new[] { "\n", "\r\n", "\r" }[random.Next(3)]];
        string[] values = ["", " ", "  x", "a", "{\"a\":1}", "[DONE]", "a:b", "数据😀", ":", new string('y', random.Next(2_000)), "error: e", "\0", "data: z"];
        string[] others = ["id", "id: 7", "retry: 100", "retry: x", ":", ": comment", "foo: bar", "prose", "dat: x", "Data: x", "data : x", "errors", "error", " "];
        var text = new StringBuilder(random.Next(3) == 0 ? "\uFEFF" : "");
        for (int events = random.Next(8); events > 0; events--)
        {
            List<string> lines = [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(6) == 0 ? "data" : $"data:{(random.Next(2) == 0 ? " " : "")}{Pick(values)}")];
            for (int types = lines.Count == 0 ? 0 : random.Next(3); types > 0; types--) lines.Insert(random.Next(lines.Count + 1), Pick(["event: x", "event:y", "event:", "event", "event: message", "event: 类型"]));
            for (int extra = random.Next(4); extra > 0; extra--) lines.Insert(random.Next(lines.Count + 1), Pick(others));
            foreach (string line in (string[])[.. lines, ""]) text.Append(line).Append(Pick(endings));
        }

        // If an LF for a blank line follows a CR, they are one line ending: the event goes on, and at the end of the stream it is incomplete.
        return Encoding.UTF8.GetBytes(text.ToString());

        string Pick(string[] from) => from[random.Next(from.Length)];
    }
}
