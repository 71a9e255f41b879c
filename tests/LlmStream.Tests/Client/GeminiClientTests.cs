using System.Text.Json.Nodes;
using LlmStream.Dialects.Gemini;
using LlmStream.Resilience;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using Microsoft.Extensions.AI;
using RichardSzalay.MockHttp;

namespace LlmStream.Tests.Client;

/// <summary>The client with Gemini: requests, conversations, resumes and errors.</summary>
public class GeminiClientTests
{
    [Fact]
    public async Task A_request_has_the_address_of_its_model_and_the_key_in_its_header()
    {
        using var http = new MockHttpMessageHandler();
        http.Expect(HttpMethod.Post, "https://generativelanguage.googleapis.com/v1beta/models/gemini-flash-latest:streamGenerateContent?alt=sse")
            .WithHeaders("x-goog-api-key", "AIza-0123456789")
            .WithContent("""{"contents":[{"role":"user","parts":[{"text":"Why?"}]}]}""")
            .Respond("text/event-stream", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"So.\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n");
        using var client = new LlmStreamClient(http.ToHttpClient(), new LlmStreamOptions { Provider = LlmProvider.Gemini, ApiKey = "AIza-0123456789" });

        Assert.Equal("So.", (await client.StreamAsync("Why?").CollectAsync()).Text);
        http.VerifyNoOutstandingExpectation();
    }

    [Fact]
    public async Task A_body_names_its_model()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("So."));
        using var client = new LlmStreamClient(server.Provider);
        ChatStreamResult answer = await client.StreamAsync(new JsonObject { ["model"] = "gemini-x", ["contents"] = new JsonArray(new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = "Why?" }) }) }).CollectAsync();

        Assert.Equal(("So.", "gemini-x", ChatFinishReason.Stop), (answer.Text, answer.Stream.Model, answer.FinishReason!.Value));
        Assert.Equal("/v1beta/models/gemini-x:streamGenerateContent", server.Requests[0].Path);
        Assert.Null(server.Requests[0].Json!["model"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_conversation_with_tools_sends_the_signatures_back(bool byChatClient)
    {
        Script script = Script.Answer("I look.").WithReasoning("Two cities.").WithToolCall("weather", """{"city":"Rome"}""", "f1").WithToolCall("weather", """{"city":"北京"}""", "f2")
            .Then(Script.Answer("It is sunny."));
        await using ScriptedLlmServer server = await StartAsync(script);
        using var client = new LlmStreamClient(server.Provider);
        AIFunction weather = AIFunctionFactory.Create((string city) => new JsonObject { ["sky"] = "sunny in " + city }, "weather");
        var options = new ChatOptions { Tools = [weather], ModelId = "gemini-3-flash" };
        List<ChatMessage> history = [new(ChatRole.User, "How is it?")];

        if (byChatClient) history.AddMessages(await client.AsIChatClient().GetStreamingResponseAsync(history, options).ToChatResponseAsync());
        else history.Add((await client.StreamAsync(history, options).CollectAsync()).ToChatMessage());
        var results = new ChatMessage(ChatRole.Tool, []);
        foreach (FunctionCallContent call in history[^1].Contents.OfType<FunctionCallContent>())
            results.Contents.Add(new FunctionResultContent(call.CallId, await weather.InvokeAsync(new AIFunctionArguments(call.Arguments))));
        history.Add(results);

        Assert.Equal("It is sunny.", (await client.StreamAsync(history, options).CollectAsync()).Text);
        JsonAssert.Equal(
            """
            [{"role":"user","parts":[{"text":"How is it?"}]},
             {"role":"model","parts":[{"text":"I look."},
                {"functionCall":{"name":"weather","args":{"city":"Rome"},"id":"f1"},"thoughtSignature":"c2lnbmVkLTAwMDAwMDAw"},
                {"functionCall":{"name":"weather","args":{"city":"北京"},"id":"f2"}}]},
             {"role":"user","parts":[
                {"functionResponse":{"name":"weather","id":"f1","response":{"sky":"sunny in Rome"}}},
                {"functionResponse":{"name":"weather","id":"f2","response":{"sky":"sunny in 北京"}}}]}]
            """,
            server.Requests[1].Json!["contents"]);
    }

    [Fact]
    public async Task A_chat_client_has_usage_and_ids()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("So it is."));
        using var client = new LlmStreamClient(server.Provider);
        ChatResponse response = await client.AsIChatClient().GetResponseAsync("Why?");
        Assert.Equal(("So it is.", "gemini-00000000", 4L), (response.Text, response.ResponseId, response.Usage!.OutputTokenCount));
    }

    [Theory]
    [InlineData("gemini-2.0-flash", null, ContinuationKind.Prefill)]
    [InlineData("gemini-2.5-flash-lite", null, ContinuationKind.Prefill)]
    [InlineData("gemini-2.5-flash", """{"thinkingConfig":{"thinkingBudget":0}}""", ContinuationKind.Prefill)]
    [InlineData("gemini-2.5-flash", null, ContinuationKind.Instruction)]
    [InlineData("gemini-2.5-flash-lite", """{"thinkingConfig":{"thinkingBudget":512}}""", ContinuationKind.Instruction)]
    [InlineData("gemini-3-pro-preview", null, ContinuationKind.Instruction)]
    [InlineData("some-tuned-model", null, ContinuationKind.Instruction)]
    public async Task The_continuation_depends_on_the_model(string model, string? config, ContinuationKind expected)
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("The sky is blue because air scatters blue light.").CutAtEvent(5).ThenWithoutFaults());
        ChatStreamResult answer = await ResumeAsync(server, model, config);

        Assert.Equal("The sky is blue because air scatters blue light.", answer.Text);
        Assert.Equal(expected, server.Requests[1].Continuation);
        JsonNode last = server.Requests[1].Json!["contents"]!.AsArray()[expected == ContinuationKind.Prefill ? ^1 : ^2]!;
        JsonAssert.Equal("""{"role":"model","parts":[{"text":"The sky is blue because"}]}""", last);
    }

    [Fact]
    public async Task An_answer_that_began_with_reasoning_is_continued_by_an_instruction()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("The sky is blue because.").WithReasoning("Hm.").CutAtEvent(5).ThenWithoutFaults());
        Assert.Equal("The sky is blue because.", (await ResumeAsync(server, "gemini-2.0-flash", null)).Text);
        Assert.Equal(ContinuationKind.Instruction, server.Requests[1].Continuation);
    }

    [Fact]
    public async Task The_limit_is_reduced_by_the_tokens_that_were_generated()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("The sky is blue because air scatters blue light.").CutAtEvent(5).ThenWithoutFaults());
        await ResumeAsync(server, "gemini-2.0-flash", """{"maxOutputTokens":100,"temperature":0}""");
        JsonAssert.Equal("""{"maxOutputTokens":95,"temperature":0}""", server.Requests[1].Json!["generationConfig"]);
    }

    [Theory]
    [InlineData("""{"responseMimeType":"application/json"}""", ChatResumeRefusal.StructuredOutput)]
    [InlineData("""{"candidateCount":2}""", ChatResumeRefusal.SeveralChoices)]
    public async Task Answers_that_cannot_be_continued_are_not_resumed(string config, ChatResumeRefusal expected)
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("The sky is blue because air scatters blue light.").CutAtEvent(5));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => ResumeAsync(server, "gemini-2.0-flash", config));
        Assert.Equal(expected, failure.ResumeRefusal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(ErrorFormat.Data)]
    [InlineData(ErrorFormat.Event)]
    [InlineData(ErrorFormat.BareJson)]
    [InlineData(ErrorFormat.Field)]
    public async Task An_error_within_the_stream_is_read_in_any_form(ErrorFormat form)
    {
        foreach (string query in (string[])["?alt=sse", ""])
        {
            await using ScriptedLlmServer server = await StartAsync(Script.Answer("The sky is blue.").FailAtEvent(2, ErrorFrame.Create(form)));
            using var client = new LlmStreamClient(new LlmStreamOptions
            {
                Provider = server.Provider with { ChatPath = "models/{model}:streamGenerateContent" + query },
                Resume = new LlmResumeOptions { MaxResumes = 0 },
            });
            ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync("Why?").CollectAsync());
            Assert.Equal((ChatStreamError.ProviderError, "INTERNAL", true, "The sky"), (failure.Error, failure.ProviderCode, failure.IsTransient, failure.Partial.Text));
        }
    }

    [Fact]
    public async Task The_message_of_an_error_response_is_read()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Status(429));
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider, Retry = new LlmRetryOptions { MaxRetries = 0 } });
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync("Why?").CollectAsync());
        Assert.Equal((ChatStreamError.RateLimited, "RESOURCE_EXHAUSTED"), (failure.Error, failure.ProviderCode));
    }

    [Theory]
    [InlineData(400, """{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}""", ChatStreamError.Unauthorized, null)]
    [InlineData(400, """{"@type":"type.googleapis.com/google.rpc.BadRequest"}""", ChatStreamError.InvalidRequest, null)]
    [InlineData(429, """{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"13.5s"}""", ChatStreamError.RateLimited, 13.5)]
    [InlineData(429, """{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"soon"}""", ChatStreamError.RateLimited, null)]
    [InlineData(503, "null", ChatStreamError.ServerError, null)]
    public async Task The_details_of_an_error_response_are_read(int status, string detail, ChatStreamError expected, double? seconds)
    {
        string body = "{\"error\":{\"code\":" + status + ",\"message\":\"No.\",\"status\":\"X\",\"details\":[" + detail + "]}}";
        await using ScriptedLlmServer server = await StartAsync(Script.Status(status, body));
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider, Retry = new LlmRetryOptions { MaxRetries = 0 } });
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync("Why?").CollectAsync());

        Assert.Equal((expected, "No."), (failure.Error, failure.ProviderMessage));
        Assert.Equal(seconds, failure.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public void Thoughts_are_not_part_of_a_prefill()
    {
        var dialect = new GeminiDialect();
        var message = (JsonObject)JsonNode.Parse("""{"role":"model","parts":[{"text":"Hm.","thought":true},{"text":"A"},{"text":"B"}]}""")!;
        Assert.Equal("AB", dialect.TextOf(message));
        Assert.True(dialect.IsFrom(isAssistant: true, message));
        Assert.True(dialect.IsFrom(isAssistant: false, new JsonObject { ["parts"] = new JsonObject { ["text"] = "Hi" } }));
        Assert.Equal("Hi", dialect.TextOf(new JsonObject { ["parts"] = new JsonObject { ["text"] = "Hi" } }));
        Assert.Equal(ChatContinuation.Restart, ContinuationStrategy.Choose(new LlmResumeOptions { Continuation = ChatContinuation.Restart }, LlmProvider.Gemini, [], hasReasoning: false));
    }

    private static Task<ScriptedLlmServer> StartAsync(Script script) => ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Gemini });

    private static async Task<ChatStreamResult> ResumeAsync(ScriptedLlmServer server, string model, string? config)
    {
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider, Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero } });
        var body = new JsonObject { ["model"] = model, ["contents"] = JsonNode.Parse("""[{"role":"user","parts":[{"text":"Why is the sky blue?"}]}]""") };
        if (config is not null) body["generationConfig"] = JsonNode.Parse(config);
        return await client.StreamAsync(body).CollectAsync();
    }
}
