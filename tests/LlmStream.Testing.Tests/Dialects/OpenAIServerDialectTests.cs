using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class OpenAIServerDialectTests
{
    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Usage_is_sent_if_it_is_requested()
    {
        const string IncludeUsage = "\"stream\":true,\"stream_options\":{\"include_usage\":true}";
        string request = RawHttp.Question.Replace("\"stream\":true", IncludeUsage, StringComparison.Ordinal);
        JsonNode last = (await RawHttp.RequestAsync(Answer, request)).Data()[^1];

        Assert.Equal("""{"prompt_tokens":2,"completion_tokens":4,"total_tokens":6}""", last["usage"]!.ToJsonString());
        Assert.Empty(last["choices"]!.AsArray());
        Assert.DoesNotContain("usage", (await RawHttp.RequestAsync(Answer)).Text, StringComparison.Ordinal);
        Assert.Contains("completion_tokens", (await RawHttp.RequestAsync(Answer.WithUsage())).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_can_be_whole()
    {
        Script script = Answer.WithModel("x").WithToolCall("f", "{}");
        JsonNode answer = JsonNode.Parse((await RawHttp.RequestAsync(script, """{"n":2,"messages":[]}""")).Text)!;

        Assert.Equal(("chat.completion", "x"), ((string?)answer["object"], (string?)answer["model"]));
        Assert.Equal(2, answer["choices"]!.AsArray().Count);
        Assert.Equal("Hi 你好.", (string?)answer["choices"]![1]!["message"]!["content"]);
        Assert.Equal("tool_calls", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.Equal("call_1", (string?)answer["choices"]![0]!["message"]!["tool_calls"]![0]!["id"]);
    }

    [Fact]
    public async Task Tool_calls_are_streamed_in_fragments()
    {
        RawResponse response = await RawHttp.RequestAsync(Script.Answer("").WithToolCall("weather", """{"city":"Berlin"}"""));
        JsonNode[] fragments =
            [.. response.Data().Select(chunk => chunk["choices"]![0]!["delta"]!["tool_calls"]?[0]).OfType<JsonNode>()];

        Assert.Equal(
            """{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}""",
            fragments[0].ToJsonString());
        Assert.True(fragments.Length > 3);
        Assert.Equal("""{"city":"Berlin"}""", string.Concat(fragments.Select(fragment => (string?)fragment["function"]!["arguments"])));
    }

    [Fact]
    public async Task Continue_final_message_requires_add_generation_prompt_to_be_false()
    {
        string request = ContinuationRequest.Create("Hi", "{}", """{"continue_final_message":true}""");

        Assert.Equal(400, (await RawHttp.RequestAsync(Answer, request)).Status);
    }
}
