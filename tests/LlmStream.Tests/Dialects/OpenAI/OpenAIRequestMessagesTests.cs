using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class OpenAIRequestMessagesTests
{
    private static readonly byte[] Bytes = [1, 2, 3];

    [Fact]
    public void Text_is_a_string_and_instructions_come_first() => Check(
        [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hello."), new(ChatRole.User, "再见")],
        """
        [
          {"role":"system","content":"Speak French."},
          {"role":"system","content":"Be brief."},
          {"role":"user","content":"Hi"},
          {"role":"assistant","content":"Hello."},
          {"role":"user","content":"再见"}
        ]
        """,
        new ChatOptions { Instructions = "Speak French." });

    [Fact]
    public void An_unknown_role_is_passed_on() => Check(
        [new(new ChatRole("developer"), "Be brief.")], """[{"role":"developer","content":"Be brief."}]""");

    [Fact]
    public void Texts_are_joined_by_line_breaks_but_those_of_an_answer_are_not() => Check(
        [
            new(ChatRole.User, [new TextContent("Summarise:"), new TextContent("A text.")]),
            new(ChatRole.Assistant, [new TextContent("It is "), new TextContent(""), new TextContent("a text.")]),
        ],
        """[{"role":"user","content":"Summarise:\nA text."},{"role":"assistant","content":"It is a text."}]""");

    [Fact]
    public void Images_are_data_or_links() => Check(
        [
            new(ChatRole.User,
            [
                new TextContent("What is this?"),
                new DataContent(Bytes, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } },
                new UriContent("https://example.com/a.jpg?x=1&y=2", "image/jpeg"),
            ]),
        ],
        """
        [{"role":"user","content":[
          {"type":"text","text":"What is this?"},
          {"type":"image_url","image_url":{"url":"data:image/png;base64,AQID","detail":"low"}},
          {"type":"image_url","image_url":{"url":"https://example.com/a.jpg?x=1&y=2"}}
        ]}]
        """);

    [Fact]
    public void Audio_video_and_files_are_parts() => Check(
        [
            new(ChatRole.User,
            [
                new DataContent(Bytes, "audio/mpeg"),
                new DataContent(Bytes, "audio/x-wav"),
                new UriContent("https://example.com/a.mp4", "video/mp4"),
                new DataContent(Bytes, "application/pdf") { Name = "a.pdf" },
                new DataContent(Bytes, "text/plain"),
                new UriContent("https://example.com/x/b%20c.pdf", "application/pdf"),
                new HostedFileContent("file-1"),
            ]),
        ],
        """
        [{"role":"user","content":[
          {"type":"input_audio","input_audio":{"data":"AQID","format":"mp3"}},
          {"type":"input_audio","input_audio":{"data":"AQID","format":"wav"}},
          {"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}},
          {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AQID"}},
          {"type":"file","file":{"filename":"file.txt","file_data":"data:text/plain;base64,AQID"}},
          {"type":"file","file":{"filename":"b c.pdf","file_data":"https://example.com/x/b%20c.pdf"}},
          {"type":"file","file":{"file_id":"file-1"}}
        ]}]
        """);

    [Fact]
    public void A_part_has_additional_properties_or_is_raw_JSON() => Check(
        [
            new(ChatRole.User,
            [
                new TextContent("A long text.")
                {
                    AdditionalProperties = new() { ["cache_control"] = new JsonObject(), ["note"] = new object() },
                },
                new AIContent { RawRepresentation = new JsonObject { ["type"] = "custom" } },
            ]),
        ],
        """
        [{"role":"user","content":[
          {"type":"text","text":"A long text.","cache_control":{}},
          {"type":"custom"}]}]
        """);

    [Fact]
    public void A_name_is_changed_to_one_that_servers_accept() => Check(
        [
            new(ChatRole.User, "Hi") { AuthorName = " Ann <Lee> " },
            new(ChatRole.User, "Hi") { AuthorName = "凯尔希" },
            new(ChatRole.User, "Hi") { AuthorName = new string('x', 70) },
        ],
        $$"""
        [{"role":"user","name":"Ann__Lee_","content":"Hi"},
         {"role":"user","name":"凯尔希","content":"Hi"},
         {"role":"user","name":"{{new string('x', 64)}}","content":"Hi"}]
        """);

    [Fact]
    public void Each_result_is_a_message() => Check(
        [
            new(ChatRole.Assistant,
            [
                new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "北京", ["days"] = 3 }),
                new FunctionCallContent("c2", "now") { InformationalOnly = true },
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", new[] { 20.5, 21 }), new FunctionResultContent("c2", "noon")]),
        ],
        """
        [
          {"role":"assistant","content":null,"tool_calls":[
            {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"北京\",\"days\":3}"}},
            {"id":"c2","type":"function","function":{"name":"now","arguments":"{}"}}
          ]},
          {"role":"tool","tool_call_id":"c1","content":"[20.5,21]"},
          {"role":"tool","tool_call_id":"c2","content":"noon"}
        ]
        """);

    [Fact]
    public void A_result_comes_before_the_text_of_its_message() => Check(
        [new(ChatRole.User, [new TextContent("Go on."), new FunctionResultContent("c1", true)])],
        """[{"role":"tool","tool_call_id":"c1","content":"true"},{"role":"user","content":"Go on."}]""");

    [Fact]
    public void An_answer_has_the_additional_properties_that_are_JSON() => Check(
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant, "Hel")
            {
                AdditionalProperties = new()
                {
                    ["prefix"] = true, ["reasoning"] = "A greeting.", ["content"] = "not this", ["note"] = new object(),
                },
            },
        ],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hel","prefix":true,"reasoning":"A greeting."}]""");

    [Fact]
    public void A_refusal_is_sent_but_errors_and_usage_are_not() => Check(
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant,
            [
                new ErrorContent("I will not.") { ErrorCode = "Refusal" }, new ErrorContent("Too slow."),
                new UsageContent(new UsageDetails()),
            ]),
        ],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"","refusal":"I will not."}]""");

    [Fact]
    public void An_empty_answer_is_left_out() => Check(
        [
            new(ChatRole.User, "Hi"), new(ChatRole.Assistant, ""), new(ChatRole.Assistant, [new UsageContent(new UsageDetails())]),
            new(ChatRole.User, "Hello?"),
        ],
        """[{"role":"user","content":"Hi"},{"role":"user","content":"Hello?"}]""");

    [Fact]
    public void A_message_that_this_format_cannot_express_is_refused()
    {
        ChatDialect.OpenAI.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.Assistant, ""));
        ChatDialect.OpenAI.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("Hm.")]));
        ChatDialect.OpenAI.RefusesMessages(
            "HostedVectorStoreContent. Remove it", new ChatMessage(ChatRole.User, [new HostedVectorStoreContent("v")]));
        ChatDialect.OpenAI.RefusesMessages(
            "FunctionResultContent", new ChatMessage(ChatRole.Tool, [new AIContent { RawRepresentation = new JsonObject() }]));
    }

    private static void Check(ChatMessage[] messages, string expected, ChatOptions? options = null) =>
        JsonAssert.Equal(expected, LlmRequestStyle.Default.BuildRequest(messages, options)["messages"]);
}
