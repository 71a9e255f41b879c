using LlmStream.Framing;

namespace LlmStream.Tests.Dialects;

/// <summary>Keep-alives that are sent as events, in every dialect.</summary>
public class KeepAliveTests
{
    private static readonly string[] Frames =
    [
        "data: null\n\n", "data: \"\"\n\n", "data: []\n\n", "data: {}\n\n", "data: { }\n\n", "data: [ ]\n\n", "data: \" \"\n\n",
        "data: :\n\n", "data: : keep-alive\n\n", "data::ping\n\n", "data: ping\n\n", "data: PING \n\n", "data: keepalive\n\n",
        "data: keep-alive\n\n", "data: Keep_Alive\n\n", "data: heartbeat\n\n", "data: \"ping\"\n\n",
        "event: ping\ndata: {\"type\":\"ping\",\"delta\":{\"text\":\"x\"}}\n\n", "event: ping\ndata: ping\n\n", "event: ping\n\n",
        "event: keepalive\ndata: 2026-11-26\n\n", "event: Heartbeat\ndata: {\"time\":1}\n\n", "event: keep-alive\ndata: {\"error\":\"no\"}\n\n",
    ];

    private static readonly string[] Lines = ["null", "{}", "[]", "\"\"", "ping", ": keep-alive", "\"heartbeat\""];

    public static TheoryData<string> Names => [.. SampleAnswers.OfAllDialects.Select(answer => answer.Dialect.Name)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_keep_alive_between_events_changes_nothing(string name)
    {
        (ChatDialect dialect, string[] events) = SampleAnswers.Of(name);
        Outcome expected = await Outcome.ReadAsync(SampleAnswers.ToBody(dialect, events), dialect);
        Assert.Equal(("Complete", "Hi"), (expected.Ending, expected.Result.Text));
        foreach (string keepAlive in SampleAnswers.IsJsonLines(dialect) ? Lines.Select(line => line + "\n") : Frames)
        {
            for (int place = 0; place <= events.Length; place++)
            {
                string body = SampleAnswers.ToBody(dialect, events[..place]) + keepAlive + SampleAnswers.ToBody(dialect, events[place..]);
                Outcome outcome = await Outcome.ReadAsync(body, dialect);
                Assert.Equal($"{keepAlive} {place} Complete", $"{keepAlive} {place} {outcome.Ending}");
                Assert.Equal(Show.Deltas(expected.Deltas), Show.Deltas(outcome.Deltas));
                if (!SampleAnswers.CanBeRecognized(dialect)) continue;
                StreamInspection inspection = await StreamInspector.InspectAsync(new ScriptedStream(System.Text.Encoding.UTF8.GetBytes(body)));
                Assert.Equal((name, StreamEnding.Complete, 0), (inspection.Dialect.Name, inspection.Ending, inspection.MalformedEventCount));
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task A_stream_of_keep_alives_is_no_answer(string name)
    {
        ChatDialect dialect = SampleAnswers.Of(name).Dialect;
        foreach (string frame in Frames)
        {
            Outcome outcome = await Outcome.ReadAsync(frame + "data: [DONE]\n\n", dialect);
            Assert.Equal((nameof(ChatStreamError.Truncated), 0), (outcome.Ending, outcome.Deltas.Count));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Other_data_that_is_not_JSON_is_malformed(string name)
    {
        (ChatDialect dialect, string[] events) = SampleAnswers.Of(name);
        foreach (string data in (string[])["pong", "pings", "keep", "nul", "undefined", "OK", "{", "1", "true", "\"x\""])
        {
            var feed = new EventFeed(dialect);
            feed.SendAll(events[0], data);
            Assert.Equal(data, feed.Decoder.Malformed);
        }
    }

    [Fact]
    public void A_keep_alive_gives_no_delta_even_if_the_events_are_kept()
    {
        var feed = new EventFeed(ChatDialect.OpenAI, isObserved: true, new ChatReadOptions { KeepRaw = true });
        Assert.Empty(feed.Send("null"));
        Assert.Empty(feed.Send("{}", eventType: "ping"));
        Assert.Empty(feed.Send(": x", kind: FrameKind.Bare));
        Assert.Equal(2, feed.Statistics.EmptyEvents); // a ping is an event that has a type for it
        Assert.Single(feed.Send("""{"choices":[]}"""));
    }
}
