using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>How an answer in Anthropic's format is resumed: by a prefill, or by an instruction if the model refuses that.</summary>
public class AnthropicResumeTests
{
    private const string Start = """data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","usage":{"input_tokens":5,"output_tokens":1}}}""" + "\n\n";
    private const string Thought = """data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}""" + "\n\n";
    private const string Head = Start + """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"The sky is "}}""" + "\n\n";
    private const string Stop = """data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}""" + "\n\n";
    private const string Rest = Start + """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"blue."}}""" + "\n\n" + Stop + MessageStop;
    private const string MessageStop = """data: {"type":"message_stop"}""" + "\n\n";
    private const string Overloaded = "event: error\n" + """data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""" + "\n\n";

    [Theory]
    [InlineData("anthropic", "claude-haiku-4-5", "{}", true)]
    [InlineData("anthropic", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "{}", true)]
    [InlineData("anthropic", "kimi-k2", "{}", true)]
    [InlineData("anthropic", "claude-sonnet-4-6", "{}", false)]
    [InlineData("anthropic", "anthropic.claude-opus-4-7-v1:0", "{}", false)]
    [InlineData("anthropic", "claude-haiku-4-5", """{"thinking":{"type":"enabled","budget_tokens":1024}}""", false)]
    public async Task The_continuation_depends_on_the_model(string provider, string model, string fields, bool isPrefill)
    {
        var server = new StubServer().Streams(Head).Streams(Rest);
        JsonObject body = Body(model, fields);
        ChatStreamResult result = await Client(server, provider).StreamAsync(body).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        JsonArray messages = JsonNode.Parse(server.Bodies[1])!["messages"]!.AsArray();
        Assert.Equal(isPrefill ? ["user", "assistant"] : ["user", "assistant", "user"], messages.Select(message => (string?)message!["role"]));
        Assert.Equal(isPrefill ? "The sky is" : "The sky is ", (string?)messages[1]!["content"]);
        if (model.Contains("claude", StringComparison.Ordinal) && !isPrefill) Assert.Contains("interrupted. It ended with:\n\nThe sky is \n\n", (string?)messages[2]!["content"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_began_with_reasoning_is_continued_by_an_instruction()
    {
        var server = new StubServer().Streams(Start + Thought + Head).Streams(Rest);
        ChatStreamResult result = await Client(server).StreamAsync(Body("claude-haiku-4-5", "{}")).CollectAsync();

        Assert.Equal(("Hm.", "The sky is blue."), (result.Reasoning, result.Text));
        Assert.Equal(3, JsonNode.Parse(server.Bodies[1])!["messages"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_end_of_a_long_answer_is_quoted()
    {
        string text = string.Concat(Enumerable.Repeat("天空🌅", 200));
        var server = new StubServer().Streams(Head.Replace("The sky is ", text, StringComparison.Ordinal)).Streams(Rest);
        JsonObject body = Body("claude-opus-5", "{}");
        body["messages"]![0]!["content"] = "为什么天空是蓝色的？";
        await Client(server).StreamAsync(body).CollectAsync();

        string asked = (string)JsonNode.Parse(server.Bodies[1])!["messages"]![2]!["content"]!;
        Assert.Contains("接着写", asked, StringComparison.Ordinal);
        Assert.InRange(asked.Length, 240, 400);
        Assert.DoesNotContain('\uFFFD', asked);
    }

    [Fact]
    public async Task A_prefill_that_is_refused_is_replaced_by_an_instruction()
    {
        const string refusal = """{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill. The conversation must end with a user message."}}""";
        var server = new StubServer().Streams(Head).Answers(HttpStatusCode.BadRequest, refusal).Streams(Rest);
        ChatStreamResult result = await Client(server).StreamAsync(Body("my-alias", "{}")).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal([1, 2, 3], server.Bodies.Select(body => JsonNode.Parse(body)!["messages"]!.AsArray().Count));
    }

    [Fact]
    public async Task An_error_before_the_first_text_is_retried_and_one_after_it_is_resumed()
    {
        var server = new StubServer().Streams(Start + Overloaded).Streams(Head + Overloaded).Streams(Rest);
        ChatStreamResult result = await Client(server).StreamAsync(Body("claude-haiku-4-5", "{}")).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal([1, 1, 2], server.Bodies.Select(body => JsonNode.Parse(body)!["messages"]!.AsArray().Count));
        Assert.Equal([1, 2, 3], result.Attempts.Select(attempt => attempt.Number));
    }

    [Fact]
    public async Task An_answer_is_complete_without_its_final_event()
    {
        var server = new StubServer().Streams(Head + Stop);
        ChatStreamResult answer = await Client(server).StreamAsync(Body("claude-haiku-4-5", "{}")).CollectAsync();

        Assert.Equal(("The sky is ", "stop", 7), (answer.Text, answer.FinishReason?.Value, answer.Usage?.OutputTokenCount));
        Assert.Single(server.Bodies);
    }

    [Fact]
    public async Task The_limit_is_reduced_but_stays_above_the_thinking_budget()
    {
        foreach ((string fields, long limit) in ((string, long)[])
        [
            ("{}", 996), // 11 characters are about 4 tokens; the provider's 1 is from before they were generated
            ("""{"thinking":{"type":"enabled","budget_tokens":900}}""", 996), ("""{"thinking":{"type":"enabled","budget_tokens":998}}""", 999),
        ])
        {
            var server = new StubServer().Streams(Head).Streams(Rest);
            await Client(server).StreamAsync(Body("claude-haiku-4-5", fields)).CollectAsync();
            Assert.Equal(limit, (long)JsonNode.Parse(server.Bodies[1])!["max_tokens"]!);
        }
    }

    [Fact]
    public async Task Structured_output_is_not_resumed()
    {
        var server = new StubServer().Streams(Head);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => Client(server).StreamAsync(Body("claude-haiku-4-5", """{"output_config":{"format":{"type":"json_schema"}}}""")).CollectAsync());
        Assert.Equal(ChatResumeRefusal.StructuredOutput, failure.ResumeRefusal);
    }

    [Fact]
    public async Task A_request_has_the_headers_and_fields_that_Anthropic_requires()
    {
        var server = new StubServer().Streams(Rest);
        await Client(server).StreamAsync("Why?").CollectAsync();

        HttpRequestMessage request = Assert.Single(server.Requests);
        Assert.Equal("https://api.anthropic.com/v1/messages", request.RequestUri!.AbsoluteUri);
        Assert.Equal(["2023-06-01"], request.Headers.GetValues("anthropic-version"));
        Assert.Equal(["sk-secret-0123456789"], request.Headers.GetValues("x-api-key"));
        Assert.Null(request.Headers.Authorization);
        JsonNode body = JsonNode.Parse(server.Bodies[0])!;
        Assert.Equal(("claude-sonnet-4-6", 16_384, true), ((string?)body["model"], (int)body["max_tokens"]!, (bool)body["stream"]!));
        Assert.Null(body["stream_options"]);
    }

    private static LlmStreamClient Client(StubServer server, string provider = "anthropic") => server.Client(options => options.Provider = LlmProvider.Parse(provider));

    private static JsonObject Body(string model, string fields)
    {
        JsonObject body = JsonNode.Parse(fields)!.AsObject();
        body["model"] = model;
        body["max_tokens"] = 1000;
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why is the sky blue?" });
        return body;
    }
}
