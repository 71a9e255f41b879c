using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class OllamaRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];
    private static readonly AIFunctionDeclaration Now = AIFunctionFactory.CreateDeclaration("now", null, default);

    [Fact]
    public void Only_what_was_requested_is_sent() => JsonAssert.Equal(
        """{"model":"llama3.2","messages":[{"role":"user","content":"Hi"}]}""",
        ChatDialect.Ollama.BuildRequest(Hi, model: "llama3.2"));

    [Fact]
    public void Parameters_of_the_model_are_in_options() => JsonAssert.Equal(
        """
        {"model":"qwen3","keep_alive":"10m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
         "tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],
         "format":"json","think":false,
         "options":{"num_ctx":8192,"num_predict":100,"stop":["END"],"temperature":0.5,"top_p":0.25,"top_k":40,"frequency_penalty":0.5,
           "presence_penalty":1,"seed":42}}
        """,
        ChatDialect.Ollama.BuildRequest(
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
                Tools = [Now],
                ToolMode = ChatToolMode.RequireAny,
                AllowMultipleToolCalls = true,
                AdditionalProperties = new() { ["num_ctx"] = 8192, ["keep_alive"] = "10m" },
            },
            "llama3.2"));

    [Theory]
    [InlineData("qwen3:8b", ReasoningEffort.High, "true")]
    [InlineData("qwen3:8b", ReasoningEffort.None, "false")]
    [InlineData("gpt-oss:20b", ReasoningEffort.Low, "\"low\"")]
    [InlineData("gpt-oss:20b", ReasoningEffort.Medium, "\"medium\"")]
    [InlineData("gpt-oss:20b", ReasoningEffort.ExtraHigh, "\"high\"")]
    [InlineData("gpt-oss:20b", ReasoningEffort.None, "false")]
    public void Only_one_family_of_models_has_levels_of_reasoning(string model, ReasoningEffort effort, string expected) =>
        JsonAssert.Equal(
            expected, Build(new ChatOptions { ModelId = model, Reasoning = new ReasoningOptions { Effort = effort } })["think"]);

    [Fact]
    public void A_schema_is_the_format()
    {
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"}}}""").RootElement;
        JsonObject body = Build(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) });
        JsonAssert.Equal(schema.GetRawText(), body["format"]);
        Assert.False(Build(new ChatOptions { ResponseFormat = ChatResponseFormat.Text }).ContainsKey("format"));
    }

    [Fact]
    public void Tools_that_must_not_be_called_are_not_sent() =>
        Assert.False(Build(new ChatOptions { Tools = [Now], ToolMode = ChatToolMode.None }).ContainsKey("tools"));

    [Fact]
    public void Images_are_beside_the_text_and_results_name_the_tool() => JsonAssert.Equal(
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
        ChatDialect.Ollama.BuildRequest(
            [
                new(ChatRole.User,
                [
                    new TextContent("Whose is this?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png"),
                    new TextContent("And this?"), new DataContent(new byte[] { 4, 5 }, "image/jpeg"),
                ]),
                new(ChatRole.Assistant,
                [
                    new TextReasoningContent("Two."), new TextContent("I look "), new TextContent("it up."),
                    ProviderContent.Create("anthropic", """{"type":"x"}"""u8),
                    new FunctionCallContent("c1", "owner", new Dictionary<string, object?> { ["of"] = "this", ["n"] = 1 }),
                    new FunctionCallContent("c2", "owner"),
                ]),
                new(ChatRole.Tool,
                [
                    new FunctionResultContent("c1", "Ann"), new FunctionResultContent("c2", new JsonObject { ["name"] = "Bo" }),
                    new FunctionResultContent("c9", "stray"),
                ]),
                new(ChatRole.Assistant, ""),
            ])["messages"]);

    [Fact]
    public void A_seed_is_completed_and_not_changed()
    {
        var seed = new JsonObject { ["think"] = "high", ["options"] = new JsonObject { ["temperature"] = 1, ["num_gpu"] = 2 } };
        var options = new ChatOptions { Temperature = 0, TopK = 5, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low } };
        JsonAssert.Equal(
            """
            {"think":"high","options":{"temperature":1,"num_gpu":2,"top_k":5},"model":"m","messages":[{"role":"user","content":"Hi"}]}
            """,
            ChatDialect.Ollama.BuildRequest(Hi, options, "m", seed));
        Assert.Equal(2, seed["options"]!.AsObject().Count);
    }

    [Fact]
    public void Messages_that_this_format_cannot_express_are_refused()
    {
        ChatDialect.Ollama.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.Assistant, ""));
        ChatDialect.Ollama.RefusesMessages(
            "Pass the image itself", new ChatMessage(ChatRole.User, [new UriContent("https://example.com/a.png", "image/png")]));
        ChatDialect.Ollama.RefusesMessages(
            "DataContent (application/pdf). Remove it",
            new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "application/pdf")]));
        ChatDialect.Ollama.RefusesMessages(
            "AIContent. Remove it", new ChatMessage(ChatRole.Tool, [new AIContent { RawRepresentation = new JsonObject() }]));
    }

    [Fact]
    public void Options_that_this_format_cannot_express_are_refused()
    {
        ChatDialect.Ollama.RefusesOptions(
            "not an object", new ChatOptions { TopK = 1, AdditionalProperties = new() { ["options"] = "x" } });
        ChatDialect.Ollama.RefusesOptions("\"messages\" is set", new ChatOptions { AdditionalProperties = new() { ["messages"] = "x" } });
        ChatDialect.Ollama.RefusesOptions("(HostedWebSearchTool)", new ChatOptions { Tools = [new HostedWebSearchTool()] });
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "chat", false)]
    [InlineData("""{"prompt":"Hi","format":"json"}""", "generate", true)]
    [InlineData("""{"prompt":"Hi","messages":[],"format":{"type":"object"}}""", "chat", true)]
    [InlineData("""{"format":""}""", "chat", false)]
    public void A_prompt_is_sent_to_generate(string json, string path, bool requestsJson)
    {
        JsonObject body = JsonNode.Parse(json)!.AsObject();
        Dialect dialect = ChatDialect.Ollama.Format;
        dialect.RequestStream(body, LlmProvider.OllamaNative, requestUsage: true);

        Assert.Equal(path, dialect.DescribeRequest(body, LlmProvider.OllamaNative).Path);
        Assert.True((bool?)body["stream"]);
        Assert.Equal(requestsJson, dialect.RequestsJson(body));
    }

    private static JsonObject Build(ChatOptions options) => ChatDialect.Ollama.BuildRequest(Hi, options);
}
