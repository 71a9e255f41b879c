using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>
/// A client whose connection is lost after any event resumes while the answer goes on, and has exactly the answer, as if nothing had been.
/// </summary>
public class CutTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Situations
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string wire in KeptRequests.Wires)
            {
                foreach (string answer in ScriptedAnswers.Names) data.Add(wire, answer);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Situations))]
    public Task Cut_at_some_events(string wire, string answer) => CutAsync(wire, answer, step: 5);

    [Theory(Explicit = true)]
    [MemberData(nameof(Situations))]
    public Task Cut_at_every_event(string wire, string answer) => CutAsync(wire, answer, step: 1);

    private async Task CutAsync(string wire, string answer, int step)
    {
        IReadOnlyList<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(answer);
        IReadOnlyList<int> counts = new SteppedAnswer(deltas).EventCounts(KeptRequests.Wire(wire));
        List<SentEvent> uninterrupted = await RunAsync(deltas, counts, wire, cut: null);
        List<string> expected = WireText.Of(uninterrupted);
        int cuts = 0;
        for (int cut = 0; cut <= counts[^1]; cut += cut == 0 ? 1 : step, cuts++)
        {
            List<SentEvent> got = await RunAsync(deltas, counts, wire, cut);
            Assert.Equal(expected, WireText.Of(got));
        }

        output.WriteLine($"{wire}, {answer}: {cuts} cuts, 0 lost, 0 doubled");
    }

    /// <summary>Reads an answer, and resumes after a number of events. Returns what the client has in the end.</summary>
    private static async Task<List<SentEvent>> RunAsync(
        IReadOnlyList<ChatDelta> deltas, IReadOnlyList<int> counts, string wire, int? cut)
    {
        var answer = new SteppedAnswer(deltas);
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using (await node.GetAsync("/api/chat/chat-1/stream"))
        {
            // There is nothing, but the browser has the cookie now.
        }

        var reader = new SteppedReader(node.AskAsync(wire), answer, counts);
        await reader.ReadAsync(cut ?? counts[^1]);
        if (cut is null)
        {
            answer.PermitAll();
            return await reader.ReadToEndAsync();
        }

        List<SentEvent> got = reader.Got;
        await reader.DisposeAsync();
        bool replays = KeptRequests.Wire(wire).ReplaysFromStart;
        Task<HttpResponseMessage> resuming = node.GetAsync("/api/chat/chat-1/stream", replays ? null : got.LastOrDefault()?.Id);
        answer.PermitAll();
        using HttpResponseMessage resumed = await resuming.WaitAsync(SteppedReader.Bound);
        List<SentEvent> rest = await resumed.ReadEventsAsync().WaitAsync(SteppedReader.Bound);
        Assert.Equal(1, answer.Runs);
        if (!replays) return [.. got, .. rest];
        AssertSameIds(got, rest);
        return rest;
    }

    /// <summary>A replay has the ids of the message and the run that the client knows already.</summary>
    private static void AssertSameIds(List<SentEvent> got, List<SentEvent> replay)
    {
        if (got.Count == 0) return;
        foreach (string name in new[] { "messageId", "runId" })
            Assert.Equal((string?)got[0].Json[name], (string?)replay[0].Json[name]);
    }
}
