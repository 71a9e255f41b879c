using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>OpenAI's SDK.</summary>
public sealed class OpenAITests(OpenAITests.Package client) : ClientTests(client), IClassFixture<OpenAITests.Package>
{
    [Fact]
    public async Task Helper_that_accumulates_the_message()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer(Text).WithReasoning("Hm.").WithToolCall("weather", "{\"city\":\"Paris\"}").WithToolCall("now", "{}").WithUsage());
        Seen seen = await RunAsync(relay, new() { Way = "helper" });

        AssertComplete(seen, Text, ChatFinishReason.ToolCalls);
        Assert.Equal(["weather", "now"], seen.Calls.Select(call => call.Name));
        AssertUsage(seen, (await relay.Finished).Answer.Usage!);
    }

    [Fact]
    public async Task Helper_that_accumulates_the_message_fails_with_the_answer()
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text).CutAtEvent(6));
        Seen seen = await RunAsync(relay, new() { Way = "helper" });

        Assert.Equal(("error", "truncated"), (seen.Status, seen.Code));
    }

    [Fact]
    public async Task Answer_in_one_object()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer(Text).WithReasoning("Hm.").WithToolCall("weather", "{\"city\":\"Paris\"}").WithUsage());
        Seen seen = await Client.Start(relay.OpenAI, new() { Way = "whole" }).Seen;

        Assert.Equal(("ready", null, Text, "tool_calls"), (seen.Status, seen.Error, seen.Text, seen.Finish));
        Assert.Equal("Hm.", seen.Reasoning);
        AssertCall(Assert.Single(seen.Calls), "call_1", "weather", "{\"city\":\"Paris\"}");
        AssertUsage(seen, (await relay.Finished).Answer.Usage!);
    }

    [Fact]
    public async Task Answer_in_one_object_fails_with_the_answer()
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text).CutAtEvent(6));
        Seen seen = await RunAsync(relay, new() { Way = "whole" });

        AssertRefused(seen, 502, "truncated", "The answer was cut off. Try again.");
    }

    [Fact]
    public async Task Models()
    {
        await using ClientRelay relay = await StartAsync(Script.Answer(Text), new() { Relay = options => options.Models = ["a", "b"] });

        Seen seen = await Client.Start(relay.OpenAI, new() { Way = "models" }).Seen;

        Assert.Equal(("ready", null, "a,b"), (seen.Status, seen.Error, seen.Text));
    }

    private protected override Uri GetAddress(ClientRelay relay) => relay.OpenAI;

    protected override void AssertComplete(Seen seen, string text, ChatFinishReason finish)
    {
        Assert.Equal(("ready", null, text), (seen.Status, seen.Error, seen.Text));
        Assert.Equal(finish.Value, seen.Finish);
        Assert.EndsWith("data: [DONE]\n\n", seen.Responses[^1].Body);
    }

    protected override void AssertFailed(Seen seen, string text, string code, string message)
    {
        Assert.Equal(("error", message, code, text), (seen.Status, seen.Error, seen.Code, seen.Text));
        Assert.Null(seen.Finish);
        Assert.DoesNotContain("[DONE]", seen.Responses[^1].Body);
    }

    protected override void AssertRefused(Seen seen, int status, string code, string message)
    {
        Assert.Equal(("error", status, code, ""), (seen.Status, seen.ErrorStatus, seen.Code, seen.Text));
        Assert.Equal($"{status} {message}", seen.Error);
        if (status == 429) Assert.Equal("7", seen.RetryAfter);
    }

    // The client's user decides by the finish reason.
    protected override void AssertIncomplete(Seen seen, SeenCall call) => Assert.NotEqual("tool_calls", seen.Finish);

    protected override void AssertHasNoEnd(Seen seen) => Assert.Null(seen.Finish);

    protected override void AssertStopped(Seen seen) => Assert.Equal(("ready", null, null), (seen.Status, seen.Error, seen.Finish));

    protected override void AssertUsage(Seen seen, UsageDetails usage)
    {
        Assert.Equal(usage.InputTokenCount, seen.Usage!.Value.GetProperty("prompt_tokens").GetInt64());
        Assert.Equal(usage.OutputTokenCount, seen.Usage.Value.GetProperty("completion_tokens").GetInt64());
    }

    // The wire has no word for a result, and a call without one would be executed by the client.
    protected override void AssertServerCall(Seen seen) => Assert.Empty(seen.Calls);

    public sealed class Package() : NodeClient("openai.mjs", "openai");
}
