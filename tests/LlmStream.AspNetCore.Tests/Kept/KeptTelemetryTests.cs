using LlmStream.AspNetCore.Tests.Diagnostics;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>What is measured of the readers of kept streams.</summary>
[Collection(AloneCollection.Name)]
public class KeptTelemetryTests
{
    [Fact]
    public async Task Each_reader_is_measured_with_how_it_came()
    {
        using var meters = new RelayMeters();
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("Hello, ", "world."));
        await using (KeptNode node = await KeptNode.StartAsync(answer.StreamAsync))
        {
            answer.Permit();
            using HttpResponseMessage begun = await node.AskAsync("ui-messages"), joined = await node.AskAsync("ui-messages");
            answer.PermitAll();
            await Task.WhenAll(begun.ReadEventsAsync(), joined.ReadEventsAsync());
            using HttpResponseMessage replayed = await node.AskAsync("ui-messages");
            await replayed.ReadEventsAsync();
            using HttpResponseMessage resumed = await node.GetAsync("/api/chat/chat-1/stream");
            await resumed.ReadEventsAsync();
            await node.App.StopAsync();
        }

        Assert.Equal(
            ["begun", "joined", "replayed", "resumed"],
            meters.Durations.Select(tags => tags[(tags.LastIndexOf('=') + 1)..]).Order(StringComparer.Ordinal));
        Assert.Equal(0, meters.Active);
    }
}
