using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Cohere;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class CohereRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    private static readonly AITool[] Tools = [AIFunctionFactory.CreateDeclaration("now", null, default), AIFunctionFactory.CreateDeclaration("then", "Before.", default)];

    [Fact]
    public void What_is_not_asked_is_not_said() => JsonAssert.Equal(
        """{"model":"command-a","messages":[{"role":"user","content":"Hi"}]}""",
        CohereRequest.Build(Hi, null, "command-a", null));

    [Fact]
    public void Options_have_the_names_of_this_api() => JsonAssert.Equal(
        """
        {"model":"command-r","documents":["a"],"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
         "tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}},
           {"type":"function","function":{"name":"then","description":"Before.","parameters":{"type":"object","properties":{}}}}],
         "tool_choice":"REQUIRED","response_format":{"type":"json_object"},"max_tokens":100,"stop_sequences":["END"],"temperature":0.5,"p":0.25,"k":40,
         "frequency_penalty":0.5,"presence_penalty":1,"seed":42,"thinking":{"type":"disabled"}}
        """,
        CohereRequest.Build(
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
            "command-a",
            null));

    [Fact]
    public void A_schema_belongs_to_the_object()
    {
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"}}}""");
        JsonObject body = CohereRequest.Build(Hi, new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement), Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } }, null, null);
        JsonAssert.Equal("""{"type":"json_object","json_schema":{"type":"object","properties":{"a":{"type":"integer"}}}}""", body["response_format"]);
        JsonAssert.Equal("""{"type":"enabled"}""", body["thinking"]);
        JsonAssert.Equal("""{"type":"text"}""", CohereRequest.Build(Hi, new ChatOptions { ResponseFormat = ChatResponseFormat.Text }, null, null)["response_format"]);
    }

    [Fact]
    public void A_tool_that_has_to_be_called_is_the_only_one()
    {
        JsonObject body = CohereRequest.Build(Hi, new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.RequireSpecific("then") }, null, null);
        Assert.Equal("then", (string?)Assert.Single(body["tools"]!.AsArray())!["function"]!["name"]);
        Assert.Equal("REQUIRED", (string?)body["tool_choice"]);
        Assert.Equal("NONE", (string?)CohereRequest.Build(Hi, new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.None }, null, null)["tool_choice"]);
        Assert.False(CohereRequest.Build(Hi, new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.Auto }, null, null).ContainsKey("tool_choice"));
        Assert.False(CohereRequest.Build(Hi, new ChatOptions { ToolMode = ChatToolMode.RequireAny }, null, null).ContainsKey("tool_choice"));
    }

    [Fact]
    public void Strictness_is_asked_of_all_tools()
    {
        JsonObject body = CohereRequest.Build(Hi, new ChatOptions { Tools = [AIFunctionFactory.Create((int a) => a, "same")], AdditionalProperties = new() { ["strictJsonSchema"] = true } }, null, null);
        Assert.True((bool?)body["strict_tools"]);
        Assert.DoesNotContain("\"strict\"", body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Plans_thoughts_calls_and_results_are_written() => JsonAssert.Equal(
        """
        [
          {"role":"user","content":[{"type":"text","text":"Whose?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQID","detail":"low"}},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
          {"role":"assistant","tool_plan":"I ask.","tool_calls":[{"id":"c1","type":"function","function":{"name":"owner","arguments":"{\"n\":1}"}}]},
          {"role":"tool","tool_call_id":"c1","content":"Ann"},
          {"role":"assistant","content":[{"type":"thinking","thinking":"So."},{"type":"text","text":"Ann's."}]},
          {"role":"user","content":"Sure?"},
          {"role":"assistant","content":[{"type":"thinking","thinking":"Again."}],"tool_calls":[{"id":"c2","type":"function","function":{"name":"owner","arguments":"{}"}}]},
          {"role":"assistant","content":"I cannot."}
        ]
        """,
        CohereRequest.Build(
            [
                new(ChatRole.User,
                    [
                        new TextContent("Whose?"),
                        new DataContent(new byte[] { 1, 2, 3 }, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } },
                        new UriContent("https://example.com/a.png", "image/png"),
                    ]),
                new(ChatRole.Assistant,
                    [
                        ProviderContent.Create("cohere", """{"tool_plan":"I ask."}"""u8), ProviderContent.Create("anthropic", """{"tool_plan":"No."}"""u8),
                        new FunctionCallContent("c1", "owner", new Dictionary<string, object?> { ["n"] = 1 }),
                    ]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "Ann")]),
                new(ChatRole.Assistant, [new TextReasoningContent("So."), new TextContent("Ann's."), new TextContent("") { Annotations = [new CitationAnnotation()] }]),
                new(ChatRole.User, "Sure?"),
                new(ChatRole.Assistant, [new TextReasoningContent("Again."), new FunctionCallContent("c2", "owner")]),
                new(ChatRole.Assistant, [new ErrorContent("I cannot.") { ErrorCode = "Refusal" }]),
                new(ChatRole.Assistant, ""),
            ],
            null, null, null)["messages"]);

    [Fact]
    public void A_seed_is_completed()
    {
        var seed = new JsonObject { ["temperature"] = 1, ["citation_options"] = new JsonObject { ["mode"] = "FAST" } };
        JsonAssert.Equal(
            """{"temperature":1,"citation_options":{"mode":"FAST"},"model":"m","messages":[{"role":"user","content":"Hi"}],"k":5}""",
            CohereRequest.Build(Hi, new ChatOptions { Temperature = 0, TopK = 5 }, "m", seed));
        Assert.Equal(2, seed.Count);
    }

    [Fact]
    public void What_cannot_be_said_is_refused()
    {
        Assert.Throws<ArgumentNullException>("messages", () => CohereRequest.Build(null!, null, null, null));
        Refuse("at least one", [], null);
        Refuse("one place", Hi, new JsonObject { ["messages"] = new JsonArray() });
        Refuse("(audio/wav)", [new(ChatRole.User, [new DataContent(new byte[] { 1 }, "audio/wav")])], null);
        Refuse("which this API cannot be asked for", Hi, null, new ChatOptions { Tools = [new HostedWebSearchTool()] });
        Refuse("\"soon\"", Hi, null, new ChatOptions { Tools = Tools, ToolMode = ChatToolMode.RequireSpecific("soon") });
    }

    private static void Refuse(string because, ChatMessage[] messages, JsonObject? seed, ChatOptions? options = null) =>
        Assert.Contains(because, Assert.Throws<ArgumentException>(() => CohereRequest.Build(messages, options, null, seed)).Message, StringComparison.Ordinal);
}
