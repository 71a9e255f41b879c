using System.Text.Json;
using CsCheck;
using LlmStream.AspNetCore.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Requests.AgUI;

/// <summary>RunAgentInput of AG-UI 1.0, as a chat request.</summary>
public class AgUIRequestTests
{
    [Fact]
    public void Ids_tools_and_the_body_are_read()
    {
        ChatRelayRequest request = Read(
            """
            {
                "threadId": "thread-1", "runId": "run-1", "protocolVersion": "1.0", "state": {"a": 1}, "forwardedProps": {"model": "gpt"},
                "messages": [{"id": "u1", "role": "user", "content": "Hi"}],
                "context": [{"description": "d", "value": "v"}],
                "tools": [
                    {"name": "f", "description": "Does f.", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}},
                    {"name": "g", "description": "", "parameters": null}
                ]
            }
            """);

        Assert.Equal("thread-1", request.ConversationId);
        Assert.Equal("run-1", request.RunId);
        Assert.Null(request.Model);
        Assert.Null(request.MessageId);
        ChatMessage message = Assert.Single(request.Messages);
        Assert.Equal(("u1", ChatRole.User, "Hi"), (message.MessageId, message.Role, message.Text));
        AIFunctionDeclaration[] tools = [.. request.Tools.Cast<AIFunctionDeclaration>()];
        Assert.Equal(["f", "g"], tools.Select(tool => tool.Name));
        Assert.Equal("Does f.", tools[0].Description);
        Assert.Equal("string", tools[0].JsonSchema.GetProperty("properties").GetProperty("a").GetProperty("type").GetString());
        Assert.Equal("""{"type":"object","properties":{}}""", tools[1].JsonSchema.GetRawText());
        Assert.Equal("gpt", request.Body.GetProperty("forwardedProps").GetProperty("model").GetString());
        Assert.Empty(request.Options.Tools ?? []);
    }

    [Fact]
    public void System_and_developer_messages_are_apart_and_activity_is_left_out()
    {
        ChatRelayRequest request = ReadMessages(
            """
            {"id": "s1", "role": "system", "content": "Be brief."},
            {"id": "a1", "role": "activity", "activityType": "plan", "content": {"step": 1}},
            {"id": "u1", "role": "user", "content": "Hi"},
            {"id": "d1", "role": "developer", "content": "In English."}
            """);

        Assert.Equal(["Be brief.", "In English."], request.SystemMessages.Select(message => message.Text));
        Assert.All(request.SystemMessages, message => Assert.Equal(ChatRole.System, message.Role));
        Assert.Equal("Hi", Assert.Single(request.Messages).Text);
    }

    [Fact]
    public void Calls_and_results_of_tools_are_read()
    {
        ChatRelayRequest request = ReadMessages(
            """
            {"id": "u1", "role": "user", "content": "Hi"},
            {"id": "a1", "role": "assistant", "content": null, "toolCalls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"city\":\"Berlin\",\"n\":null}"}},
                {"id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}},
                {"id": "c3", "type": "function", "function": {"name": "h", "arguments": "{\"a"}}]},
            {"id": "t1", "role": "tool", "toolCallId": "c1", "content": "12 degrees"},
            {"id": "t2", "role": "tool", "toolCallId": "c2", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"id": "t3", "role": "tool", "toolCallId": "c3", "content": "", "error": "no"}
            """);

        FunctionCallContent[] calls = [.. request.Messages[1].Contents.Cast<FunctionCallContent>()];
        Assert.Equal(["c1", "c2", "c3"], calls.Select(call => call.CallId));
        Assert.Equal("Berlin", calls[0].Arguments!["city"]!.ToString());
        Assert.Null(calls[0].Arguments!["n"]);
        Assert.Empty(calls[1].Arguments!);
        Assert.NotNull(calls[2].Exception);
        Assert.True(calls[2].InformationalOnly);
        FunctionResultContent[] results = [.. request.Messages.Skip(2).Select(m => (FunctionResultContent)Assert.Single(m.Contents))];
        Assert.All(request.Messages.Skip(2), message => Assert.Equal(ChatRole.Tool, message.Role));
        Assert.Equal(["12 degrees", "a\nb", "Error: no"], results.Select(result => result.Result));
        Assert.NotNull(results[2].Exception);
    }

    [Fact]
    public void A_result_with_an_image_keeps_it()
    {
        ChatRelayRequest request = ReadMessages(
            """
            {"id": "t1", "role": "tool", "toolCallId": "c1", "content": [
                {"type": "text", "text": "a"}, {"type": "image", "source": {"type": "data", "value": "AQI=", "mimeType": "image/png"}}]}
            """);

        var result = (FunctionResultContent)request.Messages[0].Contents[0];
        IEnumerable<AIContent> contents = Assert.IsAssignableFrom<IEnumerable<AIContent>>(result.Result);
        Assert.Equal([typeof(TextContent), typeof(DataContent)], contents.Select(content => content.GetType()));
    }

    [Fact]
    public void Reasoning_and_signatures_return_to_their_place()
    {
        ChatRelayRequest request = ReadMessages(
            """
            {"id": "u1", "role": "user", "content": "Hi"},
            {"id": "r1", "role": "reasoning", "content": "Hm.", "encryptedValue": "s1"},
            {"id": "a1", "role": "assistant", "content": "Yes.", "encryptedValue": "s2", "toolCalls": [
                {"id": "c1", "type": "function", "encryptedValue": "s3", "function": {"name": "f", "arguments": "{}"}}]},
            {"id": "t1", "role": "tool", "toolCallId": "c1", "content": "x"},
            {"id": "a2", "role": "assistant", "content": "Done."},
            {"id": "r2", "role": "reasoning", "content": "", "encryptedValue": "s4"},
            {"id": "u2", "role": "user", "content": "Thanks"}
            """);

        Assert.Equal(["Hm.|s1", "Yes.", "|s2", "|s3", "f"], request.Messages[1].Contents.Select(Describe));
        Assert.Equal(["Done.", "|s4"], request.Messages[3].Contents.Select(Describe));

        static string Describe(AIContent content) => content switch
        {
            TextReasoningContent reasoning => $"{reasoning.Text}|{reasoning.ProtectedData}",
            FunctionCallContent call => call.Name,
            _ => content.ToString()!,
        };
    }

    [Fact]
    public void A_call_that_was_not_answered_before_the_next_message_is_answered()
    {
        ChatRelayRequest request = ReadMessages(
            """
            {"id": "a1", "role": "assistant", "toolCalls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "c2", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"id": "t1", "role": "tool", "toolCallId": "c2", "content": "x"},
            {"id": "u1", "role": "user", "content": "Never mind"},
            {"id": "a2", "role": "assistant", "toolCalls": [{"id": "c3", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
            """);

        Assert.Equal([ChatRole.Assistant, ChatRole.Tool, ChatRole.Tool, ChatRole.User, ChatRole.Assistant], request.Messages.Select(m => m.Role));
        var result = (FunctionResultContent)Assert.Single(request.Messages[2].Contents);
        Assert.Equal(("c1", "Error: The call was not carried out."), (result.CallId, result.Result));
    }

    [Fact]
    public void An_empty_message_of_the_assistant_is_left_out()
    {
        ChatRelayRequest request = ReadMessages(
            """{"id": "u1", "role": "user", "content": "Hi"}, {"id": "a1", "role": "assistant", "content": ""}, {"id": "u2", "role": "user", "content": "Hello?"}""");

        Assert.Equal(["Hi", "Hello?"], request.Messages.Select(message => message.Text));
    }

    [Fact]
    public void All_parts_of_a_message_are_read()
    {
        ChatRelayRequest request = ReadMessages(
            """
            {"id": "u1", "role": "user", "content": [
                {"type": "text", "text": "Look"},
                {"type": "image", "source": {"type": "data", "value": "AQI=", "mimeType": "image/png"}},
                {"type": "image", "source": {"type": "url", "value": "https://example.org/a.png"}},
                {"type": "image", "source": {"type": "url", "value": "data:image/gif;base64,AQI="}},
                {"type": "audio", "source": {"type": "url", "value": "https://example.org/a.mp3", "mimeType": "audio/mpeg"}},
                {"type": "video", "source": {"type": "url", "value": "http://example.org/a"}},
                {"type": "document", "source": {"type": "file", "value": "file-1", "mimeType": "application/pdf", "provider": "openai"}},
                {"type": "binary", "mimeType": "text/plain", "data": "AQI=", "filename": "a.txt"},
                {"type": "binary", "mimeType": "text/plain", "url": "https://example.org/a.txt"},
                {"type": "binary", "mimeType": "text/plain", "id": "file-2"}]}
            """);

        Assert.Equal(
            [
                "Look",
                "image/png AQI=",
                "https://example.org/a.png image/*",
                "image/gif AQI=",
                "https://example.org/a.mp3 audio/mpeg",
                "http://example.org/a video/*",
                "file-1 application/pdf",
                "text/plain AQI=",
                "https://example.org/a.txt text/plain",
                "file-2 text/plain",
            ],
            request.Messages[0].Contents.Select(content => content switch
            {
                DataContent data => $"{data.MediaType} {Convert.ToBase64String(data.Data.Span)}",
                UriContent link => $"{link.Uri.OriginalString} {link.MediaType}",
                HostedFileContent file => $"{file.FileId} {file.MediaType}",
                _ => content.ToString(),
            }));
    }

    [Theory]
    [InlineData("""{"threadId":"t","runId":"r","messages":[]}""", true)]
    [InlineData("""{"threadId":"t","runId":"r"}""", true)]
    [InlineData("""{"threadId":"t","messages":[]}""", false)]
    [InlineData("""{"threadId":"t","runId":null}""", false)]
    [InlineData("""{"threadId":1,"runId":"r"}""", true)]
    [InlineData("""[]""", false)]
    public void It_is_recognized_by_its_ids(string body, bool matches) => Assert.Equal(matches, ChatWire.AgUI.Matches(Parse(body)));

    [Theory]
    [InlineData("""{"threadId":"t","runId":"r"}""", "\"messages\" is missing.")]
    [InlineData("""{"threadId":"t","runId":"r","messages":{}}""", "messages: It must be an array.")]
    [InlineData("""{"threadId":"t","runId":1,"messages":[]}""", "runId: It must be a string.")]
    [InlineData("""{"threadId":"\ud800","runId":"r","messages":[]}""", "threadId: It is not valid Unicode: half of a surrogate pair.")]
    [InlineData("""{"threadId":"t","runId":"r","messages":[],"tools":[{"name":" "}]}""", "tools[0]: \"name\" is empty.")]
    [InlineData("""{"threadId":"t","runId":"r","messages":[],"tools":[{"name":"f","parameters":[]}]}""", "tools[0].parameters: It must be an object, a JSON schema.")]
    public void A_body_that_is_not_valid_is_refused_with_its_position(string body, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidRelayRequestException>(() => ChatWire.AgUI.ReadRequest(Parse(body))).Message);

    [Theory]
    [InlineData("1", "messages[1]: It must be an object.")]
    [InlineData("""{"role":"foo"}""", "messages[1]: The role \"foo\" is unknown.")]
    [InlineData("""{"role":"user"}""", "messages[1]: \"content\" is missing.")]
    [InlineData("""{"role":"user","content":""}""", "messages[1]: The message is empty.")]
    [InlineData("""{"role":"user","content":1}""", "messages[1].content: It must be a string.")]
    [InlineData("""{"role":"user","content":["a"]}""", "messages[1].content[0]: It must be an object.")]
    [InlineData("""{"role":"user","content":[{"type":"foo"}]}""", "messages[1].content[0]: The type \"foo\" is unknown.")]
    [InlineData("""{"role":"user","content":[{"type":"text"}]}""", "messages[1].content[0]: \"text\" is missing.")]
    [InlineData("""{"role":"user","content":[{"type":"image"}]}""", "messages[1].content[0]: \"source\" is missing.")]
    [InlineData("""{"role":"user","content":[{"type":"image","source":{"type":"foo","value":""}}]}""", "messages[1].content[0].source: The type \"foo\" is unknown.")]
    [InlineData("""{"role":"user","content":[{"type":"image","source":{"type":"data","value":"?","mimeType":"image/png"}}]}""", "messages[1].content[0].source: The data is not Base64.")]
    [InlineData("""{"role":"user","content":[{"type":"image","source":{"type":"data","value":"AQI=","mimeType":"foo"}}]}""", "messages[1].content[0].source: \"foo\" is not a media type.")]
    [InlineData("""{"role":"user","content":[{"type":"image","source":{"type":"url","value":"file:///etc/passwd"}}]}""", "messages[1].content[0].source: The link must begin with \"https:\", \"http:\" or \"data:\".")]
    [InlineData("""{"role":"user","content":[{"type":"image","source":{"type":"url","value":"data:foo"}}]}""", "messages[1].content[0].source: The link or its media type is not valid.")]
    [InlineData("""{"role":"user","content":[{"type":"image","source":{"type":"file","value":""}}]}""", "messages[1].content[0].source: The id of the file or its media type is not valid.")]
    [InlineData("""{"role":"user","content":[{"type":"binary","mimeType":"image/png"}]}""", "messages[1].content[0]: \"data\", \"url\" or \"id\" is missing.")]
    [InlineData("""{"role":"assistant","toolCalls":{}}""", "messages[1].toolCalls: It must be an array.")]
    [InlineData("""{"role":"assistant","toolCalls":[{"id":"c1"}]}""", "messages[1].toolCalls[0]: \"function\" is missing.")]
    [InlineData("""{"role":"assistant","toolCalls":[{"id":"c1","function":{}}]}""", "messages[1].toolCalls[0].function: \"name\" is missing.")]
    [InlineData("""{"role":"tool","content":"x"}""", "messages[1]: \"toolCallId\" is missing.")]
    [InlineData("""{"role":"system","content":[]}""", "messages[1].content: It must be a string.")]
    public void A_message_that_is_not_valid_is_refused_with_its_position(string message, string error) =>
        Assert.Equal(
            error,
            Assert.Throws<InvalidRelayRequestException>(
                () => ReadMessages($$"""{"id":"u0","role":"user","content":"Hi"},{{message}}""")).Message);

    [Fact]
    public void Any_json_is_read_or_refused()
    {
        Gen<string> text = Gen.OneOfConst(
            "\"\"", "\"a\"", "\"user\"", "\"assistant\"", "\"tool\"", "\"reasoning\"", "\"text\"", "\"image\"", "\"binary\"", "\"data\"", "\"url\"", "\"file\"",
            "\"image/png\"", "\"AQI=\"", "\"data:x\"", "\"http://\"", "\"https://e.org\"", "\"\\ud800\"", "\"{\\\"a\\\":\\\"\\\\ud800\\\"}\"", "\"{\\\"\\\\ud800\\\":1}\"", "null", "1", "true");
        Gen<string> name = Gen.OneOfConst(
            "role", "content", "type", "source", "value", "mimeType", "id", "toolCalls", "function", "name", "arguments", "toolCallId", "encryptedValue",
            "text", "error", "url", "parameters", "description", "\\ud800", "role\\ud800", "messages", "tools");
        Gen<string> json = Gen.Recursive<string>((depth, self) => depth > 4
            ? text
            : Gen.Frequency(
                (2, text),
                (2, self.Array[0, 3].Select(items => $"[{string.Join(',', items)}]")),
                (4, Gen.Select(name, self).Array[0, 5].Select(items => $"{{{string.Join(',', items.Select(item => $"\"{item.Item1}\":{item.Item2}"))}}}"))));

        Gen.Select(json.Array[0, 4], json).Sample(
            (messages, tools) =>
            {
                JsonElement body = Parse($$"""{"threadId":"t","runId":"r","messages":[{{string.Join(',', messages)}}],"tools":{{tools}}}""");
                Assert.True(ChatWire.AgUI.Matches(body));
                try
                {
                    ChatRelayRequest request = ChatWire.AgUI.ReadRequest(body).Request;
                    Assert.All(request.Messages, message => Assert.NotEmpty(message.Contents));
                }
                catch (InvalidRelayRequestException)
                {
                    // Refused.
                }
            },
            iter: 5_000);
    }

    private static ChatRelayRequest ReadMessages(string messages) => Read($$"""{"threadId":"t","runId":"r","messages":[{{messages}}]}""");

    private static ChatRelayRequest Read(string body) => ChatWire.AgUI.ReadRequest(Parse(body)).Request;

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
