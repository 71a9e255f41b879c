using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using LlmStream.Json;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class OpenAIRequestMessagesTests
{
    private static readonly OpenAIRequestStyle DeepSeek = new() { ReasoningField = "reasoning_content" };

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
    public void A_role_of_another_name_is_passed_on() => Check(
        [new(new ChatRole("developer"), "Be brief.")], """[{"role":"developer","content":"Be brief."}]""");

    [Fact]
    public void Several_texts_are_lines_and_those_of_an_assistant_one_text() => Check(
        [
            new(ChatRole.User, [new TextContent("Summarise:"), new TextContent("A text.")]),
            new(ChatRole.Assistant, [new TextContent("It is "), new TextContent(""), new TextContent("a text.")]),
        ],
        """[{"role":"user","content":"Summarise:\nA text."},{"role":"assistant","content":"It is a text."}]""");

    [Fact]
    public void Images_go_as_data_or_as_a_link() => Check(
        [
            new(ChatRole.User,
            [
                new TextContent("What is this?"),
                new DataContent(new byte[] { 1, 2, 3 }, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } },
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
    public void Sounds_films_and_files_have_their_own_parts() => Check(
        [
            new(ChatRole.User,
            [
                new DataContent(new byte[] { 1, 2, 3 }, "audio/mpeg"),
                new DataContent(new byte[] { 1, 2, 3 }, "audio/x-wav"),
                new UriContent("https://example.com/a.mp4", "video/mp4"),
                new DataContent(new byte[] { 1, 2, 3 }, "application/pdf") { Name = "a.pdf" },
                new DataContent(new byte[] { 1, 2, 3 }, "text/plain"),
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
    public void A_part_takes_what_its_properties_say_and_may_be_written_by_hand() => Check(
        [
            new(ChatRole.User,
            [
                new TextContent("A long text.") { AdditionalProperties = new() { ["cache_control"] = new JsonObject { ["type"] = "ephemeral" }, ["note"] = new object() } },
                new AIContent { RawRepresentation = new JsonObject { ["type"] = "smell" } },
            ]),
        ],
        """[{"role":"user","content":[{"type":"text","text":"A long text.","cache_control":{"type":"ephemeral"}},{"type":"smell"}]}]""");

    [Fact]
    public void A_name_is_made_such_that_it_is_taken()
    {
        ChatMessage[] messages = [new(ChatRole.User, "Hi") { AuthorName = " Ann <Lee> " }, new(ChatRole.User, "Hi") { AuthorName = "凯尔希" }, new(ChatRole.User, "Hi") { AuthorName = new string('x', 70) }];
        Check(messages, $$"""
            [{"role":"user","name":"Ann__Lee_","content":"Hi"},{"role":"user","name":"凯尔希","content":"Hi"},{"role":"user","name":"{{new string('x', 64)}}","content":"Hi"}]
            """);
        Check(messages[..1], """[{"role":"user","content":"Hi"}]""", style: new OpenAIRequestStyle { TakesNames = false });
    }

    [Fact]
    public void Calls_and_results_become_an_assistant_message_and_one_message_a_result() => Check(
        [
            new(ChatRole.Assistant,
            [
                new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "北京", ["days"] = 3, ["deep"] = new Dictionary<string, object?> { ["a"] = null } }),
                new FunctionCallContent("c2", "now") { InformationalOnly = true },
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", new[] { 20.5, 21 }), new FunctionResultContent("c2", "noon")]),
        ],
        """
        [
          {"role":"assistant","content":null,"tool_calls":[
            {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"北京\",\"days\":3,\"deep\":{\"a\":null}}"}},
            {"id":"c2","type":"function","function":{"name":"now","arguments":"{}"}}
          ]},
          {"role":"tool","tool_call_id":"c1","content":"[20.5,21]"},
          {"role":"tool","tool_call_id":"c2","content":"noon"}
        ]
        """);

    [Fact]
    public void A_result_stands_before_the_text_beside_it() => Check(
        [new(ChatRole.User, [new TextContent("Go on."), new FunctionResultContent("c1", true)])],
        """[{"role":"tool","tool_call_id":"c1","content":"true"},{"role":"user","content":"Go on."}]""");

    public static TheoryData<object?, string> Results => new()
    {
        { null, "null" },
        { "plain \"text\"", "plain \"text\"" },
        { JsonElementOf("\"a string\""), "a string" },
        { JsonValue.Create("a string"), "a string" },
        { JsonElementOf("""{"a":[1,"é"]}"""), """{"a":[1,"é"]}""" },
        { new JsonObject { ["a"] = 1 }, """{"a":1}""" },
        { 3.5m, "3.5" },
        { new Forecast("sunny", 20), """{"sky":"sunny","degrees":20}""" },
        { new TextContent("text"), "text" },
        { new List<AIContent> { new TextContent("one"), new TextContent("two") }, "one\ntwo" },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public void A_result_is_text_or_json(object? result, string expected)
    {
        JsonObject body = OpenAIRequest.Build([new(ChatRole.Tool, [new FunctionResultContent("c1", result)])], null, null, null);
        Assert.Equal(expected, (string?)body["messages"]![0]!["content"]);
    }

    [Fact]
    public void A_failure_is_told_in_words()
    {
        var failure = new InvalidOperationException("No such city.");
        Check(
            [new(ChatRole.Tool, [new FunctionResultContent("c1", null) { Exception = failure }, new FunctionResultContent("c2", "It failed.") { Exception = failure }])],
            """[{"role":"tool","tool_call_id":"c1","content":"Error: No such city."},{"role":"tool","tool_call_id":"c2","content":"It failed."}]""");
    }

    [Fact]
    public void Reasoning_goes_back_only_where_the_provider_has_a_field_for_it()
    {
        ChatMessage[] messages = [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, [new TextReasoningContent("A greet"), new TextReasoningContent("ing."), new TextContent("Hello.")])];
        Check(messages, """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]""");
        Check(messages, """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello.","reasoning_content":"A greeting."}]""", style: DeepSeek);
        Check(messages, """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello.","reasoning":"A greeting."}]""", style: new() { ReasoningField = "reasoning" });
    }

    [Fact]
    public void An_assistant_message_takes_flags() => Check(
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant, "Hel") { AdditionalProperties = new() { ["prefix"] = true, ["reasoning_content"] = "A greeting.", ["content"] = "not this", ["note"] = new object() } },
        ],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hel","prefix":true,"reasoning_content":"A greeting."}]""");

    [Fact]
    public void A_refusal_goes_back_as_one_and_notes_do_not() => Check(
        [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, [new ErrorContent("I will not.") { ErrorCode = "Refusal" }, new ErrorContent("Too slow."), new UsageContent(new UsageDetails())])],
        """[{"role":"user","content":"Hi"},{"role":"assistant","content":"","refusal":"I will not."}]""");

    [Fact]
    public void A_model_that_said_nothing_has_no_turn() => Check(
        [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, ""), new(ChatRole.Assistant, [new UsageContent(new UsageDetails())]), new(ChatRole.User, "Hello?")],
        """[{"role":"user","content":"Hi"},{"role":"user","content":"Hello?"}]""");

    [Fact]
    public void No_messages_are_refused()
    {
        Assert.Throws<ArgumentNullException>("messages", () => OpenAIRequest.Build(null!, null, null, null));
        Assert.Contains("Give at least one", Refuse(), StringComparison.Ordinal);
        Assert.Contains("Give at least one", Refuse(new ChatMessage(ChatRole.Assistant, "")), StringComparison.Ordinal);
        Assert.Contains("Message 1 is null", Refuse(new ChatMessage(ChatRole.User, "Hi"), null!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_cannot_be_sent_is_refused()
    {
        Assert.Contains("Message 0 (\"user\") holds nothing", Refuse(new ChatMessage(ChatRole.User, [])), StringComparison.Ordinal);
        Assert.Contains("holds nothing", Refuse(new ChatMessage(ChatRole.User, "")), StringComparison.Ordinal);
        Assert.Contains("FunctionResultContent", Refuse(new ChatMessage(ChatRole.Tool, "noon")), StringComparison.Ordinal);
        Assert.Contains("role assistant", Refuse(new ChatMessage(ChatRole.User, [new FunctionCallContent("c", "f")])), StringComparison.Ordinal);
        Assert.Contains("RawRepresentation", Refuse(new ChatMessage(ChatRole.User, [new HostedVectorStoreContent("v")])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_is_no_json_is_refused()
    {
        var circle = new List<object>();
        circle.Add(circle);
        Assert.Contains("JsonNode", Refuse(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", circle)])), StringComparison.Ordinal);
        Assert.Contains("JsonNode", Refuse(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", typeof(string))])), StringComparison.Ordinal);
    }

    private static JsonElement JsonElementOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static void Check(ChatMessage[] messages, string expected, ChatOptions? options = null, OpenAIRequestStyle? style = null) =>
        JsonAssert.Equal(expected, OpenAIRequest.Build(messages, options, null, null, style)["messages"]);

    private static string Refuse(params ChatMessage[] messages) =>
        Assert.ThrowsAny<ArgumentException>(() => OpenAIRequest.Build(messages, null, null, null)).Message;

    internal sealed record Forecast(string Sky, int Degrees);
}
