using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>Ollama's native format end to end: a client, a server, and what is sent back.</summary>
public class OllamaRoundTripTests
{
    private const string Arguments = """{"city":"北京 <north>","days":2}""";

    private static readonly string[] Path = ["/api/chat", "/api/chat"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_are_sent_back_with_their_results(bool asChatClient)
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
        AIContent[] results = [.. calls.Select(call => new FunctionResultContent(call.CallId, $"result of {call.Name}"))];
        history.Add(new ChatMessage(ChatRole.Tool, results));
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
    public async Task A_call_is_complete_at_once_and_has_a_generated_id()
    {
        const string body =
            """
            {"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"now","arguments":{}}}]},"done":false}
            {"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}
            """;
        List<ChatDelta> deltas = (await Outcome.ReadAsync(body, ChatDialect.Ollama)).Deltas;
        Assert.True(Assert.Single(deltas[0].ToolCalls).IsComplete);

        ChatResponse response = await ChatResponseUpdates.FromDeltas(Outcome.Feed(deltas)).ToChatResponseAsync();
        FunctionCallContent call = Assert.IsType<FunctionCallContent>(Assert.Single(Assert.Single(response.Messages).Contents));
        Assert.StartsWith("call_", call.CallId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Durations_are_additional_counts()
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
        const string body =
            """
            {"model":"m","message":{"content":"a"},"done":false}
            {"model":"m","eval_count":7,"total_duration":8,"done":true,}

            """;
        Outcome outcome = await Outcome.ReadAsync(body, ChatDialect.Ollama);
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
        string chat = $$$"""{"model":"m","message":{"role":"assistant","content":"","images":["{{{base64}}}"]},"done":true}""";
        string generate = $$"""{"model":"m","response":"","image":"{{base64}}","done":true}""";
        foreach (string line in new[] { chat, generate })
        {
            Outcome outcome = await Outcome.ReadAsync(line, ChatDialect.Ollama);
            DataContent image = Assert.IsType<DataContent>(Assert.Single(outcome.Result.ToChatMessage().Contents));
            Assert.Equal((mediaType, base64), (image.MediaType, image.Base64Data.ToString()));
        }
    }

    [Theory]
    [InlineData("7")]
    [InlineData("\"no base-64\"")]
    [InlineData("[1,\"\",null]")]
    public async Task Invalid_images_are_ignored(string images)
    {
        string line = $$$"""{"model":"m","message":{"content":"a","images":{{{images}}}},"done":true}""";
        Outcome outcome = await Outcome.ReadAsync(line, ChatDialect.Ollama);
        Assert.Equal("Complete a 0", $"{outcome.Ending} {outcome.Result.Text} {outcome.Result.Choices[0].OtherContents.Count}");
    }

    [Fact]
    public async Task A_truncated_answer_is_continued_by_prefill()
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
    public async Task A_prompt_has_no_conversation_to_continue()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("One two three four.").ResetAtEvent(2).ThenWithoutFaults());
        using var client = new LlmStreamClient(server.Provider);
        var body = new JsonObject { ["model"] = "m", ["prompt"] = "Count." };

        ChatStreamException exception = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync(body).CollectAsync());
        Assert.Equal("/api/generate", server.Requests[0].Path);
        Assert.Equal((ChatResumeRefusal.NoConversation, "One two"), (exception.ResumeRefusal, exception.Partial.Text));

        server.Play(Script.Answer("One two three four.").ResetAtEvent(2).ThenWithoutFaults());
        var restart = new LlmResumeOptions { Continuation = ChatContinuation.Restart };
        using var restarting = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider, Resume = restart });
        Assert.Equal("One two three four.", (await restarting.StreamAsync(body).CollectAsync()).Text);
    }

    [Fact]
    public async Task Structured_output_is_not_resumed()
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
