using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Dialects.Ollama;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class OllamaRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    [Fact]
    public void What_is_not_asked_is_not_said() => JsonAssert.Equal(
        """{"model":"llama3.2","messages":[{"role":"user","content":"Hi"}]}""",
        OllamaRequest.Build(Hi, null, "llama3.2", null));

    [Fact]
    public void What_steers_the_model_stands_in_options() => JsonAssert.Equal(
        """
        {"model":"qwen3","keep_alive":"10m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
         "tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],
         "format":"json","think":false,
         "options":{"num_ctx":8192,"num_predict":100,"stop":["END"],"temperature":0.5,"top_p":0.25,"top_k":40,"frequency_penalty":0.5,"presence_penalty":1,"seed":42}}
        """,
        OllamaRequest.Build(
            Hi,
            new ChatOptions
            {
                ModelId = "qwen3",
                Instructions = "Be brief.",
                Temperature = 0.5f,
                TopP = 0.25f,
                TopK = 40,
                MaxOutputTokens = 100,
                PresencePenalty = 1,
                FrequencyPenalty = 0.5f,
                Seed = 42,
                StopSequences = ["END"],
                Reasoning = new ReasoningOptions { Effort = ReasoningEffort.None },
                ResponseFormat = ChatResponseFormat.Json,
                Tools = [AIFunctionFactory.CreateDeclaration("now", null, default)],
                ToolMode = ChatToolMode.RequireAny,
                AllowMultipleToolCalls = true,
                AdditionalProperties = new() { ["num_ctx"] = 8192, ["keep_alive"] = "10m" },
            },
            "llama3.2",
            null));

    [Theory]
    [InlineData("qwen3:8b", ReasoningEffort.High, "true")]
    [InlineData("qwen3:8b", ReasoningEffort.None, "false")]
    [InlineData("gpt-oss:20b", ReasoningEffort.Low, "\"low\"")]
    [InlineData("gpt-oss:20b", ReasoningEffort.Medium, "\"medium\"")]
    [InlineData("gpt-oss:20b", ReasoningEffort.ExtraHigh, "\"high\"")]
    [InlineData("gpt-oss:20b", ReasoningEffort.None, "false")]
    public void Only_one_family_of_models_thinks_by_degrees(string model, ReasoningEffort effort, string expected) =>
        JsonAssert.Equal(expected, OllamaRequest.Build(Hi, new ChatOptions { Reasoning = new ReasoningOptions { Effort = effort } }, model, null)["think"]);

    [Fact]
    public void A_schema_is_the_format()
    {
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"}}}""");
        JsonAssert.Equal(schema.RootElement.GetRawText(), OllamaRequest.Build(Hi, new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement) }, null, null)["format"]);
        Assert.False(OllamaRequest.Build(Hi, new ChatOptions { ResponseFormat = ChatResponseFormat.Text }, null, null).ContainsKey("format"));
    }

    [Fact]
    public void Tools_that_are_not_to_be_used_are_not_named() =>
        Assert.False(OllamaRequest.Build(Hi, new ChatOptions { Tools = [AIFunctionFactory.CreateDeclaration("now", null, default)], ToolMode = ChatToolMode.None }, null, null).ContainsKey("tools"));

    [Fact]
    public void Images_stand_beside_the_text_and_results_name_the_tool() => JsonAssert.Equal(
        """
        [
          {"role":"user","content":"Whose is this?\nAnd this?","images":["AQID","BAU="]},
          {"role":"assistant","content":"I look it up.","thinking":"Two.","tool_calls":[
            {"id":"c1","function":{"name":"owner","arguments":{"of":"this","n":1}}},
            {"id":"c2","function":{"name":"owner","arguments":{}}}]},
          {"role":"tool","content":"Ann","tool_name":"owner","tool_call_id":"c1"},
          {"role":"tool","content":"{\"name\":\"Bo\"}","tool_name":"owner","tool_call_id":"c2"},
          {"role":"tool","content":"stray","tool_call_id":"c9"}
        ]
        """,
        OllamaRequest.Build(
            [
                new(ChatRole.User, [new TextContent("Whose is this?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png"), new TextContent("And this?"), new DataContent(new byte[] { 4, 5 }, "image/jpeg")]),
                new(ChatRole.Assistant,
                    [
                        new TextReasoningContent("Two."), new TextContent("I look "), new TextContent("it up."), ProviderContent.Create("anthropic", """{"type":"x"}"""u8),
                        new FunctionCallContent("c1", "owner", new Dictionary<string, object?> { ["of"] = "this", ["n"] = 1 }), new FunctionCallContent("c2", "owner"),
                    ]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "Ann"), new FunctionResultContent("c2", new JsonObject { ["name"] = "Bo" }), new FunctionResultContent("c9", "stray")]),
                new(ChatRole.Assistant, ""),
            ],
            null, null, null)["messages"]);

    [Fact]
    public void A_seed_is_completed_in_all_its_parts()
    {
        var seed = new JsonObject { ["think"] = "high", ["options"] = new JsonObject { ["temperature"] = 1, ["num_gpu"] = 2 } };
        JsonAssert.Equal(
            """{"think":"high","options":{"temperature":1,"num_gpu":2,"top_k":5},"model":"m","messages":[{"role":"user","content":"Hi"}]}""",
            OllamaRequest.Build(Hi, new ChatOptions { Temperature = 0, TopK = 5, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low } }, "m", seed));
        Assert.Equal(2, seed["options"]!.AsObject().Count);
    }

    [Fact]
    public void What_cannot_be_said_is_refused()
    {
        Assert.Throws<ArgumentNullException>("messages", () => OllamaRequest.Build(null!, null, null, null));
        Refuse("at least one", [], null);
        Refuse("at least one", [new(ChatRole.Assistant, "")], null);
        Refuse("Leave it out", [null!], null);
        Refuse("holds nothing", [new(ChatRole.User, "")], null);
        Refuse("fetches nothing", [new(ChatRole.User, [new UriContent("https://example.com/a.png", "image/png")])], null);
        Refuse("(application/pdf)", [new(ChatRole.User, [new DataContent(new byte[] { 1 }, "application/pdf")])], null);
        Refuse("Only a model calls", [new(ChatRole.User, [new FunctionCallContent("c", "f")])], null);
        Refuse("FunctionResultContent", [new(ChatRole.Tool, "noon")], null);
        Refuse("not an object", Hi, new JsonObject { ["options"] = "x" }, new ChatOptions { TopK = 1 });
        Refuse("one place", Hi, new JsonObject { ["messages"] = new JsonArray() });
        Refuse("which this API cannot be asked for", Hi, null, new ChatOptions { Tools = [new HostedWebSearchTool()] });
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "chat", false)]
    [InlineData("""{"prompt":"Hi","format":"json"}""", "generate", true)]
    [InlineData("""{"prompt":"Hi","messages":[],"format":{"type":"object"}}""", "chat", true)]
    [InlineData("""{"format":""}""", "chat", false)]
    public void A_prompt_goes_elsewhere(string json, string path, bool isStructured)
    {
        JsonObject body = JsonNode.Parse(json)!.AsObject();
        Dialect dialect = ChatDialect.Ollama.Format;
        dialect.RequestStream(body, LlmProvider.OllamaNative, requestUsage: true);

        Assert.Equal(path, dialect.DescribeRequest(body, LlmProvider.OllamaNative).Path);
        Assert.True((bool?)body["stream"]);
        Assert.Equal(isStructured, dialect.RequestsJson(body));
    }

    private static void Refuse(string because, ChatMessage[] messages, JsonObject? seed, ChatOptions? options = null) =>
        Assert.Contains(because, Assert.Throws<ArgumentException>(() => OllamaRequest.Build(messages, options, null, seed)).Message, StringComparison.Ordinal);
}
