using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class CohereRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];
    private static readonly byte[] Bytes = [1, 2, 3];

    private static readonly AITool[] Tools =
        [AIFunctionFactory.CreateDeclaration("now", null, default), AIFunctionFactory.CreateDeclaration("then", "Before.", default)];

    [Fact]
    public void Only_what_was_requested_is_sent() => JsonAssert.Equal(
        """{"model":"command-a","messages":[{"role":"user","content":"Hi"}]}""",
        ChatDialect.Cohere.BuildRequest(Hi, model: "command-a"));

    [Fact]
    public void Options_have_the_names_of_this_API() => JsonAssert.Equal(
        """
        {"model":"command-r","documents":["a"],"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
         "tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}},
           {"type":"function","function":{"name":"then","description":"Before.","parameters":{"type":"object","properties":{}}}}],
         "tool_choice":"REQUIRED","response_format":{"type":"json_object"},"max_tokens":100,"stop_sequences":["END"],"temperature":0.5,
         "p":0.25,"k":40,"frequency_penalty":0.5,"presence_penalty":1,"seed":42,"thinking":{"type":"disabled"}}
        """,
        ChatDialect.Cohere.BuildRequest(
            Hi,
            new ChatOptions
            {
                ModelId = "command-r",
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
                Tools = Tools,
                ToolMode = ChatToolMode.RequireAny,
                AllowMultipleToolCalls = true,
                AdditionalProperties = new() { ["documents"] = new[] { "a" } },
            },
            "command-a"));

    [Fact]
    public void A_response_format_is_a_type_and_a_schema()
    {
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"}}}""").RootElement;
        JsonAssert.Equal(
            """{"type":"json_object","json_schema":{"type":"object","properties":{"a":{"type":"integer"}}}}""",
            Build(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) })["response_format"]);
        JsonAssert.Equal("""{"type":"text"}""", Build(new ChatOptions { ResponseFormat = ChatResponseFormat.Text })["response_format"]);
    }

    [Theory]
    [InlineData(ReasoningEffort.None, "disabled")]
    [InlineData(ReasoningEffort.Low, "enabled")]
    [InlineData(ReasoningEffort.High, "enabled")]
    public void Reasoning_is_on_or_off(ReasoningEffort effort, string expected) => Assert.Equal(
        expected, (string?)Build(new ChatOptions { Reasoning = new ReasoningOptions { Effort = effort } })["thinking"]!["type"]);

    [Fact]
    public void Only_the_tool_that_must_be_called_is_sent()
    {
        JsonObject body = Build(new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.RequireSpecific("then") });
        Assert.Equal("then", (string?)Assert.Single(body["tools"]!.AsArray())!["function"]!["name"]);
        Assert.Equal("REQUIRED", (string?)body["tool_choice"]);
        Assert.Equal("NONE", (string?)Build(new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.None })["tool_choice"]);
        Assert.False(Build(new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.Auto }).ContainsKey("tool_choice"));
        Assert.False(Build(new ChatOptions { ToolMode = ChatToolMode.RequireAny }).ContainsKey("tool_choice"));
    }

    [Fact]
    public void Strictness_is_a_setting_of_all_tools()
    {
        AITool same = AIFunctionFactory.Create((int a) => a, "same");
        JsonObject body = Build(new ChatOptions { Tools = [same], AdditionalProperties = new() { ["strictJsonSchema"] = true } });
        Assert.True((bool?)body["strict_tools"]);
        Assert.DoesNotContain("\"strict\"", body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Plans_reasoning_calls_and_results_are_sent_back() => JsonAssert.Equal(
        """
        [
          {"role":"user","content":[
            {"type":"text","text":"Whose?"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AQID","detail":"low"}},
            {"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
          {"role":"assistant","tool_plan":"I ask.","tool_calls":[
            {"id":"c1","type":"function","function":{"name":"owner","arguments":"{\"n\":1}"}}]},
          {"role":"tool","tool_call_id":"c1","content":"Ann"},
          {"role":"assistant","content":[{"type":"thinking","thinking":"So."},{"type":"text","text":"Ann's."}]},
          {"role":"user","content":"Sure?"},
          {"role":"assistant","content":[{"type":"thinking","thinking":"Again."}],"tool_calls":[
            {"id":"c2","type":"function","function":{"name":"owner","arguments":"{}"}}]},
          {"role":"assistant","content":"I cannot."}
        ]
        """,
        ChatDialect.Cohere.BuildRequest(
            [
                new(ChatRole.User,
                [
                    new TextContent("Whose?"),
                    new DataContent(Bytes, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } },
                    new UriContent("https://example.com/a.png", "image/png"),
                ]),
                new(ChatRole.Assistant,
                [
                    ProviderContent.Create("cohere", """{"tool_plan":"I ask."}"""u8),
                    ProviderContent.Create("anthropic", """{"tool_plan":"No."}"""u8),
                    new FunctionCallContent("c1", "owner", new Dictionary<string, object?> { ["n"] = 1 }),
                ]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "Ann")]),
                new(ChatRole.Assistant,
                [
                    new TextReasoningContent("So."), new TextContent("Ann's."),
                    new TextContent("") { Annotations = [new CitationAnnotation()] },
                ]),
                new(ChatRole.User, "Sure?"),
                new(ChatRole.Assistant, [new TextReasoningContent("Again."), new FunctionCallContent("c2", "owner")]),
                new(ChatRole.Assistant, [new ErrorContent("I cannot.") { ErrorCode = "Refusal" }]),
                new(ChatRole.Assistant, ""),
            ])["messages"]);

    [Fact]
    public void A_refusal_beside_text_is_left_out() => JsonAssert.Equal(
        """[{"role":"assistant","content":"Well."}]""",
        ChatDialect.Cohere.BuildRequest(
            [new(ChatRole.Assistant, [new TextContent("Well."), new ErrorContent("I cannot.") { ErrorCode = "Refusal" }])])["messages"]);

    [Fact]
    public void A_seed_is_completed_and_not_changed()
    {
        var seed = new JsonObject { ["temperature"] = 1, ["citation_options"] = new JsonObject { ["mode"] = "FAST" } };
        JsonAssert.Equal(
            """{"temperature":1,"citation_options":{"mode":"FAST"},"model":"m","messages":[{"role":"user","content":"Hi"}],"k":5}""",
            ChatDialect.Cohere.BuildRequest(Hi, new ChatOptions { Temperature = 0, TopK = 5 }, "m", seed));
        Assert.Equal(2, seed.Count);
    }

    [Fact]
    public void What_this_format_cannot_express_is_refused()
    {
        ChatDialect.Cohere.RefusesMessages("(audio/wav)", new ChatMessage(ChatRole.User, [new DataContent(Bytes, "audio/wav")]));
        ChatDialect.Cohere.RefusesOptions("(HostedWebSearchTool)", new ChatOptions { Tools = [new HostedWebSearchTool()] });
        ChatDialect.Cohere.RefusesOptions("\"soon\"", new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.RequireSpecific("soon") });
        ChatDialect.Cohere.RefusesOptions("\"messages\" is set", new ChatOptions { AdditionalProperties = new() { ["messages"] = "x" } });
    }

    private static JsonObject Build(ChatOptions options) => ChatDialect.Cohere.BuildRequest(Hi, options);
}
