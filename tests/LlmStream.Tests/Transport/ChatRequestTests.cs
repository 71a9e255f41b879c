using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class ChatRequestTests
{
    private static readonly LlmProvider Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));

    [Fact]
    public void The_fields_that_request_a_stream_are_added_to_the_body()
    {
        JsonObject body = Body();
        ChatRequest request = ChatRequest.Create(body, Provider, requestUsage: true);

        JsonAssert.Equal("""{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}""", request.ReadBody());
        Assert.Equal(Encoding.UTF8.GetString(request.Body.Span), body.ToJsonString());
        JsonAssert.Equal("""{"model":"m","messages":[],"stream":true}""", ChatRequest.Create(Body(), Provider, requestUsage: false).ReadBody());
    }

    [Fact]
    public void Non_ascii_characters_are_not_escaped()
    {
        JsonObject body = Body();
        body["user"] = "天空🌅";

        Assert.Contains("天空", Encoding.UTF8.GetString(ChatRequest.Create(body, Provider, requestUsage: false).Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_of_any_depth_that_can_be_written_can_be_read()
    {
        JsonObject body = Body();
        JsonNode nested = new JsonArray();
        for (int i = 0; i < 998; i++) nested = new JsonArray(nested);
        body["nested"] = nested;

        Assert.True(JsonNode.DeepEquals(body, ChatRequest.Create(body, Provider, requestUsage: false).ReadBody()));
    }

    [Theory]
    [InlineData("""{"model":"m-1"}""", "m-1")]
    [InlineData("""{"model":""}""", null)]
    [InlineData("""{"model":7}""", null)]
    [InlineData("{}", null)]
    public void The_model_is_that_of_the_body(string body, string? model) =>
        Assert.Equal(model, ChatRequest.Create(JsonNode.Parse(body)!.AsObject(), Provider, requestUsage: false).Model);

    [Fact]
    public void A_new_request_has_a_new_idempotency_key_if_the_provider_supports_it()
    {
        LlmProvider provider = Provider with { IdempotencyHeader = "Idempotency-Key" };
        ChatRequest first = ChatRequest.Create(Body(), provider, requestUsage: false);
        ChatRequest second = ChatRequest.Create(Body(), provider, requestUsage: false);

        Assert.Equal(32, first.IdempotencyKey.Length);
        Assert.NotEqual(first.IdempotencyKey, second.IdempotencyKey);
        Assert.NotEqual(first.IdempotencyKey, first.ForContinuation(Body(), isPrefill: true).IdempotencyKey);
        Assert.Equal("", ChatRequest.Create(Body(), Provider, requestUsage: false).IdempotencyKey);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_continuation_sends_its_own_body(bool isPrefill)
    {
        ChatRequest request = ChatRequest.Create(Body(), Provider, requestUsage: false);
        ChatRequest continuation = request.ForContinuation(new JsonObject { ["model"] = "m-2" }, isPrefill);

        Assert.Equal((isPrefill, false, "m-2"), (continuation.IsPrefill, continuation.IsReplay, continuation.Model));
        JsonAssert.Equal("""{"model":"m-2"}""", continuation.ReadBody());
        Assert.False(request.IsPrefill);
    }

    [Fact]
    public void A_replay_has_no_body_and_no_idempotency_key()
    {
        var body = new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = true };
        ChatRequest request = ChatRequest.Create(body, LlmProvider.OpenAIResponses, requestUsage: false);
        ChatRequest replay = request.ForReplay(null, new ReplayPoint("resp_1", "7"))[0];

        Assert.True(request.IsAnswerKept);
        Assert.False(request.IsReplay);
        Assert.Equal((true, true, "", "m"), (replay.IsReplay, replay.IsAnswerKept, replay.IdempotencyKey, replay.Model));
        Assert.True(replay.IsReplay);
        Assert.Equal(0, replay.Body.Length);
        Assert.Equal("GET", replay.Description.Method);
        Assert.True(JsonNode.DeepEquals(request.ReadBody(), replay.ReadBody()));
    }

    [Fact]
    public void An_answer_is_not_kept_unless_the_body_requests_it()
    {
        var body = new JsonObject { ["model"] = "m", ["input"] = "Why?" };
        Assert.False(ChatRequest.Create(body, LlmProvider.OpenAIResponses, requestUsage: false).IsAnswerKept);
    }

    [Fact]
    public void Parts_of_the_body_that_are_sent_in_the_address_are_kept()
    {
        var body = new JsonObject { ["model"] = "gemini-flash", ["contents"] = new JsonArray() };
        ChatRequest request = ChatRequest.Create(body, LlmProvider.Gemini, requestUsage: false);

        Assert.Contains("gemini-flash", request.Description.Path, StringComparison.Ordinal);
        Assert.DoesNotContain("gemini-flash", Encoding.UTF8.GetString(request.Body.Span), StringComparison.Ordinal);
        Assert.Equal("gemini-flash", (string?)request.ReadBody()["model"]);
        Assert.Null(request.Description.Body);
    }

    private static JsonObject Body() => new() { ["model"] = "m", ["messages"] = new JsonArray() };
}
