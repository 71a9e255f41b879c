using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>Calls of built-in tools are other contents, whoever runs them, and are sent back as they came.</summary>
public class ResponsesBuiltInToolTests
{
    [Theory]
    [InlineData("""{"id":"i","type":"local_shell_call","call_id":"c","status":"in_progress","action":{"type":"exec","command":["ls"]}}""", true)]
    [InlineData("""{"id":"i","type":"apply_patch_call","call_id":"c","status":"completed","operation":{"type":"create_file","path":"a","diff":"+a"}}""", true)]
    [InlineData("""{"id":"i","type":"shell_call","call_id":"c","action":{"commands":["ls"]},"environment":{"type":"local"}}""", true)]
    [InlineData("""{"id":"i","type":"shell_call","call_id":"c","action":{"commands":["ls"]}}""", true)]
    [InlineData("""{"id":"i","type":"shell_call","call_id":"c","action":{"commands":["ls"]},"environment":{"type":"container_reference"}}""", false)]
    [InlineData("""{"id":"i","type":"computer_call","call_id":"c","action":{"type":"screenshot"}}""", true)]
    [InlineData("""{"id":"i","type":"tool_search_call","call_id":"c","execution":"client","arguments":{}}""", true)]
    [InlineData("""{"id":"i","type":"tool_search_call","execution":"server"}""", false)]
    [InlineData("""{"id":"i","type":"file_search_call","queries":["q"],"results":null}""", false)]
    [InlineData("""{"id":"i","type":"mcp_list_tools","server_label":"s","tools":[]}""", false)]
    [InlineData("""{"id":"i","type":"something_new"}""", false)]
    public void A_call_is_kept_and_sent_back(string item, bool isClientCall)
    {
        string[][] streams =
        [
            [$$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""", """{"type":"response.completed","response":{"output":[]}}"""],
            [$$"""{"type":"response.output_item.added","output_index":0,"item":{{item}} }""", """{"type":"response.completed","response":{"output":[]}}"""],
            [$$"""{"type":"response.output_item.added","output_index":0,"item":{{item}} }""", $$"""{"type":"response.completed","response":{"output":[{{item.Replace("\"i\"", "\"j\"", StringComparison.Ordinal)}}]} }"""],
            [$$"""{"type":"response.completed","response":{"output":[{{item}}]} }"""],
        ];
        foreach (string[] events in streams)
        {
            ChatStreamResult result = new EventFeed(ChatDialect.Responses).SendAll(events).Result;
            Assert.Equal(isClientCall ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop, result.FinishReason);
            Assert.Equal((string?)JsonNode.Parse(item)!["type"], (string?)ProviderContent.Read("responses", Assert.Single(result.Choices[0].OtherContents))!["type"]);
            JsonArray input = ChatDialect.Responses.BuildRequest([new ChatMessage(ChatRole.User, "Go."), result.ToChatMessage()], null, "m")["input"]!.AsArray();
            Assert.Equal((string?)JsonNode.Parse(item)!["type"], (string?)input[1]!["type"]);
        }
    }

    [Fact]
    public void Fields_that_ended_before_an_item_are_kept_if_its_end_is_missing()
    {
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"a","type":"mcp_call","name":"t","server_label":"s","arguments":""}}""",
            """{"type":"response.mcp_call_arguments.done","item_id":"b","output_index":0,"arguments":"{\"q\":1}"}""",
            """{"type":"response.output_item.added","output_index":1,"item":{"id":"c","type":"code_interpreter_call","code":""}}""",
            """{"type":"response.code_interpreter_call_code.done","item_id":"c","output_index":1,"code":"1+1"}""",
            """{"type":"response.output_item.done","output_index":1,"item":{"id":"c","type":"code_interpreter_call","code":"2"}}""",
            """{"type":"response.completed","response":{"output":[]}}""");
        Assert.Equal(["code_interpreter_call 2", "mcp_call {\"q\":1}"], feed.Result.Choices[0].OtherContents
            .Select(content => ProviderContent.Read("responses", content)!).Select(item => $"{item["type"]} {item["code"] ?? item["arguments"]}"));
    }

    [Fact]
    public void A_request_for_approval_is_answered()
    {
        const string item = """{"id":"mcpr_1","type":"mcp_approval_request","arguments":"{\"q\":1}","name":"ask","server_label":"wiki"}""";
        ChatStreamResult result = new EventFeed(ChatDialect.Responses).SendAll(
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""", $$"""{"type":"response.completed","response":{"output":[{{item}}]} }""").Result;
        var request = Assert.IsType<ToolApprovalRequestContent>(Assert.Single(result.Choices[0].OtherContents));
        var call = Assert.IsType<McpServerToolCallContent>(request.ToolCall);
        Assert.Equal(("mcpr_1", "ask", "wiki", "1"), (request.RequestId, call.Name, call.ServerName, call.Arguments!["q"]!.ToString()));

        ChatMessage[] messages =
            [new(ChatRole.User, "Go."), result.ToChatMessage(), new(ChatRole.User, [request.CreateResponse(approved: false, "Not now.")])];
        JsonAssert.Equal(
            $$"""[{"role":"user","content":"Go."},{{item}},{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false,"reason":"Not now."}]""",
            ChatDialect.Responses.BuildRequest(messages, null, "m")["input"]!);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{\\\"a\\\":1,\\\"a\\\":2}")]
    public void Arguments_that_are_no_object_stay_in_the_item(string arguments)
    {
        ChatStreamResult result = new EventFeed(ChatDialect.Responses).SendAll(
            $$"""{"type":"response.output_item.done","item":{"id":"r","type":"mcp_approval_request","arguments":"{{arguments}}","name":"ask"} }""").Result;
        var request = Assert.IsType<ToolApprovalRequestContent>(Assert.Single(result.Choices[0].OtherContents));
        Assert.Null(((McpServerToolCallContent)request.ToolCall).Arguments);
    }
}
