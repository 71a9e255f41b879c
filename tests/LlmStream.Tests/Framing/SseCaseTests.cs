using System.Net.ServerSentEvents;
using System.Text.Json;
using LlmStream.Framing;
using LlmStream.Reading;

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
            foreach ((ScriptedStream bytes, IFramingObserver? observer) in new[] { (stream.Again(), (IFramingObserver?)null), (stream, new FramingStatistics()) })
            {
                FrameCollector collector = await FrameCollector.ReadEventsAsync(bytes, observer, MaxEventBytes);
                // By the standard, an event that the end of the stream leaves open is discarded, and text between the events is ignored.
                IEnumerable<string> actual = collector.Frames.Where(f => f is { Kind: FrameKind.Event, IsUnterminated: false }).Select(f => Line(f.EventType, f.Data));
                Assert.Equal(expected, string.Join('\n', actual));
            }
        });
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Events_have_the_ids_and_reconnection_times_that_the_case_expects(string name)
    {
        JsonElement @case = Find(name);
        string expected = string.Join('\n', @case.GetProperty("expected").EnumerateArray().Select(e =>
            Line(e.GetProperty("event").GetString()! + " " + e.GetProperty("id").GetString(), e.GetProperty("data").GetString()!)));
        await ForEachDelivery(@case, async stream =>
        {
            await using var session = new TextEventSession(new GuardedStream(stream), new SseReaderOptions());
            session.ContinueAfter(@case.TryGetProperty("initialLastEventId", out JsonElement initial) ? initial.GetString() : null);
            var actual = new List<string>();
            while (await session.ReadAsync(CancellationToken.None))
            {
                if (session.TryTake(out SseItem<string> item)) actual.Add(Line($"{item.EventType} {item.EventId}", item.Data));
            }

            Assert.Equal(expected, string.Join('\n', actual));
            Assert.Equal(@case.GetProperty("finalLastEventId").GetString(), session.LastEventId ?? "");
            if (@case.TryGetProperty("retry", out JsonElement retry)) Assert.Equal(retry.GetInt32(), session.ReconnectionTime?.TotalMilliseconds);
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
