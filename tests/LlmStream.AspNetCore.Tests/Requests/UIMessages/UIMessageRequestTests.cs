using System.Text;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Requests.UIMessages;

public class UIMessageRequestTests
{
    [Fact]
    public void A_request_of_useChat()
    {
        ChatRelayRequest request = Read(
            """
            {"id":"chat-1","trigger":"submit-message","model":"m1","messages":[
              {"id":"s","role":"system","parts":[{"type":"text","text":"Be "},{"type":"text","text":"brief."}]},
              {"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]},
              {"id":"a1","role":"assistant","metadata":{"usage":{}},"parts":[
                {"type":"step-start"},
                {"type":"reasoning","text":"Hm","state":"done","providerMetadata":{"llmstream":{"signature":"sig"}}},
                {"type":"text","text":"Hello.","state":"done"}]},
              {"id":"u2","role":"user","parts":[{"type":"data-x","data":1},{"type":"text","text":"Again"}]}]}
            """);

        Assert.Equal("system: Be brief.", Describe(request.SystemMessages));
        Assert.Equal(
            """
            user: Hi
            assistant: (Hm #sig) Hello.
            user: Again
            """,
            Describe(request.Messages));
        Assert.Equal(["u1", "a1", "u2"], request.Messages.Select(message => message.MessageId));
        Assert.Equal("chat-1", request.ConversationId);
        Assert.Equal("m1", request.Model);
        Assert.Null(request.MessageId);
        Assert.False(request.IsRegeneration);
        Assert.Same(ChatWire.UIMessages, request.Wire);
        Assert.Equal("chat-1", request.Body.GetProperty("id").GetString());
    }

    [Fact]
    public void The_last_message_alone_is_read_too()
    {
        ChatRelayRequest request = Read("""{"id":"chat-1","message":{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}}""");

        Assert.Equal("user: Hi", Describe(request.Messages));
        Assert.Equal("chat-1", request.ConversationId);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","parts":[]}]}""", true)]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"user","parts":[]}]}""", true)]
    [InlineData("""{"message":{"role":"user","parts":[]}}""", true)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", false)]
    [InlineData("""{"messages":[]}""", false)]
    [InlineData("""{"messages":[1,null,"x",[]]}""", false)]
    [InlineData("""{"message":"Hi"}""", false)]
    [InlineData("""{"parts":[]}""", false)]
    [InlineData("""{}""", false)]
    public void Requests_are_recognized_by_parts(string json, bool expected)
    {
        Assert.Equal(expected, ChatWire.UIMessages.Matches(JsonDocument.Parse(json).RootElement));
    }

    [Fact]
    public void Files_are_data_or_links()
    {
        ChatMessage message = Assert.Single(Read(
            """
            {"messages":[{"role":"user","parts":[
              {"type":"file","mediaType":"image/png","filename":"a.png","url":"data:image/png;base64,AQID"},
              {"type":"file","mediaType":"image","url":"https://example.com/b.png"},
              {"type":"file","url":"http://example.com/c"},
              {"type":"file","url":"data:text/plain,hi"}]}]}
            """).Messages);

        var data = Assert.IsType<DataContent>(message.Contents[0]);
        Assert.Equal(("image/png", "a.png", 3), (data.MediaType, data.Name, data.Data.Length));
        var link = Assert.IsType<UriContent>(message.Contents[1]);
        Assert.Equal(("image/*", "https://example.com/b.png"), (link.MediaType, link.Uri.AbsoluteUri));
        Assert.Equal("application/octet-stream", Assert.IsType<UriContent>(message.Contents[2]).MediaType);
        Assert.Equal("hi", Encoding.UTF8.GetString(Assert.IsType<DataContent>(message.Contents[3]).Data.Span));
    }

    [Fact]
    public void An_answer_is_divided_into_steps_and_results()
    {
        ChatRelayRequest request = Read(Answer(
            """
            {"type":"step-start"},
            {"type":"reasoning","text":"","providerMetadata":{"llmstream":{"signature":"s1"}}},
            {"type":"tool-weather","toolCallId":"c1","state":"output-available","input":{"city":"Bonn"},"output":{"sun":true}},
            {"type":"dynamic-tool","toolName":"time","toolCallId":"c2","state":"output-available","input":{},"output":"noon"},
            {"type":"source-url","sourceId":"1","url":"https://a.b"},
            {"type":"step-start"},
            {"type":"text","text":"Sunny."},
            {"type":"file","mediaType":"image/png","url":"https://example.com/sun.png"}
            """));

        Assert.Equal(
            """
            user: Hi
            assistant: ( #s1) weather[c1]{"city":"Bonn"} time[c2]{}
            tool: [c1]={"sun":true} [c2]=noon
            assistant: Sunny. <https://example.com/sun.png>
            """,
            Describe(request.Messages));
        Assert.Equal("a1", request.MessageId);
    }

    [Theory]
    [InlineData("""{"state":"output-error","input":{"a":1},"errorText":"boom"}""", """weather[c1]{"a":1}""", "[c1]!Error: boom")]
    [InlineData("""{"state":"output-error","rawInput":"{\"ci","errorText":"bad"}""", "weather[c1]{}", "[c1]!Error: bad")]
    [InlineData("""{"state":"output-error","input":"{\"ci"}""", "weather[c1]{}", "[c1]!Error: The tool failed.")]
    [InlineData("""{"state":"output-denied","input":{},"approval":{"id":"p","approved":false,"reason":"no"}}""", "weather[c1]{}", "[c1]!Error: The user denied the call: no")]
    [InlineData("""{"state":"output-denied","input":{}}""", "weather[c1]{}", "[c1]!Error: The user denied the call.")]
    [InlineData("""{"state":"approval-responded","input":{},"approval":{"id":"p","approved":false}}""", "weather[c1]{}", "[c1]!Error: The user denied the call.")]
    [InlineData("""{"state":"approval-responded","input":{},"approval":{"id":"p","approved":true}}""", "weather[c1]{}", "[c1]!Error: The tool was not run.")]
    [InlineData("""{"state":"approval-requested","input":{},"approval":{"id":"p"}}""", "weather[c1]{}", "[c1]!Error: The tool was not run.")]
    [InlineData("""{"state":"input-available","input":{}}""", "weather[c1]{}", "[c1]!Error: The tool was not run.")]
    [InlineData("""{"state":"from-the-future","input":{}}""", "weather[c1]{}", "[c1]!Error: The tool was not run.")]
    [InlineData("""{"state":"output-available","input":null,"output":null}""", "weather[c1]{}", "[c1]=")]
    public void A_call_always_has_a_result(string part, string call, string result)
    {
        ChatRelayRequest request = Read(Answer("{\"type\":\"tool-weather\",\"toolCallId\":\"c1\"," + part[1..]));

        Assert.Equal($"user: Hi\nassistant: {call}\ntool: {result}", Describe(request.Messages));
    }

    [Theory]
    [InlineData("""{"type":"tool-weather","toolCallId":"c1","state":"input-streaming","rawInput":"{"}""")]
    [InlineData("""{"type":"tool-web_search","toolCallId":"c1","state":"output-available","output":1,"providerExecuted":true}""")]
    [InlineData("""{"type":"text","text":""}""")]
    [InlineData("""{"type":"reasoning","text":""}""")]
    [InlineData("""{"type":"step-start"}""")]
    [InlineData("""{"type":"custom","kind":"a.b"}""")]
    public void An_answer_without_anything_to_send_is_left_out(string part)
    {
        Assert.Equal("user: Hi", Describe(Read(Answer(part)).Messages));
    }

    [Fact]
    public void An_approved_call_is_answered_if_the_wire_asks_for_approvals()
    {
        string body = Answer(
            """{"type":"tool-delete","toolCallId":"c1","state":"approval-responded","input":{"all":true},"approval":{"id":"p1","approved":true}}""");

        IReadOnlyList<ChatMessage> messages = Read(body, ChatWire.CreateUIMessages(new Version(6, 0))).Messages;

        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.User], messages.Select(message => message.Role));
        var request = Assert.IsType<ToolApprovalRequestContent>(Assert.Single(messages[1].Contents));
        var response = Assert.IsType<ToolApprovalResponseContent>(Assert.Single(messages[2].Contents));
        Assert.Equal("p1", request.RequestId);
        Assert.Equal("p1", response.RequestId);
        Assert.True(response.Approved);
        Assert.Equal("delete", Assert.IsType<FunctionCallContent>(response.ToolCall).Name);
    }

    [Fact]
    public void An_approved_call_that_was_run_in_a_later_step_is_sent_once()
    {
        string body = Answer(
            """
            {"type":"tool-delete","toolCallId":"c1","state":"approval-responded","input":{},"approval":{"id":"p1","approved":true}},
            {"type":"step-start"},
            {"type":"tool-delete","toolCallId":"c1","state":"output-available","input":{},"output":"done"}
            """);

        Assert.Equal(
            "user: Hi\nassistant: delete[c1]{}\ntool: [c1]=done",
            Describe(Read(body, ChatWire.CreateUIMessages(new Version(6, 0))).Messages));
    }

    [Fact]
    public void A_message_that_was_sent_during_the_answer_is_the_users()
    {
        Assert.Equal(
            """
            user: Hi
            assistant: One
            user: Stop at two
            assistant: Two
            """,
            Describe(Read(Answer(
                """
                {"type":"text","text":"One"},
                {"type":"steering-message","id":"x","parts":[{"type":"text","text":"Stop at two"}]},
                {"type":"step-start"},
                {"type":"text","text":"Two"}
                """)).Messages));
    }

    [Theory]
    [InlineData("""{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}""", "null")]
    [InlineData("""{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]},{"id":"a1","role":"assistant","parts":[{"type":"text","text":"Old"}]}""", "null")]
    [InlineData("""{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]},{"id":"a1","role":"assistant","parts":[{"type":"text","text":"Old"}]},{"id":"u2","role":"user","parts":[{"type":"text","text":"x"}]}""", "\"a1\"")]
    public void A_regenerated_answer_is_a_new_message_after_the_users(string messages, string messageId)
    {
        ChatRelayRequest request = Read($$"""{"id":"c","trigger":"regenerate-message","messageId":{{messageId}},"messages":[{{messages}}]}""");

        Assert.Equal("user: Hi", Describe(request.Messages));
        Assert.True(request.IsRegeneration);
        Assert.Null(request.MessageId);
    }

    [Fact]
    public void An_earlier_answer_can_be_continued_by_its_id()
    {
        ChatRelayRequest request = Read(
            """
            {"trigger":"submit-message","messageId":"a1","messages":[
              {"id":"a1","role":"assistant","parts":[{"type":"text","text":"One"}]},
              {"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}]}
            """);

        Assert.Equal("a1", request.MessageId);
    }

    [Theory]
    [InlineData("{}", "The body must have \"messages\", an array of UI messages, or \"message\", one UI message.")]
    [InlineData("""{"messages":{}}""", "messages must be an array.")]
    [InlineData("""{"messages":[1]}""", "messages[0] must be an object.")]
    [InlineData("""{"messages":[{"parts":[]}]}""", "messages[0].role must be a string.")]
    [InlineData("""{"messages":[{"role":1,"parts":[]}]}""", "messages[0].role must be a string.")]
    [InlineData("""{"messages":[{"role":"tool","parts":[]}]}""", "messages[0].role must be \"system\", \"user\" or \"assistant\".")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].parts must be an array.")]
    [InlineData("""{"messages":[{"role":"user","content":"x","parts":{}}]}""", "messages[0].parts must be an array.")]
    [InlineData("""{"messages":[{"role":"user","parts":["x"]}]}""", "messages[0].parts[0] must be an object.")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"text":"x"}]}]}""", "messages[0].parts[0].type must be a string.")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"text","text":1}]}]}""", "messages[0].parts[0].text must be a string.")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"file","mediaType":"image/png"}]}]}""", "messages[0].parts[0].url must be a string.")]
    [InlineData("""{"message":{"role":"user","parts":[{"type":"file","mediaType":"image/png","url":"file:///etc/passwd"}]}}""", "message.parts[0].url must be a data, http or https address.")]
    [InlineData("""{"message":{"role":"user","parts":[{"type":"file","mediaType":"image/png","url":"data:image/png;base64,@@"}]}}""", "message.parts[0].url is not a valid data link.")]
    [InlineData("""{"message":{"role":"user","parts":[{"type":"file","mediaType":"a b","url":"https://a.b"}]}}""", "message.parts[0].mediaType is not a valid media type.")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"data-x","data":1}]}]}""", "messages[0] has no text and no file.")]
    [InlineData("""{"messages":[{"role":"assistant","parts":[{"type":"tool-","toolCallId":"c","state":"input-available"}]}]}""", "messages[0].parts[0].type must name a tool.")]
    [InlineData("""{"messages":[{"role":"assistant","parts":[{"type":"dynamic-tool","toolCallId":"c","state":"input-available"}]}]}""", "messages[0].parts[0].toolName must be a string.")]
    [InlineData("""{"messages":[{"role":"assistant","parts":[{"type":"tool-x","state":"input-available"}]}]}""", "messages[0].parts[0].toolCallId must be a string.")]
    [InlineData("""{"messages":[{"role":"assistant","parts":[{"type":"tool-x","toolCallId":"c"}]}]}""", "messages[0].parts[0].state must be a string.")]
    [InlineData("""{"id":1,"messages":[]}""", "id must be a string.")]
    [InlineData("""{"trigger":[],"messages":[]}""", "trigger must be a string.")]
    public void An_invalid_request_is_refused_with_the_position(string json, string message)
    {
        var exception = Assert.Throws<InvalidRelayRequestException>(() => Read(json));

        Assert.Equal(message, exception.Message);
        Assert.Equal(400, exception.Status);
    }

    private static string Answer(string parts) =>
        $$"""
        {"id":"chat","messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]},{"id":"a1","role":"assistant","parts":[{{parts}}]}]}
        """;

    private static ChatRelayRequest Read(string json, ChatWire? wire = null) =>
        (wire ?? ChatWire.UIMessages).ReadRequest(RequestBody.Parse(Encoding.UTF8.GetBytes(json))).Request;

    private static string Describe(IEnumerable<ChatMessage> messages) => string.Join('\n', messages.Select(message =>
        $"{message.Role}: {string.Join(' ', message.Contents.Select(Describe))}"));

    private static string Describe(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent reasoning => $"({reasoning.Text} #{reasoning.ProtectedData})",
        FunctionCallContent call => $"{call.Name}[{call.CallId}]{JsonSerializer.Serialize(call.Arguments)}",
        FunctionResultContent { Exception: not null } result => $"[{result.CallId}]!{result.Result}",
        FunctionResultContent result => $"[{result.CallId}]={result.Result}",
        UriContent link => $"<{link.Uri}>",
        _ => content.GetType().Name,
    };
}
