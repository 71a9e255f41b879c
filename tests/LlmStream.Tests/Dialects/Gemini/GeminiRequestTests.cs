using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class GeminiRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];
    private static readonly byte[] Bytes = [1, 2, 3];

    private static readonly AIFunctionDeclaration Weather = Declare(
        "weather", "How it is outside.", """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");

    private static readonly AIFunctionDeclaration Now = Declare("now", null, """{"type":"object","properties":{}}""");

    [Fact]
    public void Only_what_was_requested_is_sent()
    {
        JsonAssert.Equal("""{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}""", ChatDialect.Gemini.BuildRequest(Hi));
        JsonAssert.Equal(
            """{"model":"m","contents":[{"role":"user","parts":[{"text":"Hi"}]}]}""",
            ChatDialect.Gemini.BuildRequest(Hi, new ChatOptions(), "m"));
    }

    [Fact]
    public void Options_are_fields() => JsonAssert.Equal(
        """
        {"model":"gemini-2.5-flash","safetySettings":[{"category":"C","threshold":"OFF"}],
         "systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]},
         "contents":[{"role":"user","parts":[{"text":"Hi"}]}],
         "tools":[{"functionDeclarations":[
            {"name":"weather","description":"How it is outside.","parametersJsonSchema":
              {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},
            {"name":"now","description":""}]},{"googleSearch":{}},{"codeExecution":{}}],
         "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}},
         "generationConfig":{"mediaResolution":"LOW","maxOutputTokens":100,"stopSequences":["END"],"temperature":0.7,"topP":0.9,"topK":40,
            "frequencyPenalty":0.5,"presencePenalty":-0.5,"seed":42,"thinkingConfig":{"thinkingBudget":8192,"includeThoughts":true}}}
        """,
        ChatDialect.Gemini.BuildRequest(
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
                Tools = [Weather, new HostedWebSearchTool(), Now, new HostedCodeInterpreterTool()],
                ToolMode = ChatToolMode.RequireSpecific("weather"),
                AllowMultipleToolCalls = false,
                AdditionalProperties = new()
                {
                    ["safetySettings"] = JsonNode.Parse("""[{"category":"C","threshold":"OFF"}]"""),
                    ["generationConfig"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["mediaResolution"] = "LOW" },
                },
            }));

    [Fact]
    public void A_response_format_is_a_type_and_a_schema()
    {
        JsonElement schema = JsonDocument.Parse("""{"type":"object"}""").RootElement;
        JsonAssert.Equal(
            """{"responseMimeType":"application/json"}""", Config(new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        JsonAssert.Equal(
            """{"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}""",
            Config(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) }));
        Assert.Null(Config(new ChatOptions { ResponseFormat = ChatResponseFormat.Text }));
    }

    [Theory]
    [InlineData("gemini-2.5-flash", ReasoningEffort.None, null, """{"thinkingBudget":0,"includeThoughts":false}""")]
    [InlineData("gemini-3-flash", ReasoningEffort.High, null, """{"thinkingLevel":"high","includeThoughts":true}""")]
    [InlineData("gemini-3-flash", ReasoningEffort.High, ReasoningOutput.None, """{"thinkingLevel":"high","includeThoughts":false}""")]
    [InlineData("gemini-3-flash", null, ReasoningOutput.Summary, """{"includeThoughts":true}""")]
    [InlineData("gemini-3-flash", null, null, null)]
    [InlineData("gemini-2.0-flash", ReasoningEffort.High, null, null)]
    public void Reasoning_is_returned_unless_the_options_say_otherwise(
        string model, ReasoningEffort? effort, ReasoningOutput? output, string? expected)
    {
        var reasoning = new ReasoningOptions { Effort = effort, Output = output };
        JsonNode? config = Config(new ChatOptions { ModelId = model, Reasoning = reasoning });
        if (expected is null) Assert.Null(config);
        else JsonAssert.Equal(expected, config!["thinkingConfig"]);
    }

    [Theory]
    [InlineData("auto", """{"mode":"AUTO"}""")]
    [InlineData("none", """{"mode":"NONE"}""")]
    [InlineData("any", """{"mode":"ANY"}""")]
    public void The_tool_mode_is_the_function_calling_mode(string mode, string expected)
    {
        ChatToolMode toolMode = mode switch { "auto" => ChatToolMode.Auto, "none" => ChatToolMode.None, _ => ChatToolMode.RequireAny };
        JsonObject body = ChatDialect.Gemini.BuildRequest(Hi, new ChatOptions { Tools = [Weather], ToolMode = toolMode });
        JsonAssert.Equal(expected, body["toolConfig"]!["functionCallingConfig"]);
        Assert.Null(ChatDialect.Gemini.BuildRequest(Hi, new ChatOptions { ToolMode = toolMode })["toolConfig"]);
    }

    [Fact]
    public void Each_content_of_a_user_is_a_part() => JsonAssert.Equal(
        """
        [{"role":"user","parts":[
           {"text":"What is this?"},
           {"inlineData":{"mimeType":"image/png","data":"AQID"},"mediaResolution":{"level":"LOW"}},
           {"fileData":{"fileUri":"https://www.youtube.com/watch?v=x","mimeType":"video/mp4"}},
           {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc","mimeType":"application/pdf"}},
           {"inlineData":{"mimeType":"audio/wav","data":"AQID"}},
           {"executableCode":{"code":"1"}}]}]
        """,
        ChatDialect.Gemini.BuildRequest(
            [
                new(ChatRole.User,
                [
                    new TextContent("What is this?"),
                    new DataContent(Bytes, "image/png")
                    {
                        AdditionalProperties = new() { ["mediaResolution"] = new JsonObject { ["level"] = "LOW" } },
                    },
                    new UriContent("https://www.youtube.com/watch?v=x", "video/mp4"),
                    new HostedFileContent("files/abc") { MediaType = "application/pdf" },
                    new DataContent(Bytes, "audio/wav"),
                    new AIContent { RawRepresentation = JsonNode.Parse("""{"executableCode":{"code":"1"}}""") },
                ]),
            ],
            provider: LlmProvider.Gemini)["contents"]);

    [Fact]
    public void Calls_and_results_are_sent_back_with_the_ids_that_the_provider_sent() => JsonAssert.Equal(
        """
        [
          {"role":"user","parts":[{"text":"Hi"}]},
          {"role":"model","parts":[{"text":"I look."},
             {"functionCall":{"name":"weather","args":{"city":"Rome"},"id":"f1"},"thoughtSignature":"c2ln"},
             {"functionCall":{"name":"now","args":{}}}]},
          {"role":"user","parts":[
             {"functionResponse":{"name":"weather","id":"f1","response":{"sky":"blue"}}},
             {"functionResponse":{"name":"now","response":{"result":"noon"}}}]},
          {"role":"model","parts":[
             {"functionCall":{"name":"now","args":{},"id":"f3"}},
             {"functionCall":{"name":"now","args":{},"id":"f4"}},
             {"functionCall":{"name":"now","args":{},"id":"f5"}}]},
          {"role":"user","parts":[
             {"functionResponse":{"name":"now","id":"f3","response":{"error":"The clock stands."}}},
             {"functionResponse":{"name":"now","id":"f4","response":{"result":"See:"},"parts":[
               {"inlineData":{"mimeType":"image/png","data":"AQID"}}]}},
             {"functionResponse":{"name":"now","id":"f5","response":{"result":null}}}]},
          {"role":"user","parts":[{"text":"And?"}]}
        ]
        """,
        ChatDialect.Gemini.BuildRequest(
            [
                .. Hi,
                new(ChatRole.Assistant,
                [
                    new TextContent("I "), new TextContent("look."), new TextReasoningContent("Hm.") { ProtectedData = "c2ln" },
                    new FunctionCallContent("f1", "weather", new Dictionary<string, object?> { ["city"] = "Rome" }),
                ]),
                new(ChatRole.Assistant, [new FunctionCallContent("call_r1_1", "now")]),
                new(ChatRole.Tool, [new FunctionResultContent("f1", JsonNode.Parse("""{"sky":"blue"}"""))]),
                new(ChatRole.Tool, [new FunctionResultContent("call_r1_1", "noon")]),
                new(ChatRole.Assistant,
                    [new FunctionCallContent("f3", "now"), new FunctionCallContent("f4", "now"), new FunctionCallContent("f5", "now")]),
                new(ChatRole.Tool,
                [
                    new FunctionResultContent("f3", null) { Exception = new InvalidOperationException("The clock stands.") },
                    new FunctionResultContent("f4", new AIContent[] { new TextContent("See:"), new DataContent(Bytes, "image/png") }),
                    new FunctionResultContent("f5", null),
                ]),
                new(ChatRole.User, "And?"),
            ],
            model: "gemini-2.5-flash")["contents"]);

    [Fact]
    public void Signatures_are_sent_back_with_the_parts_that_they_came_with() => JsonAssert.Equal(
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
        ChatDialect.Gemini.BuildRequest(
            [
                .. Hi,
                new(ChatRole.Assistant,
                [
                    new TextContent("A"), Signature("YQ=="), new TextContent("B"), new TextContent(""),
                    new UsageContent(new UsageDetails()),
                    Signature("anthropic, not base 64"), new TextReasoningContent("Left out."), new TextContent(""),
                    new ErrorContent("x"),
                    ProviderContent.Create("anthropic", """{"type":"server_tool_use"}"""u8),
                ]),
                new(ChatRole.Assistant,
                [
                    new TextReasoningContent("") , Signature(null!), new TextContent("C"),
                    Signature("Yg=="), new TextReasoningContent("Hm."), Signature("Yw=="), Signature("ZA=="),
                    new DataContent(Bytes, "image/png"),
                    ProviderContent.Create("gemini", """{"executableCode":{"code":"1"}}"""u8), Signature("ZQ=="),
                ]),
            ])["contents"]);

    [Theory]
    [InlineData("gemini-3-flash-preview", "skip_thought_signature_validator")]
    [InlineData("gemini-2.5-pro", null)]
    public void The_first_call_without_a_signature_has_a_substitute_if_the_model_requires_one(string model, string? expected)
    {
        ChatMessage[] messages =
        [
            .. Hi,
            new(ChatRole.Assistant, [new FunctionCallContent("a", "f"), new FunctionCallContent("b", "f")]),
            new(ChatRole.Tool, [new FunctionResultContent("a", "1"), new FunctionResultContent("b", "2")]),
        ];
        JsonNode parts = ChatDialect.Gemini.BuildRequest(messages, model: model)["contents"]![1]!["parts"]!;
        Assert.Equal(expected, (string?)parts[0]!["thoughtSignature"]);
        Assert.Null(parts[1]!["thoughtSignature"]);
    }

    [Fact]
    public void Messages_that_this_format_cannot_express_are_refused()
    {
        ChatDialect.Gemini.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.System, "x"));
        ChatDialect.Gemini.RefusesMessages(
            "no earlier message has the call", new ChatMessage(ChatRole.Tool, [new FunctionResultContent("a", "1")]));
        ChatDialect.Gemini.RefusesMessages("AIContent. Remove it", new ChatMessage(ChatRole.User, [new AIContent()]));
        ChatDialect.Gemini.RefusesMessages(
            "A system message can only contain text", new ChatMessage(ChatRole.System, [new DataContent(Bytes, "image/png")]));
    }

    [Fact]
    public void Options_that_this_format_cannot_express_are_refused()
    {
        ChatDialect.Gemini.RefusesOptions("\"contents\" is set", new ChatOptions { AdditionalProperties = new() { ["contents"] = "x" } });
        ChatDialect.Gemini.RefusesOptions("(HostedMcpServerTool)", new ChatOptions { Tools = [new HostedMcpServerTool("s", "mail")] });
        ChatDialect.Gemini.RefusesOptions("ChatOptions.Tools contains null", new ChatOptions { Tools = [null!] });
        ChatDialect.Gemini.RefusesOptions(
            "not an object", new ChatOptions { AdditionalProperties = new() { ["generationConfig"] = 7 } });
    }

    [Theory]
    [InlineData("gemini-2.5-flash", "models/gemini-2.5-flash:streamGenerateContent?alt=sse")]
    [InlineData("models/gemini-2.5-flash", "models/gemini-2.5-flash:streamGenerateContent?alt=sse")]
    [InlineData("tunedModels/mine-1", "tunedModels/mine-1:streamGenerateContent?alt=sse")]
    [InlineData("a b?", "models/a%20b%3F:streamGenerateContent?alt=sse")]
    public void The_model_is_part_of_the_address(string model, string expected)
    {
        var body = new JsonObject { ["model"] = model, ["contents"] = new JsonArray() };
        RequestDescription request = ChatDialect.Gemini.Format.DescribeRequest(body, LlmProvider.Gemini);
        Assert.Equal(expected, request.Path);
        JsonAssert.Equal("""{"contents":[]}""", request.Body!);
        Assert.Equal(2, body.Count);
    }

    [Fact]
    public void A_body_without_a_model_uses_the_default_model()
    {
        RequestDescription request = ChatDialect.Gemini.Format.DescribeRequest([], LlmProvider.Gemini);
        Assert.StartsWith("models/gemini-flash-latest:", request.Path, StringComparison.Ordinal);
        LlmProvider provider = LlmProvider.Gemini with { DefaultModel = null };
        Assert.Throws<ArgumentException>("body", () => ChatDialect.Gemini.Format.DescribeRequest([], provider));
    }

    private static AIFunctionDeclaration Declare(string name, string? description, string schema) =>
        AIFunctionFactory.CreateDeclaration(name, description, JsonDocument.Parse(schema).RootElement);

    private static TextReasoningContent Signature(string signature) => new("") { ProtectedData = signature };

    private static JsonNode? Config(ChatOptions options) => ChatDialect.Gemini.BuildRequest(Hi, options)["generationConfig"];
}
