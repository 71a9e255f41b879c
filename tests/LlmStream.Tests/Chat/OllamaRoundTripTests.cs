using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using LlmStream.Testing;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Chat;

/// <summary>Conversations in Ollama's native format between a client and a server, including what is sent back.</summary>
public class OllamaRoundTripTests
{
    private const string Arguments = """{"city":"北京 <north>","days":2}""";

    private static readonly string[] Path = ["/api/chat", "/api/chat"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tool_calls_are_sent_back_with_their_results(bool asChatClient)
    {
        await using ScriptedLlmServer server = await StartAsync(
            Script.Answer("I look it up.").WithReasoning("Two cities.").WithToolCall("weather", Arguments).WithToolCall("now", "{}")
                .Then(Script.Answer("Sunny.")));
        using var client = new LlmStreamClient(server.Provider);
        List<ChatMessage> history = [new(ChatRole.User, "Weather?")];
        var options = new ChatOptions
        {
            Tools =
            [
                AIFunctionFactory.CreateDeclaration("weather", "How it is.", default),
                AIFunctionFactory.CreateDeclaration("now", null, default),
            ],
        };

        if (asChatClient)
        {
            ChatResponse response = await client.AsIChatClient().GetStreamingResponseAsync(history, options).ToChatResponseAsync();
            Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
            history.AddMessages(response);
        }
        else
        {
            ChatStreamResult answer = await client.StreamAsync(history, options).CollectAsync();
            Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
            Assert.Equal(Arguments, answer.ToolCalls[0].Arguments);
            history.Add(answer.ToChatMessage());
        }

        FunctionCallContent[] calls = [.. history[1].Contents.OfType<FunctionCallContent>()];
        history.Add(
            new ChatMessage(ChatRole.Tool, [.. calls.Select(call => new FunctionResultContent(call.CallId, $"result of {call.Name}"))]));
        Assert.Equal("Sunny.", (await client.StreamAsync(history, options).CollectAsync()).Text);

        Assert.Equal(Path, server.Requests.Select(request => request.Path));
        JsonAssert.Equal(
            """
            [
              {"role":"user","content":"Weather?"},
              {"role":"assistant","content":"I look it up.","thinking":"Two cities.","tool_calls":[
                {"id":"call_1","function":{"name":"weather","arguments":{"city":"北京 <north>","days":2}}},
                {"id":"call_2","function":{"name":"now","arguments":{}}}]},
              {"role":"tool","content":"result of weather","tool_name":"weather","tool_call_id":"call_1"},
              {"role":"tool","content":"result of now","tool_name":"now","tool_call_id":"call_2"}
            ]
            """,
            server.Requests[1].Json!["messages"]);
    }

    [Fact]
    public async Task A_tool_call_is_complete_when_it_arrives_and_gets_an_id()
    {
        const string body =
            """
            {"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"now","arguments":{}}}]},"done":false}
            {"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}
            """;
        List<ChatDelta> deltas = (await Outcome.ReadAsync(body, ChatDialect.Ollama)).Deltas;
        Assert.True(Assert.Single(deltas[0].ToolCalls).IsComplete);

        ChatResponse response = await ChatResponseUpdates.FromDeltas(Outcome.Feed(deltas), CancellationToken.None).ToChatResponseAsync();
        Assert.StartsWith(
            "call_", Assert.IsType<FunctionCallContent>(Assert.Single(Assert.Single(response.Messages).Contents)).CallId,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_durations_as_separate_counts()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("ollama/chat.ndjson").Bytes, ChatDialect.Ollama);
        AdditionalPropertiesDictionary<long> counts = outcome.Result.Usage!.AdditionalCounts!;
        Assert.Equal(
            ["eval_duration 600000000", "load_duration 12345678", "prompt_eval_duration 200000000", "total_duration 812345678"],
            counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value}"));
    }

    [Fact]
    public async Task A_malformed_line_has_no_effect()
    {
        Outcome outcome = await Outcome.ReadAsync(
            "{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false}\n"
            + "{\"model\":\"m\",\"eval_count\":7,\"total_duration\":8,\"done\":true,}\n",
            ChatDialect.Ollama);
        Assert.Equal(nameof(ChatStreamError.MalformedEvent), outcome.Ending);
        Assert.Null(outcome.Result.Usage);
        Assert.Equal("a", outcome.Result.Text);
    }

    [Theory]
    [InlineData("iVBORw0KGgo=", "image/png")]
    [InlineData("/9j/4AAQ", "image/jpeg")]
    [InlineData("R0lGODlh", "image/gif")]
    [InlineData("UklGRiQAAABXRUJQ", "image/webp")]
    public async Task An_image_is_a_content(string base64, string mediaType)
    {
        string[] fields =
        [
            $"\"message\":{{\"role\":\"assistant\",\"content\":\"\",\"images\":[\"{base64}\"]}}",
            $"\"response\":\"\",\"image\":\"{base64}\"",
        ];
        foreach (string field in fields)
        {
            Outcome outcome =
                await Outcome.ReadAsync($"{{\"model\":\"m\",{field},\"done\":true,\"done_reason\":\"stop\"}}", ChatDialect.Ollama);
            DataContent image = Assert.IsType<DataContent>(Assert.Single(outcome.Result.ToChatMessage().Contents));
            Assert.Equal((mediaType, base64), (image.MediaType, image.Base64Data.ToString()));
        }
    }

    [Theory]
    [InlineData("7")]
    [InlineData("\"no base-64\"")]
    [InlineData("[1,\"\",null]")]
    public async Task Ignores_images_of_the_wrong_type(string images)
    {
        Outcome outcome = await Outcome.ReadAsync(
            $"{{\"model\":\"m\",\"message\":{{\"content\":\"a\",\"images\":{images}}},\"done\":true}}", ChatDialect.Ollama);
        Assert.Equal("Complete a 0", $"{outcome.Ending} {outcome.Result.Text} {outcome.Result.Choices[0].OtherContents.Count}");
    }

    [Fact]
    public async Task Resumes_an_answer_by_prefill()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("One two three four.").ResetAtEvent(2).ThenWithoutFaults());
        using var client = new LlmStreamClient(server.Provider);
        ChatStreamResult answer = await client.StreamAsync("Count.", new ChatOptions { MaxOutputTokens = 50 }).CollectAsync();

        Assert.Equal("One two three four.", answer.Text);
        Assert.Equal(ContinuationKind.Prefill, server.Requests[1].Continuation);
        JsonAssert.Equal(
            """[{"role":"user","content":"Count."},{"role":"assistant","content":"One two"}]""", server.Requests[1].Json!["messages"]);
    }

    [Fact]
    public async Task Does_not_resume_a_prompt_without_a_conversation()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("One two three four.").ResetAtEvent(2).ThenWithoutFaults());
        using var client = new LlmStreamClient(server.Provider);
        var body = new JsonObject { ["model"] = "m", ["prompt"] = "Count." };

        ChatStreamException exception = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync(body).CollectAsync());
        Assert.Equal(
            ("/api/generate", ChatResumeRefusal.NoConversation, "One two"),
            (server.Requests[0].Path, exception.ResumeRefusal, exception.Partial.Text));

        server.Play(Script.Answer("One two three four.").ResetAtEvent(2).ThenWithoutFaults());
        using var restarting = new LlmStreamClient(
            new LlmStreamOptions { Provider = server.Provider, Resume = new ResumeOptions { Strategy = ChatContinuation.Restart } });
        Assert.Equal("One two three four.", (await restarting.StreamAsync(body).CollectAsync()).Text);
    }

    [Fact]
    public async Task Does_not_resume_structured_output()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("[1, 2, 3, 4]").ResetAtEvent(2));
        using var client = new LlmStreamClient(server.Provider);
        ChatStreamException exception = await Assert.ThrowsAsync<ChatStreamException>(
            () => client.StreamAsync("Count.", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }).CollectAsync());
        Assert.Equal(ChatResumeRefusal.StructuredOutput, exception.ResumeRefusal);
    }

    private static Task<ScriptedLlmServer> StartAsync(Script script) =>
        ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Ollama });
}
