using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>A stream is found by the client's id of its run for as long as it is kept.</summary>
public class RunReferenceTests
{
    [Fact]
    public async Task A_long_answer_is_found_by_its_run_until_it_expires()
    {
        var time = new FakeTimeProvider();
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("Hello, ", "world."));
        await using KeptNode node = await KeptNode.StartAsync(
            answer.StreamAsync,
            configure: options => options.Store = new() { EndedRetention = TimeSpan.FromMinutes(3) },
            time: time);
        answer.Permit();
        using HttpResponseMessage first = await node.AskAsync("ag-ui");
        time.Advance(TimeSpan.FromMinutes(2));
        answer.PermitAll();
        await first.ReadEventsAsync();
        time.Advance(TimeSpan.FromMinutes(2)); // longer since the beginning than a stream is kept that has ended
        using HttpResponseMessage byRun = await node.GetAsync("/api/chat/run-hi/stream");
        List<SentEvent> events = await byRun.ReadEventsAsync();
        time.Advance(TimeSpan.FromMinutes(2));
        using HttpResponseMessage expired = await node.GetAsync("/api/chat/run-hi/stream");

        Assert.Equal(TurnTests.StreamId(first), TurnTests.StreamId(byRun));
        Assert.Equal(WireEnd.Complete, events.EndOf("ag-ui"));
        Assert.Equal(HttpStatusCode.NoContent, expired.StatusCode);
    }
}
