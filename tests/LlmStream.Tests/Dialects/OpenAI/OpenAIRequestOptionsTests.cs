using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class OpenAIRequestOptionsTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    [Fact]
    public void Only_what_was_requested_is_sent()
    {
        JsonAssert.Equal("""{"messages":[{"role":"user","content":"Hi"}]}""", ChatDialect.OpenAI.BuildRequest(Hi));
        JsonAssert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"Hi"}]}""", ChatDialect.OpenAI.BuildRequest(Hi, new ChatOptions(), "m"));
    }

    [Fact]
    public void Options_are_fields() => Check(
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
    public void A_response_format_is_a_type_and_a_schema()
    {
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"sky":{"type":"string"}}}""").RootElement;
        Check(
            new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, "forecast", "The weather.") },
            """
            {"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"forecast","description":"The weather.",
             "schema":{"type":"object","properties":{"sky":{"type":"string"}}}}}}
            """);
    }

    [Fact]
    public void Tools_are_fields() => Check(
        new ChatOptions { Tools = [AIFunctionFactory.CreateDeclaration("now", null, default)], ToolMode = ChatToolMode.Auto },
        """
        {"model":"m","tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],
         "tool_choice":"auto"}
        """);

    [Fact]
    public void Additional_properties_come_before_the_options() => Check(
        new ChatOptions
        {
            Temperature = 0.7f,
            MaxOutputTokens = 100,
            AdditionalProperties = new() { ["temperature"] = 0, ["max_completion_tokens"] = 50, ["service_tier"] = "flex" },
        },
        """{"model":"m","temperature":0,"max_completion_tokens":50,"service_tier":"flex"}""");

    [Fact]
    public void A_seed_is_completed_and_not_changed()
    {
        var seed = new JsonObject { ["model"] = "mine", ["temperature"] = 1, ["x"] = new JsonArray(1) };
        var options = new ChatOptions { ModelId = "m2", Temperature = 0.5f, TopP = 0.5f, AdditionalProperties = new() { ["x"] = 2 } };
        JsonAssert.Equal(
            """{"model":"mine","temperature":1,"x":[1],"messages":[{"role":"user","content":"Hi"}],"top_p":0.5}""",
            ChatDialect.OpenAI.BuildRequest(Hi, options, "m", seed));
        JsonAssert.Equal("""{"model":"mine","temperature":1,"x":[1]}""", seed);
    }

    [Fact]
    public void Messages_in_the_options_are_refused() => Assert.Throws<ArgumentException>(
        "options", () => ChatDialect.OpenAI.BuildRequest(Hi, seed: new JsonObject { ["messages"] = new JsonArray() }));

    private static void Check(ChatOptions options, string expected)
    {
        JsonObject body = ChatDialect.OpenAI.BuildRequest(Hi, options, "m");
        body.Remove("messages");
        JsonAssert.Equal(expected, body);
    }
}
