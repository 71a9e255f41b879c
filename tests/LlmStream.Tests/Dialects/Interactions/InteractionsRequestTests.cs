using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Dialects.Interactions;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class InteractionsRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];
    private static readonly InteractionsDialect Format = new();

    private static readonly AIFunctionDeclaration Weather = AIFunctionFactory.CreateDeclaration(
        "weather", "How it is outside.", JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""").RootElement);

    [Fact]
    public void Only_what_was_requested_is_sent()
    {
        JsonAssert.Equal("""{"input":[{"type":"user_input","content":[{"type":"text","text":"Hi"}]}]}""", ChatDialect.Interactions.BuildRequest(Hi));
        JsonAssert.Equal(
            """{"model":"m","input":[{"type":"user_input","content":[{"type":"text","text":"Hi"}]}]}""",
            ChatDialect.Interactions.BuildRequest(Hi, new ChatOptions(), "m"));
    }

    [Fact]
    public void Options_are_fields() => JsonAssert.Equal(
        """
        {"model":"gemini-x","store":false,"previous_interaction_id":"v1_before","background":true,
         "system_instruction":"Be brief.\n\nBe kind.",
         "input":[{"type":"user_input","content":[{"type":"text","text":"Hi"}]}],
         "response_format":[{"type":"text","mime_type":"application/json","schema":{"type":"object"}}],
         "tools":[{"type":"function","name":"weather","description":"How it is outside.","parameters":
            {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},{"type":"google_search"},{"type":"code_execution"}],
         "generation_config":{"max_output_tokens":100,"stop_sequences":["END"],"temperature":0.5,"top_p":0.25,"seed":42,
            "thinking_level":"medium","thinking_summaries":"auto","tool_choice":{"allowed_tools":{"mode":"validated","tools":["weather"]}}}}
        """,
        ChatDialect.Interactions.BuildRequest(
            [new(ChatRole.System, "Be kind."), .. Hi],
            new ChatOptions
            {
                ModelId = "gemini-x",
                Instructions = "Be brief.",
                ConversationId = "v1_before",
                Temperature = 0.5f,
                TopP = 0.25f,
                TopK = 40,
                MaxOutputTokens = 100,
                Seed = 42,
                StopSequences = ["END"],
                Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Medium },
                ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"object"}""").RootElement),
                Tools = [Weather, new HostedWebSearchTool(), new HostedCodeInterpreterTool()],
                ToolMode = ChatToolMode.RequireSpecific("weather"),
                AllowBackgroundResponses = true,
                AdditionalProperties = new AdditionalPropertiesDictionary { ["store"] = false },
            }));

    [Theory]
    [InlineData(ReasoningEffort.None, null, "minimal", "none")]
    [InlineData(ReasoningEffort.Low, null, "low", "auto")]
    [InlineData(ReasoningEffort.ExtraHigh, ReasoningOutput.None, "high", "none")]
    [InlineData(null, ReasoningOutput.Summary, null, "auto")]
    public void Reasoning_is_a_level_and_summaries(ReasoningEffort? effort, ReasoningOutput? output, string? level, string summaries)
    {
        JsonObject body = ChatDialect.Interactions.BuildRequest(Hi, new ChatOptions { Reasoning = new ReasoningOptions { Effort = effort, Output = output } });
        Assert.Equal((level, summaries), ((string?)body["generation_config"]!["thinking_level"], (string?)body["generation_config"]!["thinking_summaries"]));
    }

    [Theory]
    [InlineData("auto", "\"auto\"")]
    [InlineData("none", "\"none\"")]
    [InlineData("any", "\"any\"")]
    public void A_tool_mode_is_sent_with_functions_only(string mode, string expected)
    {
        ChatToolMode tools = mode switch { "auto" => ChatToolMode.Auto, "none" => ChatToolMode.None, _ => ChatToolMode.RequireAny };
        JsonObject body = ChatDialect.Interactions.BuildRequest(Hi, new ChatOptions { Tools = [Weather], ToolMode = tools });
        Assert.Equal(expected, body["generation_config"]!["tool_choice"]!.ToJsonString());
        Assert.Null(ChatDialect.Interactions.BuildRequest(Hi, new ChatOptions { Tools = [new HostedWebSearchTool()], ToolMode = tools })["generation_config"]);
    }

    [Fact]
    public void Contents_are_sent_by_their_media_type() => JsonAssert.Equal(
        """
        {"input":[{"type":"user_input","content":[{"type":"text","text":"See:"},
            {"type":"image","data":"AQID","mime_type":"image/png","resolution":"low"},
            {"type":"document","uri":"https://example.com/a.pdf","mime_type":"application/pdf"},
            {"type":"video","uri":"https://llm.test/v1/files/f","mime_type":"video/mp4"},
            {"type":"audio","data":"AQID","mime_type":"audio/wav"},{"type":"own"}]}]}
        """,
        ChatDialect.Interactions.BuildRequest(
        [
            new(ChatRole.User,
            [
                new TextContent("See:"),
                new DataContent((byte[])[1, 2, 3], "image/png") { AdditionalProperties = new AdditionalPropertiesDictionary { ["resolution"] = "low" } },
                new UriContent("https://example.com/a.pdf", "application/pdf"),
                new HostedFileContent("files/f") { MediaType = "video/mp4" },
                new DataContent((byte[])[1, 2, 3], "audio/wav"),
                new AIContent { RawRepresentation = new JsonObject { ["type"] = "own" } },
            ]),
        ]));

    [Fact]
    public void An_answer_is_sent_back_step_by_step() => JsonAssert.Equal(
        """
        {"input":[{"type":"user_input","content":[{"type":"text","text":"Hi"}]},
            {"type":"thought","signature":"dGg=","summary":[{"type":"text","text":"Hm. So."}]},
            {"type":"model_output","content":[{"type":"text","text":"I look."}]},
            {"type":"google_search_call","id":"s"},
            {"type":"function_call","id":"c","name":"weather","arguments":{"city":"Rome"},"signature":"Y2FsbA=="},
            {"type":"function_call","id":"d","name":"weather","arguments":{}},
            {"type":"function_result","call_id":"c","name":"weather","result":"sunny"},
            {"type":"function_result","call_id":"d","name":"weather","result":"Error: no city","is_error":true},
            {"type":"user_input","content":[{"type":"text","text":"And?"}]}]}
        """,
        ChatDialect.Interactions.BuildRequest(
        [
            .. Hi,
            new(ChatRole.Assistant,
            [
                new TextReasoningContent("Hm. "), new TextReasoningContent("So.") { ProtectedData = "dGg=" },
                new TextContent("I "), new TextContent("look."),
                Kept("""{"type":"google_search_call","id":"s"}"""),
                Kept("""{"type":"function_call_signature","id":"c","signature":"Y2FsbA=="}"""),
                new FunctionCallContent("c", "weather", new Dictionary<string, object?>(StringComparer.Ordinal) { ["city"] = "Rome" }),
                new FunctionCallContent("d", "weather"),
                new TextReasoningContent("Of another provider."),
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("c", "sunny"), new FunctionResultContent("d", null) { Exception = new InvalidOperationException("no city") }]),
            new(ChatRole.User, "And?"),
        ]));

    [Fact]
    public void A_tool_that_has_no_equivalent_is_refused() =>
        Assert.Throws<ArgumentException>(() => ChatDialect.Interactions.BuildRequest(Hi, new ChatOptions { Tools = [new HostedFileSearchTool()] }));

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"store":true}""", true)]
    [InlineData("""{"store":false}""", false)]
    public void An_interaction_is_kept_unless_the_request_says_otherwise(string body, bool expected) => Assert.Equal(expected, Format.KeepsAnswer(Parse(body)));

    [Theory]
    [InlineData("interactions", "interactions/v1_%2F?stream=true&last_event_id=e%3D1")]
    [InlineData("projects/p/interactions?alt=x", "projects/p/interactions/v1_%2F?alt=x&stream=true&last_event_id=e%3D1")]
    public void A_replay_begins_after_an_event(string path, string expected)
    {
        LlmProvider provider = LlmProvider.GeminiInteractions with { ChatPath = path };
        RequestDescription replay = Assert.Single(Format.DescribeReplays(Parse("""{"input":"Why?"}"""), provider, new ReplayPoint("v1_/", "e=1")));
        Assert.Equal(("GET", expected), (replay.Method, replay.Path));
        Assert.Null(replay.IsPending);
    }

    [Theory]
    [InlineData("""{"input":"Why?","background":true}""")]
    [InlineData("{}")] // only the id is known
    public void An_interaction_that_goes_on_is_polled_after_that(string body)
    {
        IReadOnlyList<RequestDescription> replays = Format.DescribeReplays(Parse(body), LlmProvider.GeminiInteractions, new ReplayPoint("v1_/", ""));
        Assert.Equal(["interactions/v1_%2F?stream=true", "interactions/v1_%2F"], replays.Select(replay => replay.Path));
        Assert.NotNull(replays[1].IsPending);
    }

    [Theory]
    [InlineData("\"Why?\"", "Why?")]
    [InlineData("""[{"type":"text","text":"Why"},{"type":"text","text":"?"}]""", "Why?")]
    [InlineData("""{"type":"text","text":"Why?"}""", "Why?")]
    [InlineData("""{"type":"user_input","content":[{"type":"text","text":"Why?"}]}""", "Why?")]
    [InlineData("""[{"type":"user_input","content":"Why?"},{"type":"google_search_call"}]""", "Why?")]
    public void Any_input_can_be_continued(string input, string expected)
    {
        JsonObject body = Parse($$"""{"input":{{input}}}""");
        JsonArray steps = Format.OpenMessages(body);
        Assert.Same(steps, body["input"]);
        Assert.Equal(expected, Format.TextOf(steps[0]!.AsObject()));
        Assert.True(Format.IsFrom(isAssistant: false, steps[0]!.AsObject()));
        steps.Add((JsonNode)Format.CreateMessage(isAssistant: true, "Because"));
        Assert.True(Format.IsFrom(isAssistant: true, steps[^1]!.AsObject()));
    }

    [Theory]
    [InlineData("""{"response_format":[{"type":"image"},{"type":"text","mime_type":"application/json"}]}""", true)]
    [InlineData("""{"response_format":{"type":"text","schema":{}}}""", true)]
    [InlineData("""{"response_format":{},"response_mime_type":"application/json"}""", true)]
    [InlineData("""{"response_format":[{"type":"text"}]}""", false)]
    [InlineData("{}", false)]
    public void Structured_output_is_recognised(string body, bool expected) => Assert.Equal(expected, Format.RequestsJson(Parse(body)));

    [Fact]
    public async Task It_is_posted_with_the_revision_of_the_API()
    {
        const string answer = """data: {"event_type":"interaction.created","interaction":{"id":"v1_a","model":"m"}}""" + "\n\n"
            + """data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"Hi."}}""" + "\n\n"
            + """data: {"event_type":"interaction.completed","interaction":{"status":"completed"}}""" + "\n\n";
        var server = new StubServer().Streams(answer);
        ChatStreamResult result = await server.Client(options => options.Provider = LlmProvider.GeminiInteractions).StreamAsync("Hi").CollectAsync();

        Assert.Equal(("Hi.", "v1_a"), (result.Text, result.Stream.Id));
        Assert.Equal("https://generativelanguage.googleapis.com/v1beta/interactions", server.Requests[0].RequestUri!.AbsoluteUri);
        Assert.Equal("2026-05-20", server.Requests[0].Headers.GetValues("Api-Revision").Single());
        Assert.True(server.Requests[0].Headers.Contains("x-goog-api-key"));
        Assert.True((bool)JsonNode.Parse(server.Bodies[0])!["stream"]!);
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static AIContent Kept(string json) => ProviderContent.Create("interactions", System.Text.Encoding.UTF8.GetBytes(json));
}
