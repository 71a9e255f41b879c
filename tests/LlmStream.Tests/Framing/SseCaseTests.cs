using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>The cases of <c>../shared/sse-cases.json</c>: the Web Platform Tests' and other public suites' for the event stream format.</summary>
public class SseCaseTests
{
    private const int MaxEventBytes = 16 * 1024 * 1024;

    private static readonly Lazy<IReadOnlyList<JsonElement>> Cases = new(() =>
    {
        if (Repository.Shared is null) return [];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Shared, "sse-cases.json")));
        return [.. document.RootElement.EnumerateArray().Select(element => element.Clone())];
    });

    public static TheoryData<string> Names => Cases.Value.Count == 0 ? ["(none)"] : [.. Cases.Value.Select(NameOf)];

    [Theory, MemberData(nameof(Names))]
    public async Task Frames_are_the_events_that_the_case_expects(string name)
    {
        JsonElement @case = Find(name);
        string expected = string.Join('\n', @case.GetProperty("expected").EnumerateArray().Select(e => Line(e.GetProperty("event").GetString()!, e.GetProperty("data").GetString()!)));
        await ForEachDelivery(@case, async stream =>
        {
            foreach ((ScriptedStream bytes, bool useFastPath) in new[] { (stream.Again(), true), (stream, false) })
            {
                var collector = new FrameCollector();
                await using var reader = new SseFrameReader(new GuardedStream(bytes), MaxEventBytes, collector, statistics: null, useFastPath);
                while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                {
                    // The collector has it.
                }

                // Strictly, an event that the stream's end leaves open is none; and text between the events is ignored.
                IEnumerable<string> actual = collector.Frames.Where(f => f is { Kind: FrameKind.Event, IsUnterminated: false }).Select(f => Line(f.EventType, f.Data));
                Assert.Equal(expected, string.Join('\n', actual));
            }
        });
    }

    [Theory, MemberData(nameof(Names))]
    public async Task The_parser_over_the_filter_sees_ids_and_the_retry_time(string name)
    {
        JsonElement @case = Find(name);
        string expected = string.Join('\n', @case.GetProperty("expected").EnumerateArray().Select(e => Line(e.GetProperty("id").GetString()!, e.GetProperty("data").GetString()!)));
        string initial = @case.TryGetProperty("initialLastEventId", out JsonElement value) ? value.GetString()! : "";
        await ForEachDelivery(@case, async stream =>
        {
            var filter = new SseLineFilter(stream, MaxEventBytes, statistics: null);
            SseParser<string> parser = SseParser.Create(filter);
            List<string> actual = [];
            string last = initial;
            bool sawId = false;
            await foreach (SseItem<string> item in parser.EnumerateAsync(TestContext.Current.CancellationToken))
            {
                if (item.EventType.StartsWith('\u0001') || filter.IsAtUnterminatedEnd) continue;
                sawId |= item.EventId is not null;
                last = sawId ? parser.LastEventId : initial;
                actual.Add(Line(last, item.Data));
            }

            Assert.Equal(expected, string.Join('\n', actual));
            // Of an event that the stream's end leaves open the parser keeps the id, and the format does not. Nothing here
            // asks for it: an answer is not resumed by the event's id.
            if (!filter.IsAtUnterminatedEnd)
                Assert.Equal(@case.GetProperty("finalLastEventId").GetString(), parser.LastEventId.Length > 0 || sawId ? parser.LastEventId : initial);
            if (@case.TryGetProperty("retry", out JsonElement retry)) Assert.Equal(retry.GetInt64(), (long)parser.ReconnectionInterval.TotalMilliseconds);
        });
    }

    private static async Task ForEachDelivery(JsonElement @case, Func<ScriptedStream, Task> check)
    {
        byte[] bytes = @case.GetProperty("bytes_base64").GetBytesFromBase64();
        await check(new ScriptedStream(bytes));
        await check(ScriptedStream.ByteByByte(bytes));
        if (@case.TryGetProperty("chunks_base64", out JsonElement chunks))
            await check(new ScriptedStream(bytes, chunks.EnumerateArray().Select(chunk => chunk.GetBytesFromBase64().Length)));
        if (bytes.Length > 300) return;
        foreach (ScriptedStream stream in Delivery.SplitInTwoAtEveryByte.Of(bytes)) await check(stream);
    }

    private static JsonElement Find(string name)
    {
        Repository.RequireShared("sse-cases.json");
        return Cases.Value.Single(c => string.Equals(NameOf(c), name, StringComparison.Ordinal));
    }

    private static string NameOf(JsonElement @case) => @case.GetProperty("name").GetString()!;

    private static string Line(string first, string data) => $"{first}: {JsonSerializer.Serialize(data)}";
}

/// <summary>Keeps the frames that it is handed.</summary>
internal sealed class FrameCollector : IFrameHandler
{
    public List<(FrameKind Kind, string EventType, string Data, bool IsUnterminated)> Frames { get; } = [];

    public void Handle(in Frame frame) => Frames.Add((frame.Kind, frame.EventType, Encoding.UTF8.GetString(frame.Data), frame.IsUnterminated));
}
