using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class AnthropicRequestOptionsTests
{
    private const string Old = "claude-sonnet-4-5";
    private const string New = "claude-opus-4-7";

    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    [Fact]
    public void Options_are_fields() => Check(
        new ChatOptions
        {
            ModelId = "claude-3-haiku-20240307",
            Temperature = 0.5f,
            TopP = 0.25f,
            TopK = 40,
            MaxOutputTokens = 100,
            StopSequences = ["END"],
            FrequencyPenalty = 1,
            PresencePenalty = 1,
            Seed = 42,
            ConversationId = "c",
            ResponseFormat = ChatResponseFormat.Text,
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High },
            AdditionalProperties = new()
            {
                ["metadata"] = new Dictionary<string, string> { ["user_id"] = "u" },
                ["service_tier"] = "auto",
                ["top_k"] = 5,
            },
        },
        """
        {"model":"claude-3-haiku-20240307","temperature":0.5,"top_p":0.25,"top_k":5,"max_tokens":100,"stop_sequences":["END"],
         "metadata":{"user_id":"u"},"service_tier":"auto"}
        """);

    [Theory]
    [InlineData(Old, ReasoningEffort.None, null, """{"thinking":{"type":"disabled"},"max_tokens":16384}""")]
    [InlineData(Old, ReasoningEffort.Low, null, """{"thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":17408}""")]
    [InlineData(Old, ReasoningEffort.ExtraHigh, null, """{"thinking":{"type":"enabled","budget_tokens":32000},"max_tokens":48384}""")]
    [InlineData(Old, ReasoningEffort.High, 2000, """{"thinking":{"type":"enabled","budget_tokens":1999},"max_tokens":2000}""")]
    [InlineData(Old, ReasoningEffort.High, 1000, """{"max_tokens":1000}""")]
    [InlineData("kimi-k2", ReasoningEffort.Medium, null, """{"thinking":{"type":"enabled","budget_tokens":4096},"max_tokens":8192}""")]
    [InlineData(
        "claude-opus-4-6", ReasoningEffort.ExtraHigh, 99,
        """{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"},"max_tokens":99}""")]
    [InlineData(
        New, ReasoningEffort.ExtraHigh, null,
        """{"thinking":{"type":"adaptive"},"output_config":{"effort":"xhigh"},"max_tokens":16384}""")]
    [InlineData(New, ReasoningEffort.Low, 50, """{"thinking":{"type":"adaptive"},"output_config":{"effort":"low"},"max_tokens":50}""")]
    public void Reasoning_is_a_budget_or_an_effort(string model, ReasoningEffort effort, int? limit, string expected)
    {
        JsonObject fields = JsonNode.Parse(expected)!.AsObject();
        fields["model"] = model;
        var reasoning = new ReasoningOptions { Effort = effort };
        Check(new ChatOptions { ModelId = model, MaxOutputTokens = limit, Reasoning = reasoning }, fields.ToJsonString());
    }

    [Fact]
    public void Reasoning_is_returned_on_request()
    {
        Check(
            new ChatOptions { ModelId = New, Reasoning = new ReasoningOptions { Output = ReasoningOutput.Full } },
            """{"model":"claude-opus-4-7","thinking":{"type":"adaptive","display":"summarized"},"max_tokens":16384}""");
        Check(
            new ChatOptions
            {
                ModelId = New,
                Reasoning = new ReasoningOptions { Output = ReasoningOutput.None },
                AdditionalProperties = new() { ["output_config"] = new JsonObject { ["effort"] = "max" } },
            },
            """
            {"model":"claude-opus-4-7","thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"max"},
             "max_tokens":16384}
            """);
    }

    [Fact]
    public void A_response_format_is_a_schema()
    {
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"sky":{"type":"string"}}}""").RootElement;
        Check(
            new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, "forecast") },
            """
            {"model":"m","max_tokens":4096,"output_config":{"format":{"type":"json_schema","schema":{
              "type":"object","properties":{"sky":{"type":"string"}},"additionalProperties":false}}}}
            """);
        Refuses("ChatResponseFormat.ForJsonSchema", new ChatOptions { ResponseFormat = ChatResponseFormat.Json });
    }

    [Fact]
    public void Tools_are_declared()
    {
        AIFunction weather = AIFunctionFactory.Create((string city) => city, new AIFunctionFactoryOptions
        {
            Name = "weather",
            Description = "The weather.",
            AdditionalProperties = new Dictionary<string, object?> { ["strict"] = true, ["defer_loading"] = true, ["note"] = "ours" },
        });
        AIFunctionDeclaration now = AIFunctionFactory.CreateDeclaration("now", null, JsonDocument.Parse("true").RootElement);
        Check(
            new ChatOptions
            {
                Tools = [weather, now, new HostedWebSearchTool(), new HostedCodeInterpreterTool()], ToolMode = ChatToolMode.Auto,
            },
            """
            {"model":"m","max_tokens":4096,"tools":[
              {"name":"weather","description":"The weather.","strict":true,"defer_loading":true,"input_schema":{
                "type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}},
              {"name":"now","input_schema":{"type":"object","properties":{}}},
              {"type":"web_search_20250305","name":"web_search"},
              {"type":"code_execution_20250825","name":"code_execution"}],"tool_choice":{"type":"auto"}}
            """);
        Refuses("(HostedFileSearchTool)", new ChatOptions { Tools = [new HostedFileSearchTool()] });
    }

    [Theory]
    [InlineData("auto", null, """{"type":"auto"}""")]
    [InlineData("auto", false, """{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData("none", false, """{"type":"none"}""")]
    [InlineData("any", true, """{"type":"any","disable_parallel_tool_use":false}""")]
    [InlineData("now", false, """{"type":"tool","name":"now","disable_parallel_tool_use":true}""")]
    [InlineData("", false, """{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData("", null, null)]
    public void The_tool_mode_is_the_tool_choice(string mode, bool? several, string? expected)
    {
        var options = new ChatOptions
        {
            Tools = [AIFunctionFactory.CreateDeclaration("now", null, JsonDocument.Parse("{}").RootElement)],
            AllowMultipleToolCalls = several,
            ToolMode = mode switch
            {
                "auto" => ChatToolMode.Auto,
                "none" => ChatToolMode.None,
                "any" => ChatToolMode.RequireAny,
                "" => null,
                _ => ChatToolMode.RequireSpecific(mode),
            },
        };
        JsonNode? choice = ChatDialect.Anthropic.BuildRequest(Hi, options, "m")["tool_choice"];
        if (expected is null) Assert.Null(choice);
        else JsonAssert.Equal(expected, choice);
    }

    [Fact]
    public void A_seed_is_completed_and_not_changed()
    {
        var seed = new JsonObject { ["max_tokens"] = 7, ["thinking"] = new JsonObject { ["type"] = "disabled" }, ["container"] = "c" };
        var options = new ChatOptions { MaxOutputTokens = 9, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } };
        JsonAssert.Equal(
            """
            {"max_tokens":7,"thinking":{"type":"disabled"},"container":"c","model":"claude-opus-4-7",
             "messages":[{"role":"user","content":"Hi"}]}
            """,
            ChatDialect.Anthropic.BuildRequest(Hi, options, New, seed));
        Assert.Equal(3, seed.Count);
    }

    [Fact]
    public void Unsuitable_fields_in_the_options_are_refused()
    {
        Refuses("\"messages\" is set", new ChatOptions { AdditionalProperties = new() { ["messages"] = new JsonArray() } });
        JsonElement schema = JsonDocument.Parse("{}").RootElement;
        Refuses("not an object", new ChatOptions
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema(schema),
            AdditionalProperties = new() { ["output_config"] = "high" },
        });
    }

    private static void Check(ChatOptions options, string expected)
    {
        JsonObject body = ChatDialect.Anthropic.BuildRequest(Hi, options, "m");
        body.Remove("messages");
        JsonAssert.Equal(expected, body);
    }
    private static void Refuses(string because, ChatOptions options) => Assert.Contains(
        because,
        Assert.Throws<ArgumentException>("options", () => ChatDialect.Anthropic.BuildRequest(Hi, options, "m")).Message,
        StringComparison.Ordinal);
}
