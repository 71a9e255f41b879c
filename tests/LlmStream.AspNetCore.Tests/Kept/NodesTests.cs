using System.Net;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>A node dies, or shuts down, in the middle of an answer, and the other one goes on.</summary>
public class NodesTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    public static TheoryData<string, string> Answers => new()
    {
        { "json", "chinese" }, { "openai", "english" }, { "ui-messages", "reasoning" }, { "ag-ui", "english" }, { "openai", "tools" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public Task A_reader_on_another_node_gets_the_whole_answer_of_a_node_that_died(string wire, string answer) =>
        LoseAtAsync(wire, answer, [3, 10], isShutDown: false);

    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_dies_or_shuts_down_at_every_event(bool isShutDown)
    {
        foreach (string wire in KeptRequests.Wires)
        {
            foreach (string answer in ScriptedAnswers.Names)
                await LoseAtAsync(wire, answer, [.. Enumerable.Range(2, ScriptedAnswers.Events(answer).Count - 5)], isShutDown);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cheap")]
    public async Task A_node_that_shuts_down_hands_its_streams_over(string? clientKey)
    {
        await using Cluster cluster = await Cluster.StartAsync(
            "english", heldAfter: 6, clientKey: clientKey, shutdownTimeout: TimeSpan.FromSeconds(20));
        using HttpResponseMessage first = await cluster.AskAsync("json", 1);
        using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
        Task<List<SentEvent>> onFirst = first.ReadEventsAsync(), onSecond = second.ReadEventsAsync();

        await cluster.First.App.StopAsync().WaitAsync(Bound);

        // The reader of the node that shuts down reads on, from the other one.
        Assert.Equal(ScriptedAnswers.English, (await onSecond.WaitAsync(Bound)).Text());
        Assert.Equal(ScriptedAnswers.English, (await onFirst.WaitAsync(Bound)).Text());
        await cluster.Provider.Closed.WaitAsync(Bound);
        Assert.Equal(2, Assert.Single(cluster.Finished).Node);
        Assert.Single(cluster.Continuation.Requests);
    }

    [Fact]
    public async Task A_node_that_gives_answers_no_time_to_end_does_not_report_an_error_for_what_it_hands_over()
    {
        for (int heldAfter = 3; heldAfter < 15; heldAfter += 3)
        {
            await using Cluster cluster = await Cluster.StartAsync("english", heldAfter, shutdownTimeout: TimeSpan.Zero);
            using HttpResponseMessage first = await cluster.AskAsync("json", 1);
            using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
            var onFirst = new List<SentEvent>();
            Task<Exception?> reading = Record.ExceptionAsync(async () =>
            {
                await foreach (SentEvent sent in first.EnumerateEventsAsync()) onFirst.Add(sent);
            }).AsTask();

            await cluster.First.App.StopAsync().WaitAsync(Bound);

            // Its connection is lost, so that the client resumes; unless the answer came from the other node in time.
            Exception? lost = await reading.WaitAsync(Bound);
            Assert.Equal(lost is null ? WireEnd.Complete : WireEnd.None, onFirst.EndOf("json"));
            Assert.True(lost is null or IOException or HttpRequestException, $"{lost}");
            Assert.Equal(ScriptedAnswers.English, (await second.ReadEventsAsync().WaitAsync(Bound)).Text());
        }
    }

    [Fact]
    public async Task A_node_learns_for_whom_the_answer_is_that_it_has_taken_over()
    {
        await using Cluster cluster = await Cluster.StartAsync("english", heldAfter: 6);
        using HttpResponseMessage first = await cluster.AskAsync("ui-messages", 1);
        using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
        cluster.KillFirst();
        List<SentEvent> events = await second.ReadEventsAsync().WaitAsync(Bound);

        ChatRelayResult result = Assert.Single(cluster.Finished).Result;
        Assert.Equal((ChatRelayOutcome.Completed, ScriptedAnswers.English), (result.Outcome, result.Answer.Text));
        Assert.Equal(("chat-1", "hi"), (result.Request!.ConversationId, result.Request.Messages[^1].Text));
        Assert.Equal((string?)events[0].Json["messageId"], result.MessageId);
        Assert.Single(events, sent => sent.Data.Contains("data-seam", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_Data_Protection_the_nodes_must_share_its_keys(bool areShared)
    {
        var shared = new EphemeralDataProtectionProvider();
        await using Cluster cluster = await Cluster.StartAsync(
            "english",
            heldAfter: 6,
            (_, builder) => builder.Services.AddSingleton<IDataProtectionProvider>(
                areShared ? shared : new EphemeralDataProtectionProvider()),
            isProtected: true);
        using HttpResponseMessage first = await cluster.AskAsync("json", 1);
        using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
        cluster.KillFirst();
        List<SentEvent> events = await second.ReadEventsAsync().WaitAsync(Bound);

        // Without, the answer ends visibly.
        if (areShared) Assert.Equal(ScriptedAnswers.English, events.Text());
        else Assert.Equal("The answer was cut off. Try again.", (string?)events[^1].Json["error"]);
        Assert.Equal(areShared ? ChatRelayOutcome.Completed : ChatRelayOutcome.Failed, Assert.Single(cluster.Finished).Result.Outcome);
    }

    [Fact]
    public async Task Without_protection_no_request_is_stored_and_the_answer_ends_visibly()
    {
        await using Cluster cluster = await Cluster.StartAsync("english", heldAfter: 6, isProtected: true);
        using HttpResponseMessage first = await cluster.AskAsync("json", 1);
        using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
        cluster.KillFirst();
        List<SentEvent> events = await second.ReadEventsAsync().WaitAsync(Bound);

        Assert.Equal("The answer was cut off. Try again.", (string?)events[^1].Json["error"]);
        Assert.Empty(cluster.Continuation.Requests);
    }

    [Fact]
    public async Task A_stop_on_another_node_stops_the_producer()
    {
        await using Cluster cluster = await Cluster.StartAsync("english", heldAfter: 6);
        using HttpResponseMessage first = await cluster.AskAsync("json", 1);

        Assert.Equal(HttpStatusCode.NoContent, await cluster.Second.StopAsync("chat-1"));

        Assert.Equal("cancelled", (string?)(await first.ReadEventsAsync().WaitAsync(Bound))[^1].Json["error"]);
        await cluster.Provider.Closed.WaitAsync(Bound);
        Assert.Equal((1, ChatRelayOutcome.Canceled), (Assert.Single(cluster.Finished).Node, cluster.Finished.Single().Result.Outcome));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_memory_a_shutdown_lets_answers_end_for_a_time_and_then_ends_them_with_an_error(bool endsInTime)
    {
        var answer = new Serving.LiveAnswer();
        await using KeptNode node = await KeptNode.StartAsync(
            answer.StreamAsync, options => options.ShutdownTimeout = TimeSpan.FromSeconds(endsInTime ? 20 : 1));
        answer.Send("Hello");
        using HttpResponseMessage response = await node.AskAsync("json");
        Task stopping = node.App.StopAsync();
        if (endsInTime) answer.Complete();
        List<SentEvent> events = await response.ReadEventsAsync().WaitAsync(Bound);
        await stopping.WaitAsync(Bound);

        Assert.Equal("Hello", events.Text());
        if (endsInTime) Assert.True((bool)events[^1].Json["done"]!);
        else Assert.Equal("The server is shutting down. Try again in a moment.", (string?)events[^1].Json["error"]);
    }

    /// <summary>The first node is lost when it has a number of events of its provider's answer, once for each of the places.</summary>
    private async Task LoseAtAsync(string wire, string answer, int[] places, bool isShutDown)
    {
        string whole = (await ScriptedAnswers.ResultAsync(answer)).Text;
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(answer);
        int continued = 0, ended = 0;
        foreach (int heldAfter in places)
        {
            await using Cluster cluster = await Cluster.StartAsync(answer, heldAfter, shutdownTimeout: TimeSpan.FromSeconds(20));
            using HttpResponseMessage first = await cluster.AskAsync(wire, 1);
            using HttpResponseMessage second = await cluster.Second.GetAsync("/api/chat/chat-1/stream");
            await cluster.WaitForDeltasAsync(TurnTests.StreamId(first), deltas.Take(heldAfter)).WaitAsync(Bound);
            Task<List<SentEvent>> onFirst = isShutDown ? first.ReadEventsAsync() : Task.FromResult<List<SentEvent>>([]);
            if (isShutDown) await cluster.First.App.StopAsync().WaitAsync(Bound);
            else cluster.KillFirst();
            List<SentEvent> events = await second.ReadEventsAsync().WaitAsync(Bound);
            List<string> read = WireText.Of(events);
            if (isShutDown) Assert.Equal(read, WireText.Of(await onFirst.WaitAsync(Bound))); // it reads on, from the other node

            // In a call, or in reasoning without text, an answer cannot be continued, and says so.
            bool isRefused = events.EndOf(wire) == WireEnd.Error;
            Assert.Equal(isRefused, read.Any(part => part.Contains("The answer was cut off", StringComparison.Ordinal)));
            Assert.Equal(answer switch
            {
                "reasoning" => heldAfter <= 6,
                "tools" => heldAfter > 3,
                _ => false,
            }, isRefused);
            (int node, ChatRelayResult result) = Assert.Single(cluster.Finished);
            Assert.Equal((2, isRefused ? ChatRelayOutcome.Failed : ChatRelayOutcome.Completed), (node, result.Outcome));
            if (isRefused)
            {
                ended++;
                continue;
            }

            Assert.Equal(WireEnd.Complete, events.EndOf(wire));
            continued++;
            Assert.Equal(whole, result.Answer.Text);
            string texts = WireText.Pieces(read);
            if (answer is "english" or "chinese") Assert.Equal(whole, texts);
            else Assert.Contains(whole, texts, StringComparison.Ordinal); // with reasoning, or arguments
        }

        output.WriteLine(
            $"{(isShutDown ? "shutdown" : "death")} of a node, {wire}, {answer}: "
            + $"{continued} continued, {ended} ended visibly, 0 lost, 0 doubled");
    }
}
