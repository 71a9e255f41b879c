using System.Text.Json.Nodes;
using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Clients;

// Tool calls.
public abstract partial class ClientTests
{
    private static readonly object Weather = new
    {
        name = "weather",
        description = "The weather in a city.",
        parameters = new { type = "object", properties = new { city = new { type = "string" } }, required = new[] { "city" } },
    };

    [Fact]
    public async Task One_tool_call()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer("Let me look.").WithToolCall("weather", "{\"city\":\"Par\\u00eds 🌤️\"}"));
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, "Let me look.", ChatFinishReason.ToolCalls);
        AssertCall(Assert.Single(seen.Calls), "call_1", "weather", "{\"city\":\"París 🌤️\"}");
    }

    [Fact]
    public async Task Two_tool_calls()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer("").WithToolCall("weather", "{\"city\":\"Paris\"}").WithToolCall("now", "{}"));
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, "", ChatFinishReason.ToolCalls);
        Assert.Equal(2, seen.Calls.Count);
        AssertCall(seen.Calls[0], "call_1", "weather", "{\"city\":\"Paris\"}");
        AssertCall(seen.Calls[1], "call_2", "now", "{}");
    }

    [Fact]
    public async Task Tool_call_that_the_limit_of_tokens_cut_off()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer("").WithToolCall("weather", "{\"city\":\"Par").WithFinishReason("length"));
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, "", ChatFinishReason.Length);
        AssertIncomplete(seen, Assert.Single(seen.Calls));
    }

    [Fact]
    public async Task Tool_that_the_client_runs()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer("").WithToolCall("weather", "{\"city\":\"Paris\"}").Then(Script.Answer(Text)));
        Seen seen = await RunAsync(relay, new() { Tools = [Weather], ToolOutput = new { sky = "clear" }, Way = "tools" });

        AssertComplete(seen, Text, ChatFinishReason.Stop);
        AssertCall(Assert.Single(seen.Calls), "call_1", "weather", "{\"city\":\"Paris\"}", "{\"sky\":\"clear\"}");
        Assert.Equal(2, relay.Provider.Requests.Count);
        JsonArray messages = relay.Provider.Requests[1].Json!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool"], messages.Select(message => (string?)message!["role"]));
        Assert.Equal("call_1", (string?)messages[1]!["tool_calls"]![0]!["id"]);
        Assert.Equal("call_1", (string?)messages[2]!["tool_call_id"]);
        AssertJson("{\"sky\":\"clear\"}", (string)messages[2]!["content"]!);
    }

    [Fact]
    public async Task Tool_that_the_server_runs()
    {
        AIFunction weather = AIFunctionFactory.Create((string city) => $"Clear in {city}", "weather");
        await using ClientRelay relay = await StartAsync(
            Script.Answer("Let me look. ").WithToolCall("weather", "{\"city\":\"Paris\"}").Then(Script.Answer(Text)),
            new() { Tool = weather });
        Seen seen = await RunAsync(relay);

        AssertComplete(seen, "Let me look. " + Text, ChatFinishReason.Stop);
        AssertServerCall(seen);
        Assert.Equal(2, relay.Provider.Requests.Count);
        Assert.Equal("Clear in Paris", (string?)relay.Provider.Requests[1].Json!["messages"]![2]!["content"]);
    }

    [Theory]
    [InlineData("tool_calls", "{\"city\":\"Paris\"}")]
    [InlineData("length", "{\"city\":\"Par")]
    [InlineData(null, "{\"city\":\"Par")]
    public async Task Second_turn_after_a_call_that_the_client_did_not_run(string? finish, string arguments)
    {
        Script calling = Script.Answer("Let me look.").WithToolCall("weather", arguments);
        calling = finish is null ? calling.WithoutFinishReason().WithoutEndMarker() : calling.WithFinishReason(finish);
        await using ClientRelay relay = await StartAsync(calling.Then(Script.Answer("Yes.")));
        Seen seen = await RunAsync(relay, new() { Next = "Go on." });

        Assert.Equal(("ready", null), (seen.Status, seen.Error));
        Assert.EndsWith("Yes.", seen.Text);

        // Providers refuse a call without a result.
        JsonArray messages = relay.Provider.Requests[1].Json!["messages"]!.AsArray();
        Assert.Equal("Let me look.", (string?)messages[1]!["content"]);
        IEnumerable<string?> calls = messages.SelectMany(
            message => message!["tool_calls"]?.AsArray() ?? [], (_, call) => (string?)call!["id"]);
        Assert.Equal(messages.Select(message => (string?)message!["tool_call_id"]).OfType<string>(), calls);
    }

    [Fact]
    public async Task Tool_call_truncated()
    {
        await using ClientRelay relay = await StartAsync(
            Script.Answer("Let me look.").WithToolCall("weather", "{\"city\":\"Paris\"}").CutAtEvent(7));
        Seen seen = await RunAsync(relay);

        AssertFailed(seen, "Let me look.", "truncated", "The answer was cut off. Try again.");
        AssertIncomplete(seen, Assert.Single(seen.Calls));
        AssertHasNoEnd(seen);
    }
}
