using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

public class ContinuationRequestTests
{
    private const string Question = """{"role":"user","content":"Why?"}""";

    private static readonly Dialect Dialect = Calls.Provider.Dialect.Format;

    [Theory]
    [InlineData(ChatContinuation.Prefill, "", """{"role":"assistant","content":"The sky"}""")]
    [InlineData(ChatContinuation.PrefixFlag, "", """{"role":"assistant","content":"The sky","prefix":true}""")]
    [InlineData(ChatContinuation.PartialFlag, "", """{"role":"assistant","content":"The sky","partial":true}""")]
    [InlineData(ChatContinuation.ContinueFinalMessage, ""","continue_final_message":true,"add_generation_prompt":false""", """{"role":"assistant","content":"The sky"}""")]
    [InlineData(ChatContinuation.Instruction, "", """{"role":"assistant","content":"The sky"},{"role":"user","content":"Go on!"}""")]
    public void The_partial_answer_is_added_in_the_way_of_the_strategy(ChatContinuation continuation, string fields, string messages)
    {
        JsonObject original = Body(Question);
        string before = original.ToJsonString();

        JsonObject body = Build(original, continuation);
        JsonAssert.Equal($$"""{"model":"m","messages":[{{Question}},{{messages}}]{{fields}}}""", body);
        Assert.Equal(before, original.ToJsonString());
    }

    [Fact]
    public void A_restart_sends_the_original_request()
    {
        JsonObject original = Body(Question, ""","max_tokens":10""");
        JsonObject body = Build(original, ChatContinuation.Restart, tokensSpent: 3);

        Assert.NotSame(original, body);
        Assert.True(JsonNode.DeepEquals(original, body));
    }

    [Fact]
    public void A_prefill_of_the_original_request_is_replaced()
    {
        JsonObject body = Build(Body(Question + """,{"role":"assistant","content":"Well:","prefix":true}"""), ChatContinuation.Prefill);
        JsonAssert.Equal($$"""{"model":"m","messages":[{{Question}},{"role":"assistant","content":"The sky"}]}""", body);
    }

    [Fact]
    public void Other_messages_of_the_assistant_are_kept()
    {
        JsonObject body = Build(Body("""{"role":"assistant","content":"Hello"},""" + Question), ChatContinuation.Prefill);
        Assert.Equal(3, body["messages"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(3, 7)]
    [InlineData(8, 2)]
    [InlineData(9, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 1)]
    public void Limits_are_reduced_by_the_tokens_spent_but_not_to_0(int tokensSpent, long expected)
    {
        JsonObject body = Build(Body(Question, ""","max_tokens":10,"max_completion_tokens":10"""), ChatContinuation.Prefill, tokensSpent);
        Assert.Equal((expected, expected), ((long)body["max_tokens"]!, (long)body["max_completion_tokens"]!));
    }

    [Fact]
    public void A_limit_that_is_not_a_number_is_kept()
    {
        JsonObject body = Build(Body(Question, ""","max_tokens":null"""), ChatContinuation.Prefill, tokensSpent: 3);
        Assert.Null(body["max_tokens"]);
        Assert.False(body.ContainsKey("max_completion_tokens"));
    }

    [Theory]
    [InlineData("""{"role":"user","content":"One"},{"role":"user","content":"Two"}""", "Two")]
    [InlineData("""{"role":"user","content":"One"},{"role":"assistant","content":"Two"}""", "One")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"One"},{"type":"text","text":"Two"}]}""", "OneTwo")]
    [InlineData("""{"role":"system","content":"One"}""", "")]
    [InlineData("\"not a message\"", "")]
    [InlineData("", "")]
    public void The_last_user_message_is_found(string messages, string expected) => Assert.Equal(expected, ContinuationRequest.LastUserText(Dialect, Body(messages)));

    [Theory]
    [InlineData("""{"role":"user","content":"One"},{"role":"assistant","content":"Two"}""", "Two")]
    [InlineData("""{"role":"assistant","content":"One"},{"role":"user","content":"Two"}""", "")]
    [InlineData("", "")]
    public void A_prefill_is_an_assistant_message_at_the_end(string messages, string expected) => Assert.Equal(expected, ContinuationRequest.PrefillOf(Dialect, Body(messages)));

    [Fact]
    public void Without_messages_there_is_neither()
    {
        var body = new JsonObject { ["prompt"] = "Why?" };
        Assert.Equal(("", ""), (ContinuationRequest.LastUserText(Dialect, body), ContinuationRequest.PrefillOf(Dialect, body)));
    }

    private static JsonObject Body(string messages, string fields = "") => JsonNode.Parse($$"""{"model":"m","messages":[{{messages}}]{{fields}}}""")!.AsObject();

    private static JsonObject Build(JsonObject original, ChatContinuation continuation, long tokensSpent = 0) =>
        ContinuationRequest.Build(Dialect, original, continuation, "The sky", "Go on!", tokensSpent);
}
