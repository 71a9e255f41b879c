using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using LlmStream.Dialects.OpenAI;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>From the bytes of a stream to a response, and from the response to the next request, in OpenAI's format.</summary>
public class ToolRoundTripTests
{
    private const string Calls =
        """
        data: {"id":"chatcmpl-1","model":"m","created":1,"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":"Two cities."}}]}

        data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"I look it up."}}]}

        data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":"}}]}}]}

        data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"weather","arguments":"{\"city\":\"北京\"}"}}]}}]}

        data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Rome\"}"}}]}}]}

        data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}

        data: [DONE]


        """;

    [Fact]
    public async Task Calls_are_sent_back_with_their_results()
    {
        AIFunction weather = AIFunctionFactory.Create((string city) => new JsonObject { ["city"] = city, ["sky"] = "sunny" }, "weather");
        List<ChatMessage> history = [new(ChatRole.User, "Weather in Rome and 北京?")];

        ChatResponse response = await ReadAsync(Calls);
        history.AddMessages(response);
        history.Add(await RunAsync(response, weather));

        Assert.Equal(12, response.Usage!.TotalTokenCount);
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        var style = new LlmRequestStyle { ReasoningField = "reasoning_content" };
        JsonAssert.Equal(
            """
            [
              {"role":"user","content":"Weather in Rome and 北京?"},
              {"role":"assistant","content":"I look it up.","reasoning_content":"Two cities.","tool_calls":[
                {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}},
                {"id":"c2","type":"function","function":{"name":"weather","arguments":"{\"city\":\"北京\"}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"{\"city\":\"Rome\",\"sky\":\"sunny\"}"},
              {"role":"tool","tool_call_id":"c2","content":"{\"city\":\"北京\",\"sky\":\"sunny\"}"}
            ]
            """,
            style.BuildRequest(history)["messages"]);
    }

    [Fact]
    public async Task A_call_with_malformed_arguments_and_no_id_is_sent_back_as_a_valid_one()
    {
        const string bad =
            """
            data: {"id":"r-1","choices":[{"index":0,"delta":{"tool_calls":[{"function":{"name":"weather","arguments":"{\"city\":"}}]},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """;
        ChatResponse response = await ReadAsync(bad);
        FunctionCallContent call = Assert.IsType<FunctionCallContent>(Assert.Single(Assert.Single(response.Messages).Contents));
        Assert.NotNull(call.Exception);

        var result = new FunctionResultContent(call.CallId, null) { Exception = call.Exception };
        JsonArray messages = ChatDialect.OpenAI.BuildRequest([.. response.Messages, new(ChatRole.Tool, [result])])["messages"]!.AsArray();
        JsonAssert.Equal(
            """[{"id":"call_r1_0","type":"function","function":{"name":"weather","arguments":"{}"}}]""", messages[0]!["tool_calls"]);
        Assert.Equal("call_r1_0", (string?)messages[1]!["tool_call_id"]);
        Assert.StartsWith("Error: ", (string?)messages[1]!["content"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signatures_are_sent_back_only_to_a_provider_that_accepts_them(bool byUpdates)
    {
        const string signed =
            """
            data: {"id":"g","choices":[{"index":0,"delta":{"role":"assistant","reasoning":"Two ","reasoning_details":[{"type":"reasoning.text","text":"Two ","format":"f","index":0}]}}]}

            data: {"id":"g","choices":[{"index":0,"delta":{"reasoning":"cities.","reasoning_details":[{"type":"reasoning.text","text":"cities.","format":"f","index":0}]}}]}

            data: {"id":"g","choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"s\u00efgned","format":"f","index":0}]}}]}

            data: {"id":"g","choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"xyz","id":"e1"}]}}]}

            data: {"id":"g","choices":[{"index":0,"delta":{"content":"I look.","extra_content":{"google":{"thought_signature":"t1"}},"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"},"extra_content":{"google":{"thought_signature":"t2"}}}]}}]}

            data: {"id":"g","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(signed));
        ChatMessage message = byUpdates
            ? Assert.Single((await ReadAsync(signed)).Messages)
            : (await ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI).CollectAsync()).ToChatMessage();

        var accepting = new LlmRequestStyle { ReasoningField = "reasoning", AcceptsAnswerFields = true };
        JsonAssert.Equal(
            """
            {"role":"assistant","content":"I look.","extra_content":{"google":{"thought_signature":"t1"}},
             "tool_calls":[
               {"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"},"extra_content":{"google":{"thought_signature":"t2"}}}],
             "reasoning_details":[
               {"type":"reasoning.text","signature":"s\u00efgned","format":"f","index":0,"text":"Two cities."},
               {"type":"reasoning.encrypted","data":"xyz","id":"e1"}]}
            """,
            accepting.BuildRequest([message])["messages"]![0]);
        JsonAssert.Equal(
            """
            {"role":"assistant","content":"I look.","tool_calls":[
              {"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}}]}
            """,
            ChatDialect.OpenAI.BuildRequest([message])["messages"]![0]);
    }

    private static async Task<ChatResponse> ReadAsync(string body)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(body));
        IAsyncEnumerable<ChatDelta> deltas = ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI);
        return await ChatResponseUpdates.FromDeltas(deltas).ToChatResponseAsync();
    }

    private static async Task<ChatMessage> RunAsync(ChatResponse response, AIFunction function)
    {
        var results = new ChatMessage(ChatRole.Tool, []);
        foreach (FunctionCallContent call in response.Messages.SelectMany(message => message.Contents.OfType<FunctionCallContent>()))
        {
            object? result = await function.InvokeAsync(new AIFunctionArguments(call.Arguments));
            results.Contents.Add(new FunctionResultContent(call.CallId, result));
        }

        return results;
    }
}
