using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience.Fallback;

/// <summary>How a request is written for a fallback.</summary>
public class FallbackRequestTests
{
    private static readonly AITool Tool = AIFunctionFactory.Create((string city) => "sunny", "weather", "Tells the weather.");

    [Fact]
    public async Task Messages_tools_and_options_are_written_in_the_format_of_the_fallback()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        ChatMessage[] messages =
        [
            new(ChatRole.System, "Be brief."),
            new(ChatRole.User, "How is the weather in Rome?"),
            new(ChatRole.Assistant, [new FunctionCallContent("c-1", "weather", new Dictionary<string, object?> { ["city"] = "Rome" })]),
            new(ChatRole.Tool, [new FunctionResultContent("c-1", "sunny")]),
        ];
        await client.StreamAsync(messages, new ChatOptions { Tools = [Tool], StopSequences = ["END"] }).CollectAsync();

        JsonNode body = JsonNode.Parse(server.Bodies[1])!;
        Assert.Equal("weather", (string?)body["tools"]![0]!["name"]);
        Assert.NotNull(body["tools"]![0]!["input_schema"]);
        Assert.Equal("END", (string?)body["stop_sequences"]![0]);
        JsonArray written = body["messages"]!.AsArray();
        Assert.Equal("tool_use", (string?)written[1]!["content"]![0]!["type"]);
        Assert.Equal("tool_result", (string?)written[2]!["content"]![0]!["type"]);
    }

    [Fact]
    public async Task Properties_of_another_format_are_left_out()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["logit_bias"] = 1, ["strictJsonSchema"] = true } };
        ChatMessage[] messages =
        [
            new(ChatRole.User, "Why?"),
            new(ChatRole.Assistant, "Because.") { AdditionalProperties = new() { ["prefix"] = true } },
            new(ChatRole.User, "And?"),
        ];
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.ServiceUnavailable).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Second, Providers.Third);
        await client.StreamAsync(messages, options).CollectAsync();

        Assert.Equal([true, true, false], server.Bodies.Select(body => body.Contains("logit_bias", StringComparison.Ordinal)));
        Assert.Equal([true, true, false], server.Bodies.Select(body => body.Contains("prefix", StringComparison.Ordinal)));
        Assert.Equal(2, options.AdditionalProperties.Count);
        Assert.True(messages[1].AdditionalProperties!.ContainsKey("prefix"));
    }

    [Fact]
    public async Task Properties_of_contents_are_left_out_in_another_format_too()
    {
        AdditionalPropertiesDictionary Cached() => new() { ["cache_control"] = new JsonObject { ["type"] = "ephemeral" } };
        var image = new DataContent(new byte[] { 1, 2, 3 }, "image/png") { AdditionalProperties = Cached() };
        ChatMessage[] messages =
        [
            new(ChatRole.User, [new TextContent("Why?") { AdditionalProperties = Cached() }, image, new UriContent("https://a.test/b.png", "image/png") { AdditionalProperties = Cached() }]),
            new(ChatRole.Assistant, [new FunctionCallContent("c-1", "weather", new Dictionary<string, object?> { ["city"] = "Rome" }) { AdditionalProperties = Cached() }]),
            new(ChatRole.Tool, [new FunctionResultContent("c-1", "sunny") { AdditionalProperties = Cached() }]),
            new(ChatRole.Assistant, [new TextReasoningContent("Hm") { AdditionalProperties = Cached() }, new TextContent("Because.") { AdditionalProperties = Cached() }]),
            new(ChatRole.User, [new TextContent("And?") { AdditionalProperties = Cached() }]),
        ];
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.ServiceUnavailable).Streams(StubServer.Stream("Blue."));
        LlmProvider region = Providers.Third with { BaseAddress = new Uri("https://region.test/v1") };
        using LlmStreamClient client = Providers.Client(server, o => o.Provider = Providers.Third, region, Providers.Second);
        await client.StreamAsync(messages).CollectAsync();

        Assert.Equal([true, true, false], server.Bodies.Select(body => body.Contains("cache_control", StringComparison.Ordinal)));
        Assert.All((string[])["Why?", "AQID", "b.png", "Rome", "sunny", "Because.", "And?"], part => Assert.Contains(part, server.Bodies[2], StringComparison.Ordinal));
        Assert.True(image.AdditionalProperties.ContainsKey("cache_control"));
        JsonNode last = JsonNode.Parse(server.Bodies[2])!["messages"]!.AsArray()[^1]!;
        Assert.Equal("And?", (string?)last["content"]); // a string again, which all servers accept
    }

    [Fact]
    public async Task Signatures_of_earlier_answers_are_not_sent_to_another_provider()
    {
        LlmProvider claude = Providers.Third with { Name = "anthropic" };
        LlmProvider other = Providers.Third with { Name = "other", BaseAddress = new Uri("https://other.test/v1") };
        LlmProvider region = claude with { BaseAddress = new Uri("https://region.test/v1") };
        ChatMessage[] messages =
        [
            new(ChatRole.User, "Why?"),
            new(ChatRole.Assistant, [new TextReasoningContent("Hm") { ProtectedData = "c2ln" }, new TextContent("Because.")]),
            new(ChatRole.User, "And?"),
        ];
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.ServiceUnavailable).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, o => o.Provider = claude, other, region);
        await client.StreamAsync(messages).CollectAsync();
        Assert.Equal([true, false, true], server.Bodies.Select(body => body.Contains("c2ln", StringComparison.Ordinal)));
        Assert.All(server.Bodies, body => Assert.Contains("Because.", body, StringComparison.Ordinal));
        Assert.Equal("c2ln", ((TextReasoningContent)messages[1].Contents[0]).ProtectedData);
    }

    [Fact]
    public async Task Messages_that_are_changed_later_do_not_change_the_request()
    {
        StubServer server = new StubServer().Streams(StubServer.Chunk("The sky ")).Streams(StubServer.Stream("is blue."));
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        List<ChatMessage> messages = [new(ChatRole.User, "Why?")];
        var options = new ChatOptions { Temperature = 0.5f };
        await foreach (ChatDelta delta in client.StreamAsync(messages, options))
        {
            messages.Clear();
            options.Temperature = 1;
        }

        JsonNode sent = JsonNode.Parse(server.Bodies[1])!;
        Assert.Equal("Why?", (string?)sent["messages"]![0]!["content"]);
        Assert.Equal(0.5, (double)sent["temperature"]!);
    }
}
