using System.Net;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>
/// What happens to a turn after its client has read some events. Each returns how many readers it has checked.
/// </summary>
internal static class Situations
{
    public static IReadOnlyDictionary<string, Func<Turn, int, Task<int>>> All { get; } = new Dictionary<string, Func<Turn, int, Task<int>>>
    {
        ["stop"] = StopAsync,
        ["second tab"] = SecondTabAsync,
        ["slow reader"] = SlowReaderAsync,
        ["regenerate"] = RegenerateAsync,
        ["next turn"] = NextTurnAsync,
        ["expiry"] = ExpiryAsync,
        ["expiry after the end"] = ExpiryAfterEndAsync,
    };

    /// <summary>The server of the store goes away and comes back, while two clients read on two nodes.</summary>
    public static async Task<int> RestartAsync(Turn turn, int count, Func<Task> restart)
    {
        await turn.BeginAsync(count);
        Task<List<SentEvent>> other = Turn.ReadAsync(turn.GetAsync(wire: turn.OtherWire));
        Task restarting = restart();
        turn.Answer.PermitAll();
        await restarting;
        turn.AssertWhole(await turn.Reader.ReadToEndAsync());
        turn.AssertWhole(await other, turn.OtherWire);
        turn.AssertWhole(await Turn.ReadAsync(turn.GetAsync()));
        Assert.Equal(1, turn.Answer.Runs);
        return 3;
    }

    /// <summary>Another tab stops the answer at the other node.</summary>
    private static async Task<int> StopAsync(Turn turn, int count)
    {
        await turn.BeginAsync(count);
        Task<HttpResponseMessage> other = turn.GetAsync(wire: turn.OtherWire);
        if (count > 0) await other.WaitAsync(SteppedReader.Bound); // the response begins with the first content
        Assert.Equal(HttpStatusCode.NoContent, await turn.Nodes.Second.StopAsync(turn.Chat));
        turn.AssertCanceled(await turn.Reader.ReadToEndAsync());
        turn.AssertCanceled(await Turn.ReadAsync(other), turn.OtherWire);
        await turn.Answer.Ended.WaitAsync(SteppedReader.Bound);
        Assert.True((await turn.Answer.Started).IsCancellationRequested);
        turn.AssertCanceled(await Turn.ReadAsync(turn.GetAsync()));
        return 3;
    }

    /// <summary>The same request is sent again, and another client resumes, over another wire.</summary>
    private static async Task<int> SecondTabAsync(Turn turn, int count)
    {
        await turn.BeginAsync(count);
        Task<HttpResponseMessage> again = turn.Nodes.Second.AskAsync(turn.Wire, "hi", turn.Chat, "1");
        Task<HttpResponseMessage> other = turn.GetAsync(wire: turn.OtherWire);
        if (count > 0) await Task.WhenAll(again, other).WaitAsync(SteppedReader.Bound);
        turn.Answer.PermitAll();
        turn.AssertWhole(await turn.Reader.ReadToEndAsync());
        turn.AssertWhole(await Turn.ReadAsync(other), turn.OtherWire);
        turn.AssertWhole(await Turn.ReadAsync(again));
        turn.AssertWhole(await turn.RepeatAsync()); // after the end
        Assert.Equal(1, turn.Answer.Runs);
        Assert.Equal(TurnTests.StreamId(await turn.Reader.Response), TurnTests.StreamId(await again));
        return 4;
    }

    /// <summary>The client does not read on until the answer has ended, and other clients have read it.</summary>
    private static async Task<int> SlowReaderAsync(Turn turn, int count)
    {
        SlowReaders.Gate gate = turn.Nodes.SlowReaders[turn.Chat];
        if (count == 0) gate.Close();
        await turn.BeginAsync(count, isSlow: true);
        gate.Close();
        turn.Answer.PermitAll();
        await turn.Answer.Ended.WaitAsync(SteppedReader.Bound); // the provider does not wait for it
        turn.AssertWhole(await Turn.ReadAsync(turn.GetAsync()));
        await gate.Blocked.WaitAsync(SteppedReader.Bound);
        gate.Open();
        turn.AssertWhole(await turn.Reader.ReadToEndAsync());
        return 2;
    }

    /// <summary>The user asks for another answer to the same message, at the other node.</summary>
    private static async Task<int> RegenerateAsync(Turn turn, int count)
    {
        await turn.BeginAsync(count);
        using HttpResponseMessage next = await turn.AskAsync("hi", "2", isRegeneration: true).WaitAsync(SteppedReader.Bound);
        turn.AssertWhole(await next.ReadEventsAsync());
        turn.AssertCanceled(await turn.Reader.ReadToEndAsync());
        await turn.Answer.Ended.WaitAsync(SteppedReader.Bound);
        using HttpResponseMessage resumed = await turn.GetAsync();
        Assert.Equal(TurnTests.StreamId(next), TurnTests.StreamId(resumed));
        turn.AssertWhole(await resumed.ReadEventsAsync());

        // Once more, after the end.
        turn.AssertWhole(await Turn.ReadAsync(turn.AskAsync("hi", "3", isRegeneration: true)));
        Assert.Equal(0, turn.Nodes.CountUnused(turn.Chat));
        return 4;
    }

    /// <summary>
    /// The user sends another message of the same chat, to the other node; then the client of the earlier turn connects again.
    /// </summary>
    private static async Task<int> NextTurnAsync(Turn turn, int count)
    {
        await turn.BeginAsync(count);
        using HttpResponseMessage next = await turn.AskAsync("no, rather this", "2").WaitAsync(SteppedReader.Bound);
        turn.AssertWhole(await next.ReadEventsAsync());
        turn.AssertCanceled(await turn.Reader.ReadToEndAsync());
        await turn.Answer.Ended.WaitAsync(SteppedReader.Bound);
        turn.AssertCanceled(await turn.RepeatAsync()); // delivered late
        turn.AssertCanceled(await Turn.ReadAsync(turn.GetAsync(TurnTests.StreamId(await turn.Reader.Response))));

        // A position of the earlier turn is none of the next.
        string? known = count == 0 ? null : turn.Reader.Got[count - 1].Id;
        using HttpResponseMessage resumed = await turn.GetAsync(after: known);
        Assert.Equal(TurnTests.StreamId(next), TurnTests.StreamId(resumed));
        if (turn.ReplaysFromStart || known is null || known.Contains("-0", StringComparison.Ordinal))
            Assert.Equal(HttpStatusCode.OK, resumed.StatusCode);
        else
            Assert.Equal(HttpStatusCode.Gone, resumed.StatusCode);
        if (turn.ReplaysFromStart || known is null) turn.AssertWhole(await resumed.ReadEventsAsync());
        Assert.Equal(0, turn.Nodes.CountUnused(turn.Chat));
        return 5;
    }

    /// <summary>The stream expires: its producer was silent for too long.</summary>
    private static async Task<int> ExpiryAsync(Turn turn, int count)
    {
        await turn.BeginAsync(count);
        await turn.Nodes.ExpireAsync();
        if (count > 0)
        {
            turn.AssertFailed(await turn.Reader.ReadToEndAsync());
        }
        else
        {
            HttpResponseMessage response = await turn.Reader.Response;
            Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        }

        await AssertNothingAsync(turn, known: count == 0 ? null : turn.Reader.Got[count - 1].Id);
        turn.Answer.PermitAll();
        await turn.Answer.Ended.WaitAsync(SteppedReader.Bound); // the producer learns of it
        return 1;
    }

    /// <summary>The stream expires after its end, and then a client resumes that has a part of it.</summary>
    private static async Task<int> ExpiryAfterEndAsync(Turn turn, int count)
    {
        await turn.BeginAsync(count);
        string streamId = count > 0 ? TurnTests.StreamId(await turn.Reader.Response) : "";
        if (count > 0) await turn.Reader.DisposeAsync();
        turn.Answer.PermitAll();
        turn.AssertWhole(await Turn.ReadAsync(turn.GetAsync()));
        await turn.Nodes.ExpireAsync();
        await AssertNothingAsync(turn, known: count == 0 ? null : turn.Reader.Got[count - 1].Id);
        if (count > 0) Assert.Equal(HttpStatusCode.NoContent, (await turn.GetAsync(streamId)).StatusCode);
        return 1;
    }

    /// <summary>There is nothing to resume, and nothing begins.</summary>
    private static async Task AssertNothingAsync(Turn turn, string? known)
    {
        using HttpResponseMessage resumed = await turn.GetAsync(after: known);
        Assert.Equal(HttpStatusCode.NoContent, resumed.StatusCode);
        Assert.Equal(1, turn.Answer.Runs);
    }
}
