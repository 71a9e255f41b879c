using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class GeminiServerDialectTests
{
    private const string Events = Array + "?alt=sse";
    private const string Array = "/v1beta/models/gemini-x:streamGenerateContent";
    private const string Whole = "/v1beta/models/gemini-x:generateContent";
    private const string Question = """{"contents":[{"role":"user","parts":[{"text":"Why?"}]}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Events_end_with_CR_LF_and_contain_usage()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, Question, Events);

        Assert.Equal("text/event-stream", response.Headers["Content-Type"]);
        const string First =
            """data: {"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}]"""
            + ""","usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":1,"totalTokenCount":3}"""
            + ""","modelVersion":"gemini-x","responseId":"gemini-00000000"}""" + "\r\n\r\n";
        Assert.StartsWith(First, response.Text, StringComparison.Ordinal);
        Assert.Equal("Hi 你好.", string.Concat(response.Data().Select(chunk => (string?)Part(chunk)["text"])));
        Assert.Equal("STOP", (string?)response.Data()[^1]["candidates"]![0]!["finishReason"]);
        Assert.DoesNotContain("\n", response.Text.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(response.Text, (await RawHttp.RequestAsync(Answer.WithLineEndings(LineEnding.CrLf), Question, Events)).Text);
        Assert.Equal(
            response.Text.ReplaceLineEndings("\n"),
            (await RawHttp.RequestAsync(Answer.WithLineEndings(LineEnding.Lf), Question, Events)).Text);
    }

    [Fact]
    public async Task Response_can_be_an_array_or_whole()
    {
        Script script = Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}""").WithFinishReason("length");
        RawResponse array = await RawHttp.RequestAsync(script, Question, Array);
        JsonArray chunks = JsonNode.Parse(array.Text)!.AsArray();
        JsonNode whole = JsonNode.Parse((await RawHttp.RequestAsync(script, Question, Whole)).Text)!["candidates"]![0]!;

        Assert.Equal("application/json; charset=UTF-8", array.Headers["Content-Type"]);
        Assert.Contains("\n,\n", array.Text, StringComparison.Ordinal);
        IEnumerable<JsonNode> thoughts = chunks.Select(chunk => Part(chunk!)).Where(part => part["thought"] is not null);
        Assert.Equal("Hm.", string.Concat(thoughts.Select(part => (string?)part["text"])));
        JsonNode call = Assert.Single(chunks, chunk => Part(chunk!)["functionCall"] is not null)!;
        Assert.Equal("""{"name":"f","args":{"a":1},"id":"call_1"}""", Part(call)["functionCall"]!.ToJsonString());
        Assert.Equal("MAX_TOKENS", (string?)whole["finishReason"]);
        Assert.Equal(["Hm.", "Hi 你好.", null], whole["content"]!["parts"]!.AsArray().Select(part => (string?)part!["text"]));
    }

    [Fact]
    public async Task Errors_have_Googles_codes()
    {
        RawResponse invalid = await RawHttp.RequestAsync(Answer, """{"model":"m","contents":[]}""", Events);
        RawResponse first = await RawHttp.RequestAsync(Answer.FailAtEvent(0, ErrorFrame.Data("Bad", "overloaded")), Question, Array);
        RawResponse later = await RawHttp.RequestAsync(Answer.FailAtEvent(1, ErrorFrame.Data("Bad", "OTHER")), Question, Array);

        Assert.Equal((400, "INVALID_ARGUMENT"), (invalid.Status, (string?)JsonNode.Parse(invalid.Text)!["error"]!["status"]));
        Assert.Equal("""[{"error":{"code":503,"message":"Bad","status":"UNAVAILABLE"}}]""", JsonNode.Parse(first.Text)!.ToJsonString());
        Assert.Equal("OTHER", (string?)JsonNode.Parse(later.Text)![1]!["error"]!["status"]);
        Assert.Equal(400, (await RawHttp.RequestAsync(Answer, "{}", Array)).Status);
    }

    private static JsonNode Part(JsonNode chunk) => chunk["candidates"]![0]!["content"]!["parts"]![0]!;
}
