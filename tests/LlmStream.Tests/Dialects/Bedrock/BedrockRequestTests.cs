using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects.Bedrock;

public class BedrockRequestTests
{
    private const string Claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

    private static readonly ChatMessage Question = new(ChatRole.User, "Why?");
    private static readonly AIFunction Weather = AIFunctionFactory.Create((string city) => city, "weather", "The weather in a city.");

    [Fact]
    public void Messages_alternate_and_the_system_is_separate() => AssertBody(
        """
        {"model":"m","system":[{"text":"Be brief."},{"text":"Be kind."}],"messages":[
          {"role":"user","content":[{"text":"Hi."},{"text":"Why?"}]},
          {"role":"assistant","content":[{"text":"Because."},{"toolUse":{"toolUseId":"a_b","name":"weather","input":{"city":"Rome"}}}]},
          {"role":"user","content":[{"toolResult":{"toolUseId":"a_b","content":[{"text":"Sun"}]}},{"text":"And now?"}]}]}
        """,
        [
            new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi."), Question,
            new(ChatRole.Assistant, [new TextContent("Because."), new FunctionCallContent("a/b", "weather", new Dictionary<string, object?> { ["city"] = "Rome" })]),
            new(ChatRole.Tool, [new FunctionResultContent("a/b", "Sun")]), new(ChatRole.User, "And now?"),
        ],
        new ChatOptions { Instructions = "Be brief." });

    [Fact]
    public void Options_are_fields() => AssertBody(
        """
        {"model":"m","messages":[{"role":"user","content":[{"text":"Why?"}]}],
         "inferenceConfig":{"maxTokens":100,"temperature":0.5,"topP":0.25,"stopSequences":["END"]},
         "additionalModelRequestFields":{"custom":1},"guardrailConfig":{"guardrailIdentifier":"g"}}
        """,
        [Question],
        new ChatOptions
        {
            MaxOutputTokens = 100, Temperature = 0.5f, TopP = 0.25f, StopSequences = ["END"],
            AdditionalProperties = new() { ["custom"] = 1, ["guardrailConfig"] = new JsonObject { ["guardrailIdentifier"] = "g" } },
        });

    [Theory]
    [InlineData("auto", """{"auto":{}}""")]
    [InlineData("any", """{"any":{}}""")]
    [InlineData("weather", """{"tool":{"name":"weather"}}""")]
    public void Tools_are_specified_with_a_choice(string mode, string expected)
    {
        var options = new ChatOptions
        {
            Tools = [Weather],
            ToolMode = mode switch { "auto" => ChatToolMode.Auto, "any" => ChatToolMode.RequireAny, _ => ChatToolMode.RequireSpecific(mode) },
        };
        JsonNode config = ChatDialect.Bedrock.BuildRequest([Question], options)["toolConfig"]!;
        Assert.Equal(expected, config["toolChoice"]!.ToJsonString());
        JsonNode specification = Assert.Single(config["tools"]!.AsArray())!["toolSpec"]!;
        Assert.Equal(("weather", "The weather in a city.", "object"),
            ((string?)specification["name"], (string?)specification["description"], (string?)specification["inputSchema"]!["json"]!["type"]));
    }

    [Fact]
    public void Tools_that_must_not_be_used_are_declared_only_if_the_conversation_has_calls()
    {
        var options = new ChatOptions { Tools = [Weather], ToolMode = ChatToolMode.None };
        Assert.Null(ChatDialect.Bedrock.BuildRequest([Question], options)["toolConfig"]);
        ChatMessage call = new(ChatRole.Assistant, [new FunctionCallContent("1", "weather")]), result = new(ChatRole.Tool, [new FunctionResultContent("1", "Sun")]);
        JsonObject config = ChatDialect.Bedrock.BuildRequest([Question, call, result], options)["toolConfig"]!.AsObject();
        Assert.Equal((1, false), (config["tools"]!.AsArray().Count, config.ContainsKey("toolChoice")));
    }

    [Fact]
    public void Images_documents_and_results_are_blocks() => AssertBody(
        """
        {"model":"m","messages":[{"role":"user","content":[
          {"toolResult":{"toolUseId":"1","content":[{"text":"A"},{"image":{"format":"png","source":{"bytes":"AQI="}}}]}},
          {"toolResult":{"toolUseId":"2","content":[{"text":"Error: Broken."}],"status":"error"}},
          {"image":{"format":"jpeg","source":{"bytes":"AQI="}}},
          {"document":{"format":"pdf","name":"A report pdf","source":{"bytes":"AQI="}}},
          {"document":{"format":"txt","name":"document","source":{"bytes":"AQI="}}},
          {"image":{"format":"webp","source":{"s3Location":{"uri":"s3://bucket/a.webp"}}}},
          {"video":{"format":"mp4","source":{"bytes":"AQI="}}},
          {"cachePoint":{"type":"default"}}]}]}
        """,
        [
            new(ChatRole.User,
            [
                new FunctionResultContent("1", new List<AIContent> { new TextContent("A"), Data("image/png") }),
                new FunctionResultContent("2", null) { Exception = new InvalidOperationException("Broken.") },
                Data("image/jpg"), new DataContent(new byte[] { 1, 2 }, "application/pdf") { Name = "A_report.pdf" }, Data("text/plain"),
                new UriContent("s3://bucket/a.webp", "image/webp"), Data("video/mp4"),
                new AIContent { RawRepresentation = new JsonObject { ["cachePoint"] = new JsonObject { ["type"] = "default" } } },
            ]),
        ]);

    [Fact]
    public void What_has_no_equivalent_is_refused()
    {
        Assert.Throws<ArgumentException>("messages", () => ChatDialect.Bedrock.BuildRequest([new(ChatRole.User, [new UriContent("https://example.com/a.png", "image/png")])]));
        Assert.Throws<ArgumentException>("options", () => ChatDialect.Bedrock.BuildRequest([Question], new ChatOptions { Tools = [new HostedWebSearchTool()] }));
        Assert.Throws<ArgumentException>("options", () => ChatDialect.Bedrock.BuildRequest([Question], new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
    }

    [Fact]
    public void A_schema_of_the_answer_is_text()
    {
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"}}}""").RootElement, "numbers", "Some.") };
        JsonObject body = ChatDialect.Bedrock.BuildRequest([Question], options);
        JsonNode format = body["outputConfig"]!["textFormat"]!;
        Assert.Equal(("json_schema", "numbers", "Some."), ((string?)format["type"], (string?)format["structure"]!["jsonSchema"]!["name"], (string?)format["structure"]!["jsonSchema"]!["description"]));
        Assert.NotNull(JsonNode.Parse((string)format["structure"]!["jsonSchema"]!["schema"]!)!["properties"]!["a"]);
        Assert.True(ChatDialect.Bedrock.Format.RequestsJson(body));
    }

    [Theory]
    [InlineData(Claude, """{"top_k":5,"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("global.anthropic.claude-opus-4-6-v1", """{"top_k":5,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}""")]
    [InlineData("us.amazon.nova-2-lite-v1:0", """{"inferenceConfig":{"topK":5},"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}""")]
    [InlineData("openai.gpt-oss-20b-1:0", """{"reasoning_effort":"low"}""")]
    [InlineData("meta.llama3-8b-instruct-v1:0", null)]
    public void Families_of_models_have_fields_of_their_own(string model, string? expected)
    {
        var options = new ChatOptions { ModelId = model, TopK = 5, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low } };
        Assert.Equal(expected, ChatDialect.Bedrock.BuildRequest([Question], options)["additionalModelRequestFields"]?.ToJsonString());
    }

    [Theory]
    [InlineData(Claude, false)]
    [InlineData("amazon.nova-lite-v1:0", false)]
    [InlineData("us.amazon.nova-2-lite-v1:0", true)]
    [InlineData("global.anthropic.claude-opus-4-6-v1", true)]
    [InlineData("meta.llama3-8b-instruct-v1:0", true)]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", true)]
    public void Only_some_models_take_a_prefill(string model, bool isRefused)
    {
        Assert.Equal(isRefused, ChatDialect.Bedrock.Format.RefusesPrefill(ChatContinuation.Prefill, new JsonObject { ["model"] = model }));
        JsonNode thinking = JsonNode.Parse("""{"thinking":{"type":"enabled","budget_tokens":1024}}""")!;
        Assert.True(ChatDialect.Bedrock.Format.RefusesPrefill(ChatContinuation.Prefill, new JsonObject { ["model"] = model, ["additionalModelRequestFields"] = thinking }));
    }

    private static DataContent Data(string mediaType) => new(new byte[] { 1, 2 }, mediaType);

    private static void AssertBody(string expected, ChatMessage[] messages, ChatOptions? options = null) =>
        JsonAssert.Equal(expected, ChatDialect.Bedrock.BuildRequest(messages, options, "m"));
}
