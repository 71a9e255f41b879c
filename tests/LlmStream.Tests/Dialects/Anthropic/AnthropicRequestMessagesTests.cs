using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class AnthropicRequestMessagesTests
{
    private static readonly byte[] Bytes = [1, 2, 3];

    [Fact]
    public void System_messages_are_sent_separately()
    {
        JsonObject body = ChatDialect.Anthropic.BuildRequest([new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi")], model: "m");
        JsonAssert.Equal("""{"model":"m","max_tokens":4096,"system":"Be kind.","messages":[{"role":"user","content":"Hi"}]}""", body);

        var cached = new TextContent("Be brief.") { AdditionalProperties = new() { ["cache_control"] = new JsonObject() } };
        body = ChatDialect.Anthropic.BuildRequest(
            [new(ChatRole.User, "Hi"), new(ChatRole.System, [cached])], new ChatOptions { Instructions = "Be kind." });
        JsonAssert.Equal(
            """[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief.","cache_control":{}}]""", body["system"]);
    }

    [Fact]
    public void A_single_system_block_that_is_not_plain_text_stays_a_block()
    {
        var raw = new AIContent { RawRepresentation = new JsonObject { ["type"] = "custom", ["text"] = "Be kind." } };
        JsonObject body = ChatDialect.Anthropic.BuildRequest([new(ChatRole.System, [raw]), new(ChatRole.User, "Hi")]);
        JsonAssert.Equal("""[{"type":"custom","text":"Be kind."}]""", body["system"]);
    }

    [Fact]
    public void Roles_alternate() => Check(
        [
            new(ChatRole.User, "One."), new(ChatRole.User, "Two."), new(ChatRole.Assistant, "Three."), new(ChatRole.Assistant, "Four."),
            new(ChatRole.Assistant, ""), new(ChatRole.User, "Five."),
        ],
        """
        [{"role":"user","content":[{"type":"text","text":"One."},{"type":"text","text":"Two."}]},
         {"role":"assistant","content":[{"type":"text","text":"Three."},{"type":"text","text":"Four."}]},
         {"role":"user","content":"Five."}]
        """);

    [Fact]
    public void Images_and_documents_are_blocks() => Check(
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
    public void Results_are_the_first_blocks_of_the_user() => Check(
        [
            new(ChatRole.User, "Weather?"),
            new(ChatRole.Assistant,
            [
                new FunctionCallContent("c:1", "weather", new Dictionary<string, object?> { ["city"] = "Rome", ["days"] = 2 }),
                new FunctionCallContent("c2", "now"),
            ]),
            new(ChatRole.User, "Be quick."),
            new(ChatRole.Tool, [new FunctionResultContent("c:1", "sunny")]),
            new(ChatRole.Tool, [new FunctionResultContent("c2", null) { Exception = new InvalidOperationException("No clock.") }]),
        ],
        """
        [{"role":"user","content":"Weather?"},
         {"role":"assistant","content":[
           {"type":"tool_use","id":"c_1","name":"weather","input":{"city":"Rome","days":2}},
           {"type":"tool_use","id":"c2","name":"now","input":{}}]},
         {"role":"user","content":[
           {"type":"tool_result","tool_use_id":"c_1","content":"sunny"},
           {"type":"tool_result","tool_use_id":"c2","content":"Error: No clock.","is_error":true},
           {"type":"text","text":"Be quick."}]}]
        """);

    [Fact]
    public void A_result_may_have_an_image() => Check(
        [
            new(ChatRole.User, "Draw."),
            new(ChatRole.Tool, [Result(new TextContent("A dot."), new DataContent(Bytes, "image/png"))]),
        ],
        """
        [{"role":"user","content":[
          {"type":"tool_result","tool_use_id":"c","content":[
            {"type":"text","text":"A dot."},
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AQID"}}]},
          {"type":"text","text":"Draw."}]}]
        """);

    [Fact]
    public void A_tool_message_may_have_a_block_in_the_providers_format() => Check(
        [new(ChatRole.Tool, [new AIContent { RawRepresentation = new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = "c" } }])],
        """[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}]""");

    [Fact]
    public void Only_signed_reasoning_is_sent_back() => Check(
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant,
            [
                new TextReasoningContent("Unsigned."), new TextContent("\n\n"),
                new TextReasoningContent("A "), new TextReasoningContent("greeting.") { ProtectedData = "sig" },
                new TextReasoningContent("") { ProtectedData = "sig2" },
                new TextContent("Hel"), new UsageContent(new UsageDetails()), new ErrorContent("Too slow."), new TextContent("lo."),
                new ErrorContent("I will not.") { ErrorCode = "Refusal" }, new DataContent(Bytes, "image/png"),
                new TextReasoningContent("Unsigned."),
            ]),
            new(ChatRole.User, "So?"),
        ],
        """
        [{"role":"user","content":"Hi"},
         {"role":"assistant","content":[
           {"type":"thinking","thinking":"A greeting.","signature":"sig"},
           {"type":"thinking","thinking":"","signature":"sig2"},
           {"type":"text","text":"Hello.I will not."}]},
         {"role":"user","content":"So?"}]
        """);

    [Fact]
    public void Content_of_another_provider_is_left_out() => Check(
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant, [ProviderContent.Create("gemini", """{"a":1}"""u8), new TextContent("Hello.")]),
            new(ChatRole.User, "So?"),
        ],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."},{"role":"user","content":"So?"}]""");

    [Fact]
    public void White_space_at_the_end_of_a_prefill_is_removed() => Check(
        [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Well, \n")],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Well,"}]""");

    [Fact]
    public void A_message_that_this_format_cannot_express_is_refused()
    {
        var audio = new DataContent(Bytes, "audio/wav");
        ChatDialect.Anthropic.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.System, "Be kind."));
        ChatDialect.Anthropic.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("Hm.")]));
        ChatDialect.Anthropic.RefusesMessages("DataContent (audio/wav). Remove it", new ChatMessage(ChatRole.User, [audio]));
        ChatDialect.Anthropic.RefusesMessages("DataContent (audio/wav). Remove it", new ChatMessage(ChatRole.Tool, [Result(audio)]));
    }

    [Fact]
    public void System_messages_in_two_places_are_refused()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["system"] = "Be kind." }, Instructions = "Be brief." };
        ChatDialect.Anthropic.RefusesOptions("\"system\" is set in ChatOptions", options);
    }

    private static FunctionResultContent Result(params AIContent[] contents) => new("c", contents);

    private static void Check(ChatMessage[] messages, string expected) =>
        JsonAssert.Equal(expected, ChatDialect.Anthropic.BuildRequest(messages)["messages"]);
}
