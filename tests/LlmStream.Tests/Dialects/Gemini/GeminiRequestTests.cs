using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Gemini;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;
using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class GeminiRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];
    private static readonly AIFunctionDeclaration Weather = AIFunctionFactory.CreateDeclaration(
        "weather", "How it is outside.", JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""").RootElement);

    [Fact]
    public void Nothing_that_was_not_asked_is_sent()
    {
        JsonAssert.Equal("""{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}""", GeminiRequest.Build(Hi, null, null, null));
        JsonAssert.Equal("""{"model":"m","contents":[{"role":"user","parts":[{"text":"Hi"}]}]}""", GeminiRequest.Build(Hi, new ChatOptions(), "m", null));
    }

    [Fact]
    public void Options_become_fields() => JsonAssert.Equal(
        """
        {"model":"gemini-2.5-flash","safetySettings":[{"category":"C","threshold":"OFF"}],
         "systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]},
         "contents":[{"role":"user","parts":[{"text":"Hi"}]}],
         "tools":[{"functionDeclarations":[
            {"name":"weather","description":"How it is outside.","parametersJsonSchema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},
            {"name":"now","description":""}]},{"googleSearch":{}},{"codeExecution":{}}],
         "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}},
         "generationConfig":{"mediaResolution":"LOW","maxOutputTokens":100,"stopSequences":["END"],"temperature":0.7,"topP":0.9,"topK":40,"frequencyPenalty":0.5,"presencePenalty":-0.5,"seed":42,
            "thinkingConfig":{"thinkingBudget":8192,"includeThoughts":true}}}
        """,
        GeminiRequest.Build(
            [new(ChatRole.System, "Be kind."), .. Hi],
            new ChatOptions
            {
                ModelId = "gemini-2.5-flash",
                Instructions = "Be brief.",
                Temperature = 0.7f,
                TopP = 0.9f,
                TopK = 40,
                MaxOutputTokens = 100,
                FrequencyPenalty = 0.5f,
                PresencePenalty = -0.5f,
                Seed = 42,
                StopSequences = ["END"],
                Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Medium },
                Tools = [Weather, new HostedWebSearchTool(), AIFunctionFactory.CreateDeclaration("now", null, JsonDocument.Parse("""{"type":"object","properties":{}}""").RootElement), new HostedCodeInterpreterTool()],
                ToolMode = ChatToolMode.RequireSpecific("weather"),
                AllowMultipleToolCalls = false,
                AdditionalProperties = new()
                {
                    ["safetySettings"] = JsonNode.Parse("""[{"category":"C","threshold":"OFF"}]"""),
                    ["generationConfig"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["mediaResolution"] = "LOW" },
                },
            },
            null,
            null));

    [Fact]
    public void An_answer_in_JSON_is_asked_for_by_type_and_schema()
    {
        JsonAssert.Equal("""{"responseMimeType":"application/json"}""", Config(new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        JsonAssert.Equal(
            """{"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}""",
            Config(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"object"}""").RootElement) }));
        Assert.Null(Config(new ChatOptions { ResponseFormat = ChatResponseFormat.Text }));
    }

    [Theory]
    [InlineData("gemini-2.5-flash", ReasoningEffort.None, """{"thinkingBudget":0,"includeThoughts":false}""")]
    [InlineData("gemini-2.5-pro", ReasoningEffort.None, """{"thinkingBudget":128,"includeThoughts":false}""")]
    [InlineData("gemini-2.5-pro", ReasoningEffort.ExtraHigh, """{"thinkingBudget":32768,"includeThoughts":true}""")]
    [InlineData("gemini-2.5-flash", ReasoningEffort.ExtraHigh, """{"thinkingBudget":24576,"includeThoughts":true}""")]
    [InlineData("models/gemini-3-pro-preview", ReasoningEffort.Medium, """{"thinkingLevel":"high","includeThoughts":true}""")]
    [InlineData("gemini-3.1-pro", ReasoningEffort.None, """{"thinkingLevel":"low","includeThoughts":false}""")]
    [InlineData("gemini-flash-latest", ReasoningEffort.None, """{"thinkingLevel":"minimal","includeThoughts":false}""")]
    [InlineData("gemini-4-flash", ReasoningEffort.Low, """{"thinkingLevel":"low","includeThoughts":true}""")]
    [InlineData("gemini-2.0-flash", ReasoningEffort.High, null)]
    [InlineData("gemma-3-27b-it", ReasoningEffort.High, null)]
    public void Effort_is_a_budget_or_a_level(string model, ReasoningEffort effort, string? expected)
    {
        JsonNode? config = Config(new ChatOptions { ModelId = model, Reasoning = new ReasoningOptions { Effort = effort } });
        if (expected is null) Assert.Null(config);
        else JsonAssert.Equal(expected, config!["thinkingConfig"]);
    }

    [Fact]
    public void Thoughts_are_shown_or_not()
    {
        JsonAssert.Equal("""{"thinkingConfig":{"includeThoughts":true}}""", Config(new ChatOptions { Reasoning = new ReasoningOptions { Output = ReasoningOutput.Summary } }));
        JsonAssert.Equal(
            """{"thinkingConfig":{"thinkingLevel":"high","includeThoughts":false}}""",
            Config(new ChatOptions { ModelId = "gemini-3-flash", Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High, Output = ReasoningOutput.None } }));
    }

    [Theory]
    [InlineData("auto", """{"mode":"AUTO"}""")]
    [InlineData("none", """{"mode":"NONE"}""")]
    [InlineData("any", """{"mode":"ANY"}""")]
    public void The_tool_mode_is_configured(string mode, string expected)
    {
        ChatToolMode asked = mode switch { "auto" => ChatToolMode.Auto, "none" => ChatToolMode.None, _ => ChatToolMode.RequireAny };
        JsonAssert.Equal(expected, GeminiRequest.Build(Hi, new ChatOptions { Tools = [Weather], ToolMode = asked }, null, null)["toolConfig"]!["functionCallingConfig"]);
        Assert.Null(GeminiRequest.Build(Hi, new ChatOptions { ToolMode = asked }, null, null)["toolConfig"]);
    }

    [Fact]
    public void All_that_a_user_can_say_is_a_part() => JsonAssert.Equal(
        """
        [{"role":"user","parts":[
           {"text":"What is this?"},
           {"inlineData":{"mimeType":"image/png","data":"AQID"},"mediaResolution":{"level":"LOW"}},
           {"fileData":{"fileUri":"https://www.youtube.com/watch?v=x","mimeType":"video/mp4"}},
           {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc","mimeType":"application/pdf"}},
           {"inlineData":{"mimeType":"audio/wav","data":"AQID"}},
           {"executableCode":{"code":"1"}}]}]
        """,
        GeminiRequest.Build(
            [
                new(ChatRole.User,
                [
                    new TextContent("What is this?"),
                    new DataContent(new byte[] { 1, 2, 3 }, "image/png") { AdditionalProperties = new() { ["mediaResolution"] = new JsonObject { ["level"] = "LOW" } } },
                    new UriContent("https://www.youtube.com/watch?v=x", "video/mp4"),
                    new HostedFileContent("files/abc") { MediaType = "application/pdf" },
                    new DataContent(new byte[] { 1, 2, 3 }, "audio/wav"),
                    new AIContent { RawRepresentation = JsonNode.Parse("""{"executableCode":{"code":"1"}}""") },
                ]),
            ],
            null, null, null, LlmProvider.Gemini.BaseAddress)["contents"]);

    [Fact]
    public void Calls_and_results_go_back_with_names_and_with_ids_where_there_were_some() => JsonAssert.Equal(
        """
        [
          {"role":"user","parts":[{"text":"Hi"}]},
          {"role":"model","parts":[{"text":"I look."},
             {"functionCall":{"name":"weather","args":{"city":"Rome"},"id":"f1"},"thoughtSignature":"c2ln"},
             {"functionCall":{"name":"now","args":{}}}]},
          {"role":"user","parts":[
             {"functionResponse":{"name":"weather","id":"f1","response":{"sky":"blue"}}},
             {"functionResponse":{"name":"now","response":{"result":"noon"}}}]},
          {"role":"model","parts":[{"functionCall":{"name":"now","args":{},"id":"f3"}},{"functionCall":{"name":"now","args":{},"id":"f4"}},{"functionCall":{"name":"now","args":{},"id":"f5"}}]},
          {"role":"user","parts":[
             {"functionResponse":{"name":"now","id":"f3","response":{"error":"The clock stands."}}},
             {"functionResponse":{"name":"now","id":"f4","response":{"result":"See:"},"parts":[{"inlineData":{"mimeType":"image/png","data":"AQID"}}]}},
             {"functionResponse":{"name":"now","id":"f5","response":{"result":null}}}]},
          {"role":"user","parts":[{"text":"And?"}]}
        ]
        """,
        GeminiRequest.Build(
            [
                .. Hi,
                new(ChatRole.Assistant, [new TextContent("I "), new TextContent("look."), new TextReasoningContent("Hm.") { ProtectedData = "c2ln" }, new FunctionCallContent("f1", "weather", new Dictionary<string, object?>(StringComparer.Ordinal) { ["city"] = "Rome" })]),
                new(ChatRole.Assistant, [new FunctionCallContent("call_r1_1", "now")]),
                new(ChatRole.Tool, [new FunctionResultContent("f1", JsonNode.Parse("""{"sky":"blue"}"""))]),
                new(ChatRole.Tool, [new FunctionResultContent("call_r1_1", "noon")]),
                new(ChatRole.Assistant, [new FunctionCallContent("f3", "now"), new FunctionCallContent("f4", "now"), new FunctionCallContent("f5", "now")]),
                new(ChatRole.Tool,
                [
                    new FunctionResultContent("f3", null) { Exception = new InvalidOperationException("The clock stands.") },
                    new FunctionResultContent("f4", new AIContent[] { new TextContent("See:"), new DataContent(new byte[] { 1, 2, 3 }, "image/png") }),
                    new FunctionResultContent("f5", null),
                ]),
                new(ChatRole.User, "And?"),
            ],
            null, "gemini-2.5-flash", null)["contents"]);

    [Fact]
    public void Signatures_go_back_on_the_parts_that_they_came_on() => JsonAssert.Equal(
        """
        [{"role":"user","parts":[{"text":"Hi"}]},
         {"role":"model","parts":[
            {"text":"A"},{"text":"B","thoughtSignature":"YQ=="},{"text":"C"},
            {"text":"Hm.","thought":true,"thoughtSignature":"Yg=="},
            {"text":"","thoughtSignature":"Yw=="},
            {"inlineData":{"mimeType":"image/png","data":"AQID"},"thoughtSignature":"ZA=="},
            {"executableCode":{"code":"1"}},
            {"text":"","thoughtSignature":"ZQ=="}]}]
        """,
        GeminiRequest.Build(
            [
                .. Hi,
                new(ChatRole.Assistant,
                [
                    new TextContent("A"), Signature("YQ=="), new TextContent("B"), new TextContent(""), new UsageContent(new UsageDetails()),
                    Signature("anthropic, not base 64"), new TextReasoningContent("Left out."), new TextContent(""),
                    new ErrorContent("x"),
                    new AIContent { AdditionalProperties = new() { ["llmstream.anthropic"] = new JsonObject { ["type"] = "server_tool_use" } } },
                ]),
                new(ChatRole.Assistant,
                [
                    new TextReasoningContent("") , Signature(null!), new TextContent("C"),
                    Signature("Yg=="), new TextReasoningContent("Hm."), Signature("Yw=="), Signature("ZA=="), new DataContent(new byte[] { 1, 2, 3 }, "image/png"),
                    ProviderContent.Create("gemini", """{"executableCode":{"code":"1"}}"""u8), Signature("ZQ=="),
                ]),
            ],
            null, null, null)["contents"]);

    [Fact]
    public void A_call_of_another_model_is_excused_from_its_signature()
    {
        ChatMessage[] messages = [.. Hi, new(ChatRole.Assistant, [new FunctionCallContent("a", "f"), new FunctionCallContent("b", "f")]), new(ChatRole.Tool, [new FunctionResultContent("a", "1"), new FunctionResultContent("b", "2")])];
        JsonNode parts = GeminiRequest.Build(messages, null, "gemini-3-flash-preview", null)["contents"]![1]!["parts"]!;
        Assert.Equal("skip_thought_signature_validator", (string?)parts[0]!["thoughtSignature"]);
        Assert.Null(parts[1]!["thoughtSignature"]);
        Assert.Null(GeminiRequest.Build(messages, null, "gemini-2.5-pro", null)["contents"]![1]!["parts"]![0]!["thoughtSignature"]);
    }

    [Fact]
    public void What_cannot_be_said_is_refused()
    {
        Assert.Throws<ArgumentNullException>("messages", () => GeminiRequest.Build(null!, null, null, null));
        Refuse("at least one", [new(ChatRole.System, "x")]);
        Refuse("is null", [null!]);
        Refuse("holds nothing", [new(ChatRole.User, "")]);
        Refuse("Only a model calls", [new(ChatRole.User, [new FunctionCallContent("a", "f")])]);
        Refuse("no message before it holds that call", [.. Hi, new(ChatRole.Tool, [new FunctionResultContent("a", "1")])]);
        Refuse("says which call it answers", [.. Hi, new(ChatRole.Tool, "1")]);
        Refuse("AIContent, for which this API has no form", [new(ChatRole.User, [new AIContent()])]);
        Refuse("one place", Hi, new ChatOptions { AdditionalProperties = new() { ["contents"] = new JsonArray() } });
        Refuse("HostedMcpServerTool", Hi, new ChatOptions { Tools = [new HostedMcpServerTool("s", "https://example.com")] });
        Refuse("A tool is null", Hi, new ChatOptions { Tools = [null!] });
    }

    [Theory]
    [InlineData("gemini-2.5-flash", "models/gemini-2.5-flash:streamGenerateContent?alt=sse")]
    [InlineData("models/gemini-2.5-flash", "models/gemini-2.5-flash:streamGenerateContent?alt=sse")]
    [InlineData("tunedModels/mine-1", "tunedModels/mine-1:streamGenerateContent?alt=sse")]
    [InlineData("a b?", "models/a%20b%3F:streamGenerateContent?alt=sse")]
    public void The_model_goes_into_the_address(string model, string expected)
    {
        var body = new JsonObject { ["model"] = model, ["contents"] = new JsonArray() };
        RequestDescription request = new GeminiDialect().DescribeRequest(body, LlmProvider.Gemini);
        Assert.Equal(expected, request.Path);
        JsonAssert.Equal("""{"contents":[]}""", request.Body!);
        Assert.Equal(2, body.Count);
    }

    [Fact]
    public void Without_a_model_there_is_no_address()
    {
        Assert.StartsWith("models/gemini-flash-latest:", new GeminiDialect().DescribeRequest([], LlmProvider.Gemini).Path, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GeminiDialect().DescribeRequest([], LlmProvider.Gemini with { DefaultModel = null }));
    }

    private static TextReasoningContent Signature(string signature) => new("") { ProtectedData = signature };

    private static JsonNode? Config(ChatOptions options) => GeminiRequest.Build(Hi, options, null, null)["generationConfig"];

    private static void Refuse(string because, ChatMessage[] messages, ChatOptions? options = null) =>
        Assert.Contains(because, Assert.Throws<ArgumentException>(() => GeminiRequest.Build(messages, options, null, null)).Message, StringComparison.Ordinal);
}
