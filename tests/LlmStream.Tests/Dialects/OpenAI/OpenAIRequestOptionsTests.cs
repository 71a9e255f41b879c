using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class OpenAIRequestOptionsTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    [Fact]
    public void Nothing_that_was_not_asked_is_sent()
    {
        JsonAssert.Equal("""{"messages":[{"role":"user","content":"Hi"}]}""", OpenAIRequest.Build(Hi, null, null, null));
        JsonAssert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hi"}]}""", OpenAIRequest.Build(Hi, new ChatOptions(), "m", null));
    }

    [Fact]
    public void Options_become_fields() => Check(
        new ChatOptions
        {
            ModelId = "m2",
            Temperature = 0.7f,
            TopP = 0.9f,
            TopK = 40,
            MaxOutputTokens = 100,
            FrequencyPenalty = 0.5f,
            PresencePenalty = -0.5f,
            Seed = 42,
            StopSequences = ["\n\n", "END"],
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.ExtraHigh },
            ConversationId = "c",
        },
        """
        {"model":"m2","temperature":0.7,"top_p":0.9,"max_tokens":100,"frequency_penalty":0.5,"presence_penalty":-0.5,"seed":42,
         "stop":["\n\n","END"],"reasoning_effort":"xhigh"}
        """);

    [Fact]
    public void The_style_says_what_a_provider_calls_it() => Check(
        new ChatOptions { MaxOutputTokens = 100, Seed = 42, TopK = 40, Tools = [new HostedWebSearchTool()] },
        """{"model":"m","max_completion_tokens":100,"random_seed":42,"top_k":40,"enable_search":true}""",
        new OpenAIRequestStyle { MaxTokensField = "max_completion_tokens", SeedField = "random_seed", TakesTopK = true, WebSearchField = "enable_search" });

    [Theory]
    [InlineData(ReasoningEffort.None, (int)(ReasoningControls.Effort), """{"model":"m","reasoning_effort":"none"}""")]
    [InlineData(ReasoningEffort.Low, (int)(ReasoningControls.Effort), """{"model":"m","reasoning_effort":"low"}""")]
    [InlineData(ReasoningEffort.None, (int)(ReasoningControls.EnableThinking), """{"model":"m","enable_thinking":false}""")]
    [InlineData(ReasoningEffort.High, (int)(ReasoningControls.EnableThinking), """{"model":"m","enable_thinking":true}""")]
    [InlineData(ReasoningEffort.None, (int)(ReasoningControls.ThinkingType | ReasoningControls.Effort), """{"model":"m","thinking":{"type":"disabled"}}""")]
    [InlineData(ReasoningEffort.High, (int)(ReasoningControls.ThinkingType | ReasoningControls.Effort), """{"model":"m","thinking":{"type":"enabled"},"reasoning_effort":"high"}""")]
    [InlineData(ReasoningEffort.Medium, (int)(ReasoningControls.None), """{"model":"m"}""")]
    public void Thinking_is_steered_as_the_provider_lets_it(ReasoningEffort effort, int controls, string expected) =>
        Check(new ChatOptions { Reasoning = new ReasoningOptions { Effort = effort } }, expected, new OpenAIRequestStyle { Reasoning = (ReasoningControls)controls });

    [Fact]
    public void A_format_is_asked_for()
    {
        JsonNode schema = JsonNode.Parse("""{"type":"object","properties":{"sky":{"type":"string"}}}""")!;
        using var document = System.Text.Json.JsonDocument.Parse(schema.ToJsonString());
        ChatResponseFormat format = ChatResponseFormat.ForJsonSchema(document.RootElement, "forecast", "The weather.");

        Check(new ChatOptions { ResponseFormat = ChatResponseFormat.Text }, """{"model":"m","response_format":{"type":"text"}}""");
        Check(new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, """{"model":"m","response_format":{"type":"json_object"}}""");
        Check(
            new ChatOptions { ResponseFormat = format },
            """
            {"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"forecast","description":"The weather.",
             "schema":{"type":"object","properties":{"sky":{"type":"string"}}}}}}
            """);
        Check(
            new ChatOptions { ResponseFormat = format, AdditionalProperties = new() { ["strictJsonSchema"] = true } },
            """
            {"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"forecast","description":"The weather.","strict":true,
             "schema":{"type":"object","properties":{"sky":{"type":"string"}},"required":["sky"],"additionalProperties":false}}}}
            """);
    }

    [Fact]
    public void Additional_properties_are_fields_and_go_before_the_options() => Check(
        new ChatOptions
        {
            Temperature = 0.7f,
            MaxOutputTokens = 100,
            AdditionalProperties = new()
            {
                ["temperature"] = 0,
                ["max_completion_tokens"] = 50,
                ["service_tier"] = "flex",
                ["store"] = false,
                ["user"] = null,
                ["modalities"] = new[] { "text", "audio" },
                ["logit_bias"] = new Dictionary<string, int> { ["50256"] = -100 },
                ["metadata"] = new Dictionary<string, object?> { ["run"] = 7L, ["tags"] = new List<object> { "a", 1.5 } },
                ["provider"] = new JsonObject { ["order"] = new JsonArray("x") },
            },
        },
        """
        {"model":"m","temperature":0,"max_completion_tokens":50,"service_tier":"flex","store":false,"user":null,"modalities":["text","audio"],
         "logit_bias":{"50256":-100},"metadata":{"run":7,"tags":["a",1.5]},"provider":{"order":["x"]}}
        """);

    [Theory]
    [InlineData(DayOfWeek.Monday)]
    [InlineData(double.NaN)]
    [InlineData(typeof(string))]
    public void An_additional_property_that_is_no_json_is_refused(object value)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => OpenAIRequest.Build(Hi, new ChatOptions { AdditionalProperties = new() { ["p"] = value } }, null, null));
        Assert.Contains("AdditionalProperties[\"p\"]", e.Message, StringComparison.Ordinal);
        Assert.Contains("Set a string", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_is_completed_and_stays_as_it_was()
    {
        var seed = new JsonObject { ["model"] = "mine", ["temperature"] = 1, ["x"] = new JsonArray(1) };
        JsonObject body = OpenAIRequest.Build(
            Hi, new ChatOptions { ModelId = "m2", Temperature = 0.5f, TopP = 0.5f, AdditionalProperties = new() { ["x"] = 2 } }, "m", seed);
        JsonAssert.Equal("""{"model":"mine","temperature":1,"x":[1],"messages":[{"role":"user","content":"Hi"}],"top_p":0.5}""", body);
        JsonAssert.Equal("""{"model":"mine","temperature":1,"x":[1]}""", seed);
    }

    [Fact]
    public void Messages_in_two_places_are_refused()
    {
        var seed = new JsonObject { ["messages"] = new JsonArray() };
        Assert.Contains("one place", Assert.Throws<ArgumentException>(() => OpenAIRequest.Build(Hi, null, null, seed)).Message, StringComparison.Ordinal);
        var options = new ChatOptions { AdditionalProperties = new() { ["messages"] = new JsonArray() } };
        Assert.Throws<ArgumentException>(() => OpenAIRequest.Build(Hi, options, null, null));
    }

    private static void Check(ChatOptions options, string expected, OpenAIRequestStyle? style = null)
    {
        JsonObject body = OpenAIRequest.Build(Hi, options, "m", null, style);
        body.Remove("messages");
        JsonAssert.Equal(expected, body);
    }
}
