using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class HunyuanServerDialectTests
{
    private const string Header = "X-TC-Action: ChatCompletions";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Chunks_have_empty_finish_reasons_and_tool_calls_repeat_their_id()
    {
        const string Request = """{"Model":"h","Stream":true,"Messages":[{"Role":"user","Content":"Why?"}]}""";
        RawResponse response = await RawHttp.RequestAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}"), Request, "/", Header);
        JsonNode[] choices = [.. response.Data().Select(chunk => chunk["Choices"]![0]!)];

        Assert.StartsWith("data: {\"Note\":", response.Text, StringComparison.Ordinal);
        Assert.Equal("Hi 你好.", string.Concat(choices.Select(choice => (string?)choice["Delta"]!["Content"])));
        Assert.Equal("Hm.", string.Concat(choices.Select(choice => (string?)choice["Delta"]!["ReasoningContent"])));
        Assert.All(
            choices.Select(choice => choice["Delta"]!["ToolCalls"]?[0]).OfType<JsonNode>(),
            call => Assert.Equal("call_1", (string?)call["Id"]));
        Assert.Equal(["", "tool_calls"], choices.Select(choice => (string?)choice["FinishReason"]).Distinct());
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_request_is_an_error_with_status_200()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, """{"Model":"h"}""", "/", Header);

        Assert.Equal(200, response.Status);
        Assert.NotNull(JsonNode.Parse(response.Text)!["Response"]!["Error"]!["Code"]);
    }
}
