using System.Net;
using System.Text;
using System.Text.Json;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

#pragma warning disable MEAI001 // background responses and continuation tokens

namespace LlmStream.Tests.Client;

/// <summary>
/// Background responses as Microsoft.Extensions.AI defines them: each update has a token, with which another client goes on, and no other
/// answer is generated.
/// </summary>
public class BackgroundResponseTests
{
    private const string Answer = "The sky is blue, because air scatters short waves of light more than long ones.";

    private static readonly ChatOptions Background = new() { AllowBackgroundResponses = true };

    public static TheoryData<string> Formats => ["responses", "interactions"];

    [Theory, MemberData(nameof(Formats))]
    public async Task Every_update_has_a_token_except_the_last(string format)
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer(Answer), format);
        using LlmStreamClient client = ClientFor(server);
        List<ChatResponseUpdate> updates = await client.AsIChatClient().GetStreamingResponseAsync("Why?", Background).ToListAsync();

        Assert.All(updates.SkipLast(1), update => Assert.NotNull(update.ContinuationToken));
        Assert.Null(updates[^1].ContinuationToken);
        Assert.Empty(updates[0].Contents); // the provider has accepted the request
        Assert.Equal(ChatRole.Assistant, updates[0].Role);
        Assert.Equal(Answer, updates.ToChatResponse().Text);
        Assert.Single(server.Requests);
        Assert.All(updates, update => Assert.Equal(updates[0].ResponseId, update.ConversationId));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(false)]
    public async Task Other_answers_have_no_token(bool? allowed)
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer(Answer));
        using LlmStreamClient client = ClientFor(server);
        List<ChatResponseUpdate> updates = await client.AsIChatClient()
            .GetStreamingResponseAsync("Why?", new ChatOptions { AllowBackgroundResponses = allowed }).ToListAsync();
        Assert.All(updates, update => Assert.Null(update.ContinuationToken));
    }

    [Fact]
    public async Task Formats_without_background_responses_ignore_the_permission()
    {
        var server = new StubServer().Streams(StubServer.Stream("Blue."));
        ChatResponse response = await server.Client().AsIChatClient().GetResponseAsync("Why?", Background);
        Assert.Equal(("Blue.", null), (response.Text, response.ContinuationToken));
    }

    /// <summary>A process that dies after any update, and another one that goes on with the token of that update.</summary>
    [Theory, MemberData(nameof(Formats))]
    public async Task Another_client_goes_on_after_any_update(string format)
    {
        Script script = Script.Answer(Answer).WithReasoning("The user asks about the sky.").WithToolCall("get_weather", """{"city":"Oslo","days":3}""");
        await using ScriptedLlmServer server = await StartAsync(script.ThenWithoutFaults(), format);
        List<ChatResponseUpdate> all;
        using (LlmStreamClient whole = ClientFor(server)) all = await whole.AsIChatClient().GetStreamingResponseAsync("Why?", Background).ToListAsync();
        ChatResponse expected = all.ToChatResponse();
        int requests = server.Requests.Count;

        for (int count = 1; count < all.Count; count++)
        {
            List<ChatResponseUpdate> received = all[..count];
            ResponseContinuationToken token = Stored(received[^1].ContinuationToken!);
            using LlmStreamClient second = ClientFor(server);
            List<ChatResponseUpdate> rest = await second.AsIChatClient()
                .GetStreamingResponseAsync([], new ChatOptions { ContinuationToken = token }).ToListAsync();

            ChatResponse joined = received.Concat(rest).ToChatResponse();
            Assert.Equal(expected.Text, joined.Text);
            Assert.Equal(Show(expected), Show(joined));
            Assert.Equal(expected.Usage!.OutputTokenCount, joined.Usage!.OutputTokenCount);
            Assert.Equal((expected.FinishReason, expected.ResponseId, expected.ConversationId), (joined.FinishReason, joined.ResponseId, joined.ConversationId));
            Assert.All(rest.SkipLast(1), update => Assert.NotNull(update.ContinuationToken));
        }

        Assert.All(server.Requests.Skip(requests), request => Assert.Equal("GET", request.Method));
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task A_resumed_answer_may_be_interrupted_again(string format)
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer(Answer), format);
        var text = new StringBuilder();
        ResponseContinuationToken? token = null;
        int processes = 0;
        while (processes == 0 || token is not null)
        {
            processes++;
            using LlmStreamClient client = ClientFor(server);
            ChatOptions options = token is null ? Background : new ChatOptions { ContinuationToken = token };
            int updates = 0;
            await foreach (ChatResponseUpdate update in client.AsIChatClient().GetStreamingResponseAsync(token is null ? [new(ChatRole.User, "Why?")] : [], options))
            {
                text.Append(update.Text);
                token = update.ContinuationToken is { } latest ? Stored(latest) : null;
                if (++updates == 3) break;
            }
        }

        Assert.Equal(Answer, text.ToString());
        Assert.InRange(processes, 4, 20);
        Assert.Single(server.Requests, request => request.Method == "POST");
    }

    /// <summary>OpenAI streams an answer again only for five minutes. After that its state is requested until it has ended.</summary>
    [Theory, MemberData(nameof(Formats))]
    public async Task An_answer_that_cannot_be_streamed_any_more_is_polled(string format)
    {
        Script script = Script.Answer(Answer).WithReasoning("The user asks about the sky.").WithToolCall("get_weather", "{}");
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            script.Then(Script.Pending()).Then(Script.Pending()).Then(Script.Answer("")),
            new ScriptedLlmServerOptions { Dialect = DialectOf(format), StreamReplayLimit = TimeSpan.FromTicks(1) });
        var received = new List<ChatResponseUpdate>();
        using (LlmStreamClient first = ClientFor(server))
        {
            await foreach (ChatResponseUpdate update in first.AsIChatClient().GetStreamingResponseAsync("Why?", Background))
            {
                received.Add(update);
                if (update.Text.Contains("air", StringComparison.Ordinal)) break;
            }
        }

        using LlmStreamClient second = ClientFor(server);
        var options = new ChatOptions { ContinuationToken = Stored(received[^1].ContinuationToken!) };
        List<ChatResponseUpdate> rest = await second.AsIChatClient().GetStreamingResponseAsync([], options).ToListAsync();
        ChatResponse joined = received.Concat(rest).ToChatResponse();
        Assert.Equal(Answer, joined.Text);
        Assert.Equal("The user asks about the sky.", string.Concat(joined.Messages.SelectMany(message => message.Contents).OfType<TextReasoningContent>().Select(content => content.Text)));
        Assert.Equal("get_weather", Assert.Single(joined.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()).Name);
        Assert.Single(server.Requests, request => request.Method == "POST");
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task A_connection_that_is_lost_meanwhile_is_replayed(string format)
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer(Answer).Then(Script.Answer(Answer).CutAtEvent(9)).ThenWithoutFaults(), format);
        ResponseContinuationToken token;
        using (LlmStreamClient first = ClientFor(server)) token = await FirstTokenAsync(first, updates: 3);
        using LlmStreamClient second = ClientFor(server);
        ChatResponse rest = await second.AsIChatClient().GetStreamingResponseAsync([], new ChatOptions { ContinuationToken = token }).ToChatResponseAsync();
        Assert.EndsWith(rest.Text, Answer, StringComparison.Ordinal);
        Assert.NotEqual(Answer, rest.Text);
        Assert.Equal(["POST", "GET", "GET"], server.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task Deltas_announce_nothing()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer(Answer));
        using LlmStreamClient client = ClientFor(server);
        List<ChatDelta> kept = await client.StreamAsync("Why?", Background).ToListAsync();
        List<ChatDelta> other = await client.StreamAsync("Why?").ToListAsync();
        Assert.Equal(other.Select(delta => (delta.Role, delta.Text)), kept.Select(delta => (delta.Role, delta.Text)));
    }

    [Fact]
    public async Task Without_streaming_the_answer_is_polled()
    {
        var server = new StubServer()
            .Streams("""data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"queued","model":"m-2","store":true}}""" + "\n\n")
            .Answers(HttpStatusCode.OK, """{"id":"resp_1","object":"response","status":"queued"}""")
            .Answers(HttpStatusCode.BadGateway)
            .Answers(HttpStatusCode.OK, """{"id":"resp_1","object":"response","status":"in_progress"}""")
            .Answers(HttpStatusCode.OK, """{"id":"resp_1","object":"response","status":"completed","model":"m-2","store":true,"output":[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"Blue."}]}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}""");
        using LlmStreamClient client = server.Client(Responses);
        IChatClient chat = client.AsIChatClient();

        ChatResponse response = await chat.GetResponseAsync("Why?", Background);
        Assert.Equal(("", "resp_1", "resp_1"), (response.Text, response.ResponseId, response.ConversationId));
        int polls = 0;
        while (response.ContinuationToken is { } token)
        {
            Assert.Empty(response.Messages);
            response = await chat.GetResponseAsync([], new ChatOptions { ContinuationToken = Stored(token) });
            polls++;
        }

        Assert.Equal(3, polls);
        Assert.Equal(("Blue.", "resp_1", ChatFinishReason.Stop), (response.Text, response.ConversationId, response.FinishReason!.Value));
        Assert.Equal((3L, 2L), (response.Usage!.InputTokenCount!.Value, response.Usage.OutputTokenCount!.Value));
        Assert.Equal(HttpMethod.Post, server.Requests[0].Method);
        Assert.All(server.Requests.Skip(1), request => Assert.Equal((HttpMethod.Get, "/v1/responses/resp_1"), (request.Method, request.RequestUri!.PathAndQuery)));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("cancelled")]
    public async Task A_polled_answer_that_failed_is_an_error(string status)
    {
        var server = new StubServer().Answers(
            HttpStatusCode.OK, $$$"""{"id":"resp_1","object":"response","status":"{{{status}}}","error":{"code":"server_error","message":"It broke."}}""");
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client(Responses).AsIChatClient().GetResponseAsync([], new ChatOptions { ContinuationToken = Token() }));
        Assert.Equal(ChatStreamError.ProviderError, failure.Error);
    }

    [Fact]
    public async Task An_answer_that_is_not_kept_any_more_is_an_error_and_not_generated_again()
    {
        const string gone = """{"error":{"message":"Response with id 'resp_1' not found.","code":"not_found"}}""";
        var server = new StubServer().Answers(HttpStatusCode.NotFound, gone).Answers(HttpStatusCode.NotFound, gone);
        IChatClient chat = server.Client(Responses).AsIChatClient();
        var options = new ChatOptions { ContinuationToken = Token() };
        Assert.Equal(ChatStreamError.InvalidRequest, (await Assert.ThrowsAsync<ChatStreamException>(() => chat.GetResponseAsync([], options))).Error);
        Assert.Equal(ChatStreamError.InvalidRequest, (await Assert.ThrowsAsync<ChatStreamException>(() => chat.GetStreamingResponseAsync([], options).ToListAsync().AsTask())).Error);
        Assert.All(server.Requests, request => Assert.Equal(HttpMethod.Get, request.Method));
    }

    public static TheoryData<string, string> ForeignTokens => new()
    {
        { """{"responseId":"resp_1","sequenceNumber":3}""", "not created by LlmStream" }, // Microsoft.Extensions.AI.OpenAI
        { """{"type":"chatClientAgentContinuationToken"}""", "not created by LlmStream" },
        { "", "not created by LlmStream" },
        { "[1]", "not created by LlmStream" },
        { "{\"llmstream\":1}", "not created by LlmStream" },
        { """{"llmstream":2,"id":"resp_1"}""", "version 2" },
        { """{"llmstream":1,"provider":"azure","dialect":"responses","id":"resp_1","text":0,"reasoning":0,"calls":0,"others":0}""", "\"azure\"" },
        { """{"llmstream":1,"provider":"openai-responses","dialect":"gemini","id":"resp_1","text":0,"reasoning":0,"calls":0,"others":0}""", "format gemini" },
    };

    [Theory]
    [MemberData(nameof(ForeignTokens))]
    public async Task A_token_of_another_client_is_refused(string token, string expected)
    {
        var server = new StubServer();
        IChatClient chat = server.Client(Responses).AsIChatClient();
        var options = new ChatOptions { ContinuationToken = ResponseContinuationToken.FromBytes(Encoding.UTF8.GetBytes(token)) };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => { chat.GetStreamingResponseAsync([], options); });
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, (await Assert.ThrowsAsync<ArgumentException>(() => chat.GetResponseAsync([], options))).Message);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_token_is_refused_by_a_client_of_a_format_that_keeps_nothing()
    {
        var server = new StubServer();
        var options = new ChatOptions { ContinuationToken = Token() };
        Assert.Throws<ArgumentException>(() => { server.Client().AsIChatClient().GetStreamingResponseAsync([], options); });
        Assert.Contains("AsIChatClient", Assert.Throws<ArgumentException>(() => { server.Client(Responses).StreamAsync([new(ChatRole.User, "Why?")], options); }).Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Messages_cannot_be_added()
    {
        var server = new StubServer();
        var options = new ChatOptions { ContinuationToken = Token() };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => { server.Client(Responses).AsIChatClient().GetStreamingResponseAsync("And?", options); });
        Assert.Equal("messages", refused.ParamName);
    }

    [Fact]
    public async Task A_token_has_nothing_but_ids_and_lengths()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer(Answer));
        using LlmStreamClient client = ClientFor(server);
        string token = Encoding.UTF8.GetString((await FirstTokenAsync(client, updates: 4)).ToBytes().Span);
        Assert.Equal(
            ["llmstream", "provider", "dialect", "id", "text", "reasoning", "calls", "others"],
            JsonDocument.Parse(token).RootElement.EnumerateObject().Select(field => field.Name));
        Assert.DoesNotContain("sky", token, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", token, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", token, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interaction_is_polled_without_streaming_and_goes_on()
    {
        const string Done = """{"id":"v1_1","object":"interaction","status":"completed","model":"g-1","steps":[{"type":"model_output","content":[{"type":"text","text":"Blue."}]}],"usage":{"total_input_tokens":3,"total_output_tokens":2,"total_tokens":5}}""";
        var server = new StubServer()
            .Streams("""data: {"event_type":"interaction.created","event_id":"e0","interaction":{"id":"v1_1","status":"in_progress","model":"g-1"}}""" + "\n\n")
            .Answers(HttpStatusCode.OK, """{"id":"v1_1","object":"interaction","status":"in_progress"}""").Answers(HttpStatusCode.OK, Done).Answers(HttpStatusCode.OK, Done);
        using LlmStreamClient client = server.Client(options => options.Provider = LlmProvider.GeminiInteractions with { BaseAddress = new Uri("https://llm.test/v1beta"), DefaultModel = "g-1" });
        IChatClient chat = client.AsIChatClient();

        ChatResponse response = await chat.GetResponseAsync("Why?", Background);
        while (response.ContinuationToken is { } token) response = await chat.GetResponseAsync([], new ChatOptions { ContinuationToken = Stored(token) });
        Assert.Equal(("Blue.", "v1_1", ChatFinishReason.Stop), (response.Text, response.ConversationId, response.FinishReason!.Value));
        Assert.Equal(5, response.Usage!.TotalTokenCount);
        Assert.Equal(["POST", "GET", "GET"], server.Requests.Select(request => request.Method.Method));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("/v1beta/interactions/v1_1", request.RequestUri!.PathAndQuery));
        Assert.True((bool)System.Text.Json.Nodes.JsonNode.Parse(server.Bodies[0])!["background"]!);

        ArgumentException refused = Assert.Throws<ArgumentException>(() => { chat.GetStreamingResponseAsync([], new ChatOptions { ContinuationToken = Token() }); });
        Assert.Contains("openai-responses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Functions_are_invoked_after_an_interruption()
    {
        Script script = Script.Answer("").WithToolCall("get_weather", """{"city":"Oslo"}""").Then(Script.Answer("")).Then(Script.Answer("It is cold."));
        await using ScriptedLlmServer server = await StartAsync(script);
        ResponseContinuationToken token;
        using (LlmStreamClient first = ClientFor(server)) token = await FirstTokenAsync(first, updates: 2);

        var cities = new List<string>();
        AIFunction tool = AIFunctionFactory.Create((string city) => { cities.Add(city); return "-5 °C"; }, "get_weather");
        using LlmStreamClient second = ClientFor(server);
        IChatClient chat = second.AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { ContinuationToken = token, AllowBackgroundResponses = true, Tools = [tool] };
        ChatResponse response = await chat.GetStreamingResponseAsync([], options).ToChatResponseAsync();

        Assert.Equal(["Oslo"], cities);
        Assert.Equal("It is cold.", response.Messages[^1].Text);
        Assert.Equal(["POST", "GET", "POST"], server.Requests.Select(request => request.Method));
        // The conversation is with the provider: only the result is sent.
        Assert.Equal(server.Requests[1].Path.Split('/')[^1], (string)server.Requests[2].Json!["previous_response_id"]!);
        Assert.Equal("function_call_output", (string)Assert.Single(server.Requests[2].Json!["input"]!.AsArray())!["type"]!);
    }

    [Theory]
    [InlineData(""" "store":true """, """ "store":true """, "resp_1")]
    [InlineData(""" "store":true """, """ "id":"resp_1" """, "resp_1")]
    [InlineData("", """ "store":true """, "resp_1")]
    [InlineData("", """ "store":false """, null)] // a server that is stateless
    [InlineData("", """ "id":"resp_1" """, null)] // or does not say
    [InlineData(""" "store":false """, """ "store":true """, null)]
    [InlineData(""" "conversation":"conv_1" """, """ "store":true """, "conv_1")]
    [InlineData(""" "conversation":{"id":"conv_1"} """, """ "id":"resp_1" """, "conv_1")]
    [InlineData(""" "previous_response_id":"resp_0" """, """ "id":"resp_1" """, "resp_1")]
    public async Task The_conversation_goes_on_from_what_is_stored(string request, string response, string? expected)
    {
        var server = new StubServer().Streams(
            $$$"""data: {"type":"response.created","response":{"id":"resp_1","status":"in_progress",{{{response}}}}}""" + "\n\n"
            + """data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Blue."}""" + "\n\n"
            + """data: {"type":"response.completed","response":{"id":"resp_1","status":"completed"}}""" + "\n\n");
        var options = new ChatOptions { RawRepresentationFactory = _ => System.Text.Json.Nodes.JsonNode.Parse("{" + request + "}") };
        ChatResponse answer = await server.Client(Responses).AsIChatClient().GetResponseAsync("Why?", options);
        Assert.Equal(("Blue.", expected), (answer.Text, answer.ConversationId));
    }

    private static Task<ScriptedLlmServer> StartAsync(Script script, string format = "responses") =>
        ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = DialectOf(format) });

    private static ChatDialect DialectOf(string format) => ChatDialect.All.Single(dialect => dialect.Name == format);

    private static LlmStreamClient ClientFor(ScriptedLlmServer server) => new(new LlmStreamOptions
    {
        Provider = (server.Provider.Dialect == ChatDialect.Responses ? LlmProvider.OpenAIResponses : LlmProvider.GeminiInteractions)
            with
        { BaseAddress = server.Provider.BaseAddress },
        ApiKey = "sk-secret-0123456789",
        Model = "m-1",
        Retry = new LlmRetryOptions { BaseDelay = TimeSpan.FromMilliseconds(1) },
        Resume = new LlmResumeOptions { PollInterval = TimeSpan.FromMilliseconds(1) },
    });

    private static void Responses(LlmStreamOptions options) =>
        options.Provider = LlmProvider.OpenAIResponses with { BaseAddress = new Uri("https://llm.test/v1"), DefaultModel = "m-1" };

    private static ResponseContinuationToken Token() => Stored(new LlmStream.Chat.Updates.BackgroundToken
    {
        Provider = "openai-responses", Dialect = "responses", ResponseId = "resp_1",
    });

    /// <summary>The token as another process reads it.</summary>
    private static ResponseContinuationToken Stored(ResponseContinuationToken token) => JsonSerializer.Deserialize<ResponseContinuationToken>(
        JsonSerializer.Serialize(token, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;

    /// <summary>Reads some updates, and dies.</summary>
    private static async Task<ResponseContinuationToken> FirstTokenAsync(LlmStreamClient client, int updates)
    {
        await foreach (ChatResponseUpdate update in client.AsIChatClient().GetStreamingResponseAsync("Why?", Background))
        {
            if (--updates == 0) return Stored(update.ContinuationToken!);
        }

        throw new InvalidOperationException("The answer has fewer updates.");
    }

    private static string Show(ChatResponse response) => string.Join('|', response.Messages.SelectMany(message => message.Contents).Select(content => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent reasoning => $"({reasoning.Text})",
        FunctionCallContent call => $"{call.CallId} {call.Name}({JsonSerializer.Serialize(call.Arguments)})",
        _ => content.GetType().Name,
    }));
}
