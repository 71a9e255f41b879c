using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>What the user of a real client sees at each ending of an answer is what happened.</summary>
/// <param name="client">The client.</param>
public abstract partial class ClientTests(NodeClient client)
{
    /// <summary>What has to survive JSON, UTF-8 and line framing, in the script's tokens.</summary>
    protected const string Text = "The \"capital\" of\nGermany: 柏林 (Berlin) 🌤️ <b>\\n</b>\u2028 is on the Spree.";

    /// <summary>The text of the events 1 to 5. Event 0 has the role alone.</summary>
    private const string TextBeforeEvent6 = "The \"capital\" of";

    /// <summary>What a provider says and the browser must not be told.</summary>
    private const string Secret = "sk-12345 at http://10.0.0.7";

    private const string ConnectionFailed = "The connection to the AI service failed. Try again.";

    protected NodeClient Client { get; } = client;

    [Fact]
    public async Task Complete_answer()
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text).WithUsage());
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, Text, ChatFinishReason.Stop);
        ChatRelayResult result = await relay.Finished;
        Assert.Equal(ChatRelayOutcome.Completed, result.Outcome);
        Assert.Equal(Text, result.Answer.Text);
        AssertUsage(seen, result.Answer.Usage!);
    }

    [Fact]
    public Task Answer_that_reached_the_limit_of_tokens() =>
        AssertCompleteAsync(Script.Answer(Text).WithFinishReason("length"), ChatFinishReason.Length);

    [Fact]
    public Task Answer_that_a_content_filter_stopped() =>
        AssertCompleteAsync(Script.Answer(Text).WithFinishReason("content_filter"), ChatFinishReason.ContentFilter);

    [Fact]
    public async Task Reasoning_before_the_text()
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text).WithReasoning("Let me\nthink 🤔."));
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, Text, ChatFinishReason.Stop);
        Assert.Equal("Let me\nthink 🤔.", seen.Reasoning);
    }

    [Fact]
    public Task Error_of_the_provider_in_mid_answer() => AssertFailedAsync(
        Script.Answer(Text).FailAtEvent(6, ErrorFrame.Data(Secret)), "provider_error", "The AI service reported an error.");

    [Fact]
    public Task Connection_to_the_provider_reset() =>
        AssertFailedAsync(Script.Answer(Text).ResetAtEvent(6), "connection_failed", ConnectionFailed);

    [Fact]
    public Task Answer_of_the_provider_truncated() =>
        AssertFailedAsync(Script.Answer(Text).CutAtEvent(6), "truncated", "The answer was cut off. Try again.");

    [Theory]
    [InlineData("reset@#6")]
    [InlineData("eof@#6")]
    public async Task Answer_resumed(string fault)
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text).WithFault(fault).ThenWithoutFaults(), new() { Resume = true });
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, Text, ChatFinishReason.Stop);
        Assert.Equal(2, relay.Provider.Requests.Count);
        Assert.Equal(2, (await relay.Finished).Answer.Attempts.Count);
    }

    [Fact]
    public async Task Second_turn()
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text).WithReasoning("Hm.").Then(Script.Answer("Yes.")));
        Seen seen = await RunAsync(relay, new() { Prompt = "Where? 柏林", Next = "Sure?" });

        Assert.Equal(("ready", null), (seen.Status, seen.Error));
        Assert.EndsWith("Yes.", seen.Text);
        Assert.Equal(
            [("user", "Where? 柏林"), ("assistant", Text), ("user", "Sure?")],
            relay.Provider.Requests[1].Json!["messages"]!.AsArray()
                .Select(message => ((string?)message!["role"], (string?)message["content"])));
    }

    [Fact]
    public async Task Key_refused()
    {
        await using ClientRelay relay = await StartAsync(Script.Status(401, $"{{\"error\":{{\"message\":\"{Secret}\"}}}}"));
        Seen seen = await RunAsync(relay);

        AssertRefused(seen, 502, "unauthorized", "The AI service did not accept this server's key.");
    }

    [Fact]
    public async Task Rate_limited_before_the_start()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Status(429, $"{{\"error\":{{\"message\":\"{Secret}\"}}}}").WithRetryAfter(TimeSpan.FromSeconds(7)));
        Seen seen = await RunAsync(relay);

        AssertRefused(seen, 429, "rate_limited", "There are too many requests. Try again in 7 seconds.");
        Assert.Equal("7", seen.Responses[0].Headers["retry-after"]);
    }

    [Fact]
    public Task Slow_start() => AssertSlowStartAsync(Script.Answer(Text), seen => AssertComplete(seen, Text, ChatFinishReason.Stop));

    [Fact]
    public Task Slow_start_that_fails() => AssertSlowStartAsync(
        Script.Status(401), seen => AssertFailed(seen, "", "unauthorized", "The AI service did not accept this server's key."));

    [Fact]
    public async Task Shutdown_in_mid_answer()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer(Text).StallAtEvent(6), new() { Relay = options => options.ShutdownTimeout = TimeSpan.Zero });
        NodeClient.Job job = Client.Start(GetAddress(relay));
        await job.Text;
        await relay.StopAsync();
        Seen seen = Checked(await job.Seen);

        AssertFailed(seen, TextBeforeEvent6, "shutting_down", "The server is shutting down. Try again in a moment.");
        await relay.Provider.Requests[0].ClientLeft.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopped_by_the_client(bool silent)
    {
        await using ClientRelay relay = await StartAsync(silent ? Script.Answer(Text).StallAtEvent(6) : Script.Endless().WithRate(500));
        Seen seen = await RunAsync(relay, new() { Stop = true });

        AssertStopped(seen);
        Assert.NotEmpty(seen.Text);

        // The provider has nothing to send, or endlessly much: only the cancellation ends the request.
        await relay.Provider.Requests[0].ClientLeft.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(ChatRelayOutcome.Canceled, (await relay.Finished).Outcome);
    }

    /// <summary>The address that the client is configured with.</summary>
    private protected virtual Uri GetAddress(ClientRelay relay) => relay.Chat;

    /// <summary>The client shows a complete answer, and no failure.</summary>
    protected abstract void AssertComplete(Seen seen, string text, ChatFinishReason finish);

    /// <summary>The client shows a failure after the response had begun, and the text before it.</summary>
    protected abstract void AssertFailed(Seen seen, string text, string code, string message);

    /// <summary>The client shows a failure with an HTTP status.</summary>
    protected abstract void AssertRefused(Seen seen, int status, string code, string message);

    /// <summary>The client does not take a call for complete.</summary>
    protected abstract void AssertIncomplete(Seen seen, SeenCall call);

    /// <summary>The client was not told that a call has ended.</summary>
    protected abstract void AssertHasNoEnd(Seen seen);

    /// <summary>The client shows that it stopped.</summary>
    protected abstract void AssertStopped(Seen seen);

    /// <summary>The client shows the usage.</summary>
    protected abstract void AssertUsage(Seen seen, UsageDetails usage);

    /// <summary>The client shows a call that the server executed.</summary>
    protected abstract void AssertServerCall(Seen seen);

    private protected Task<ClientRelay> StartAsync(Script script, ClientRelay.Options? options = null)
    {
        Client.SkipIfMissing();
        return ClientRelay.StartAsync(script, options);
    }

    private protected async Task<Seen> RunAsync(ClientRelay relay, NodeClient.JobOptions? options = null) =>
        Checked(await Client.Start(GetAddress(relay), options).Seen);

    private protected static void AssertCall(SeenCall call, string id, string name, string input, string? output = null)
    {
        Assert.Equal((id, name), (call.Id, call.Name));
        AssertJson(input, call.Input!.Value.GetRawText());
        if (output is null) Assert.True(call.Output is null or { ValueKind: JsonValueKind.Null }, $"{call}");
        else if (call.Output!.Value.ValueKind == JsonValueKind.String) AssertJson(output, call.Output.Value.GetString()!);
        else AssertJson(output, call.Output.Value.GetRawText());
    }

    private static void AssertJson(string expected, string actual) => Assert.True(
        JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"Expected {expected}, but it is {actual}.");

    /// <summary>What holds for all answers.</summary>
    private static Seen Checked(Seen seen)
    {
        Assert.Null(seen.Failure);
        Assert.Empty(seen.Uncaught);
        Assert.DoesNotContain("sk-12345", seen.ToString());
        foreach (SeenResponse response in seen.Responses.Where(response => response.Status == 200))
        {
            Assert.Equal("text/event-stream; charset=utf-8", response.Headers["content-type"]);
            Assert.Equal("no-cache, no-transform", response.Headers["cache-control"]);
            Assert.Equal("no", response.Headers["x-accel-buffering"]);
        }

        return seen;
    }

    private async Task AssertCompleteAsync(Script script, ChatFinishReason finish)
    {
        await using ClientRelay relay = await StartAsync(script);
        AssertComplete(await RunAsync(relay), Text, finish);
        Assert.Equal(ChatRelayOutcome.Completed, (await relay.Finished).Outcome);
    }

    private async Task AssertFailedAsync(Script script, string code, string message)
    {
        await using ClientRelay relay = await StartAsync(script);
        AssertFailed(await RunAsync(relay), TextBeforeEvent6, code, message);
        Assert.Equal(ChatRelayOutcome.Failed, (await relay.Finished).Outcome);
    }

    private async Task AssertSlowStartAsync(Script script, Action<Seen> assert)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ClientRelay relay = await StartAsync(script, new()
        {
            Start = start.Task,
            Relay = options => (options.HeadersAfter, options.HeartbeatInterval) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(5)),
        });
        NodeClient.Job job = Client.Start(GetAddress(relay));
        await job.Heartbeat;
        start.SetResult();
        assert(Checked(await job.Seen));
    }
}
