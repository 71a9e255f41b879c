using System.Text.Json.Nodes;
using LlmStream.Testing;
using LlmStream.Tests.Client.Sockets;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>Conversations with tools in Responses: reasoning and calls are sent back as they came.</summary>
public class ResponsesRoundTripTests
{
    private const string Reasoning =
        """{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Two cities."}],"encrypted_content":"gAAA"}""";
    private const string Call =
        """{"id":"fc_1","type":"function_call","status":"completed","call_id":"c1","name":"weather","arguments":"{\"city\":\"北京\"}"}""";

    private static readonly string Calls =
        Event("""{"type":"response.created","response":{"id":"resp_1","model":"m"}}""")
        + Event("""{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}""")
        + Event("""{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Two cities."}""")
        + Event($$$"""{"type":"response.output_item.done","output_index":0,"item":{{{Reasoning}}}}""")
        + Event("""{"type":"response.output_item.added","output_index":1,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"weather","arguments":""}}""")
        + Event("""{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":1,"delta":"{\"city\":\"北京\"}"}""")
        + Event($$$"""{"type":"response.output_item.done","output_index":1,"item":{{{Call}}}}""")
        + Event($$$"""{"type":"response.completed","response":{"id":"resp_1","output":[{{{Reasoning}}},{{{Call}}}]}}""");

    private static readonly string Answer =
        Event("""{"type":"response.output_text.delta","item_id":"m","output_index":0,"delta":"Sunny."}""")
        + Event("""{"type":"response.completed","response":{"id":"resp_2"}}""");

    private static readonly AIFunction Weather = AIFunctionFactory.Create((string city) => city + ": sunny", "weather");

    [Fact]
    public async Task A_collected_answer_is_sent_back_as_it_came()
    {
        var server = new StubServer().Streams(Calls).Streams(Answer);
        using LlmStreamClient client = Client(server);
        List<ChatMessage> history = [new(ChatRole.User, "Weather?")];
        var options = new ChatOptions { Tools = [Weather] };

        ChatStreamResult answer = await client.StreamAsync(history, options).CollectAsync();
        history.Add(answer.ToChatMessage());
        history.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", "北京: sunny")]));
        Assert.Equal("Sunny.", (await client.StreamAsync(history, options).CollectAsync()).Text);

        AssertSentBack(server.Bodies[1]);
    }

    [Fact]
    public async Task A_response_of_a_chat_client_is_sent_back_as_it_came()
    {
        var server = new StubServer().Streams(Calls).Streams(Answer);
        using LlmStreamClient client = Client(server);
        IChatClient chat = client.AsIChatClient();
        List<ChatMessage> history = [new(ChatRole.User, "Weather?")];
        var options = new ChatOptions { Tools = [Weather] };

        ChatResponse response = await chat.GetResponseAsync(history, options);
        history.AddMessages(response);
        var results = new ChatMessage(ChatRole.Tool, []);
        foreach (FunctionCallContent call in response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
        {
            object? result = await Weather.InvokeAsync(new AIFunctionArguments(call.Arguments));
            results.Contents.Add(new FunctionResultContent(call.CallId, result));
        }

        history.Add(results);
        Assert.Equal("Sunny.", (await chat.GetResponseAsync(history, options)).Text);

        AssertSentBack(server.Bodies[1]);
    }

    [Fact]
    public async Task The_scripted_server_accepts_the_conversation()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Answer("Let me see.").WithReasoning("Hm.").WithToolCall("weather", """{"city":"Rome"}""").Then(Script.Answer("Sunny.")),
            new ScriptedLlmServerOptions { Dialect = ChatDialect.Responses });
        using LlmStreamClient client = server.Provider.Client();
        List<ChatMessage> history = [new(ChatRole.User, "Weather?")];

        ChatResponse response = await client.AsIChatClient().GetResponseAsync(history);
        history.AddMessages(response);
        history.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("call_1", "sunny")]));
        Assert.Equal("Sunny.", (await client.AsIChatClient().GetResponseAsync(history)).Text);

        JsonArray items = server.Requests[1].Json!["input"]!.AsArray();
        Assert.Equal(
            ["user", "reasoning", "message", "function_call", "function_call_output"],
            items.Select(item => (string?)item!["type"] ?? (string?)item["role"]));
        Assert.Equal("responses", server.Requests[0].Dialect!.Name);
    }

    private static void AssertSentBack(string body) => JsonAssert.Equal(
        $$"""
        [{"role":"user","content":"Weather?"},
         {{Reasoning}},
         {"type":"function_call","call_id":"c1","name":"weather","arguments":"{\"city\":\"北京\"}"},
         {"type":"function_call_output","call_id":"c1","output":"北京: sunny"}]
        """,
        JsonNode.Parse(body)!["input"]);

    private static LlmStreamClient Client(StubServer server) =>
        server.Client(options => options.Provider = LlmProvider.OpenAIResponses with { BaseAddress = new Uri("https://llm.test/v1") });

    private static string Event(string json) => $"data: {json}\n\n";
}
