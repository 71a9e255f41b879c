using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects.Responses;

public sealed class ResponsesItemsTests
{
    [Fact]
    public async Task Reasoning_text_and_tool_calls_are_separate_items()
    {
        Script script = Script.Answer("Hi 你好.").WithReasoning("Hm, well.").WithToolCall("f", """{"a":1}""").WithToolCall("g", "{}");
        const string Request = """{"model":"m","stream":true,"input":"Why?"}""";
        IReadOnlyList<JsonNode> data = (await RawHttp.RequestAsync(script, Request, "/v1/responses")).Data();

        IEnumerable<JsonNode> items = OfType("response.output_item.done").Select(e => e["item"]!);
        Assert.Equal(["reasoning", "message", "function_call", "function_call"], items.Select(item => (string?)item["type"]));
        Assert.Equal("Hm, well.", Concatenate("response.reasoning_summary_text.delta"));
        Assert.Equal("""{"a":1}{}""", Concatenate("response.function_call_arguments.delta"));
        IEnumerable<JsonNode?> calls = data[^1]["response"]!["output"]!.AsArray().Skip(2);
        Assert.Equal(["call_1", "call_2"], calls.Select(item => (string?)item!["call_id"]));

        IEnumerable<JsonNode> OfType(string type) => data.Where(e => (string?)e["type"] == type);
        string Concatenate(string type) => string.Concat(OfType(type).Select(e => (string?)e["delta"]));
    }
}
