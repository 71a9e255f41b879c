using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Anthropic;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class AnthropicRequestMessagesTests
{
    private static readonly byte[] Bytes = [1, 2, 3];

    [Fact]
    public void What_the_system_says_stands_apart()
    {
        JsonObject body = AnthropicRequest.Build([new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi")], null, "m", null);
        JsonAssert.Equal("""{"model":"m","max_tokens":4096,"system":"Be kind.","messages":[{"role":"user","content":"Hi"}]}""", body);

        var cached = new TextContent("Be brief.") { AdditionalProperties = new() { ["cache_control"] = new JsonObject { ["type"] = "ephemeral" } } };
        body = AnthropicRequest.Build([new(ChatRole.User, "Hi"), new(ChatRole.System, [cached])], new ChatOptions { Instructions = "Be kind." }, "m", null);
        JsonAssert.Equal("""[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}]""", body["system"]);
    }

    [Fact]
    public void Roles_alternate() => Check(
        [new(ChatRole.User, "One."), new(ChatRole.User, "Two."), new(ChatRole.Assistant, "Three."), new(ChatRole.Assistant, "Four."), new(ChatRole.Assistant, ""), new(ChatRole.User, "Five.")],
        """
        [{"role":"user","content":[{"type":"text","text":"One."},{"type":"text","text":"Two."}]},
         {"role":"assistant","content":[{"type":"text","text":"Three."},{"type":"text","text":"Four."}]},
         {"role":"user","content":"Five."}]
        """);

    [Fact]
    public void Images_and_documents() => Check(
        [
            new(ChatRole.User,
            [
                new TextContent("Look: "),
                new DataContent(Bytes, "image/png"),
                new UriContent("https://a.example/b.jpg", "image/jpeg"),
                new DataContent(Bytes, "application/pdf") { Name = "a.pdf" },
                new UriContent("https://a.example/b.pdf", "application/pdf"),
                new DataContent("Hi 你好"u8.ToArray(), "text/plain"),
                new HostedFileContent("file_1"),
                new AIContent { RawRepresentation = new JsonObject { ["type"] = "search_result" } },
            ]),
        ],
        """
        [{"role":"user","content":[
          {"type":"text","text":"Look: "},
          {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AQID"}},
          {"type":"image","source":{"type":"url","url":"https://a.example/b.jpg"}},
          {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AQID"},"title":"a.pdf"},
          {"type":"document","source":{"type":"url","url":"https://a.example/b.pdf"}},
          {"type":"document","source":{"type":"text","media_type":"text/plain","data":"Hi 你好"}},
          {"type":"document","source":{"type":"file","file_id":"file_1"}},
          {"type":"search_result"}]}]
        """);

    [Fact]
    public void Results_are_said_by_the_user_and_come_first() => Check(
        [
            new(ChatRole.User, "Weather?"),
            new(ChatRole.Assistant, [new FunctionCallContent("c:1", "weather", new Dictionary<string, object?> { ["city"] = "Rome", ["days"] = 2 }), new FunctionCallContent("c2", "now")]),
            new(ChatRole.User, "Be quick."),
            new(ChatRole.Tool, [new FunctionResultContent("c:1", "sunny")]),
            new(ChatRole.Tool, [new FunctionResultContent("c2", null) { Exception = new InvalidOperationException("No clock.") }]),
        ],
        """
        [{"role":"user","content":"Weather?"},
         {"role":"assistant","content":[{"type":"tool_use","id":"c_1","name":"weather","input":{"city":"Rome","days":2}},{"type":"tool_use","id":"c2","name":"now","input":{}}]},
         {"role":"user","content":[
           {"type":"tool_result","tool_use_id":"c_1","content":"sunny"},
           {"type":"tool_result","tool_use_id":"c2","content":"Error: No clock.","is_error":true},
           {"type":"text","text":"Be quick."}]}]
        """);

    [Fact]
    public void A_result_may_be_a_picture() => Check(
        [new(ChatRole.User, "Draw."), new(ChatRole.Tool, [new FunctionResultContent("c", new List<AIContent> { new TextContent("A dot."), new DataContent(Bytes, "image/png") })])],
        """
        [{"role":"user","content":[
          {"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"A dot."},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AQID"}}]},
          {"type":"text","text":"Draw."}]}]
        """);

    [Fact]
    public void Thoughts_go_back_where_they_are_signed() => Check(
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant,
            [
                new TextReasoningContent("Not mine."), new TextContent("\n\n"),
                new TextReasoningContent("A "), new TextReasoningContent("greeting.") { ProtectedData = "sig" },
                new TextReasoningContent("") { ProtectedData = "sig2" },
                new TextContent("Hel"), new TextContent("lo."), new ErrorContent("I will not.") { ErrorCode = "Refusal" }, new ErrorContent("Too slow."), new UsageContent(new UsageDetails()),
                new DataContent(Bytes, "image/png"), new TextReasoningContent("Unsigned."),
            ]),
            new(ChatRole.User, "So?"),
        ],
        """
        [{"role":"user","content":"Hi"},
         {"role":"assistant","content":[
           {"type":"thinking","thinking":"A greeting.","signature":"sig"},{"type":"thinking","thinking":"","signature":"sig2"},
           {"type":"text","text":"Hello.I will not."}]},
         {"role":"user","content":"So?"}]
        """);

    [Fact]
    public void What_another_provider_said_of_itself_is_left_out() => Check(
        [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, [ProviderContent.Create("gemini", """{"a":1}"""u8), new TextContent("Hello.")]), new(ChatRole.User, "So?")],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."},{"role":"user","content":"So?"}]""");

    [Fact]
    public void An_answer_to_go_on_with_ends_in_no_white_space() => Check(
        [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Well, \n")],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Well,"}]""");

    [Fact]
    public void What_cannot_be_sent_is_refused()
    {
        Assert.Throws<ArgumentNullException>("messages", () => AnthropicRequest.Build(null!, null, null, null));
        Assert.Contains("Give at least one", Refuse(), StringComparison.Ordinal);
        Assert.Contains("Give at least one", Refuse(new ChatMessage(ChatRole.System, "Be kind.")), StringComparison.Ordinal);
        Assert.Contains("Message 1 is null", Refuse(new ChatMessage(ChatRole.User, "Hi"), null!), StringComparison.Ordinal);
        Assert.Contains("holds nothing", Refuse(new ChatMessage(ChatRole.User, "")), StringComparison.Ordinal);
        Assert.Contains("audio/wav", Refuse(new ChatMessage(ChatRole.User, [new DataContent(Bytes, "audio/wav")])), StringComparison.Ordinal);
        Assert.Contains("role assistant", Refuse(new ChatMessage(ChatRole.User, [new FunctionCallContent("c", "f")])), StringComparison.Ordinal);
        Assert.Contains("FunctionResultContent", Refuse(new ChatMessage(ChatRole.Tool, "noon")), StringComparison.Ordinal);
        var options = new ChatOptions { AdditionalProperties = new() { ["system"] = "Be kind." }, Instructions = "Be brief." };
        Assert.Contains("one place", Assert.Throws<ArgumentException>(() => AnthropicRequest.Build([new(ChatRole.User, "Hi")], options, "m", null)).Message, StringComparison.Ordinal);
    }

    private static void Check(ChatMessage[] messages, string expected) => JsonAssert.Equal(expected, AnthropicRequest.Build(messages, null, null, null)["messages"]);

    private static string Refuse(params ChatMessage[] messages) => Assert.ThrowsAny<ArgumentException>(() => AnthropicRequest.Build(messages, null, null, null)).Message;
}
