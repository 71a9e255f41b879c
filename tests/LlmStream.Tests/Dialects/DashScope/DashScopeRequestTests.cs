using System.Text.Json.Nodes;
using LlmStream.Dialects.DashScope;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class DashScopeRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    [Fact]
    public void Messages_are_input_and_increments_are_asked_for() => JsonAssert.Equal(
        """
        {"model":"qwen-plus","input":{"messages":[{"role":"user","content":"Hi"}]},
         "parameters":{"result_format":"message","incremental_output":true}}
        """,
        DashScopeRequest.Build(Hi, null, "qwen-plus", null));

    [Fact]
    public void Options_are_parameters() => JsonAssert.Equal(
        """
        {"model":"qwen-max","input":{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]},
         "parameters":{"result_format":"message","incremental_output":true,"temperature":0.7,"top_p":0.9,"top_k":40,"max_tokens":100,
           "presence_penalty":0.5,"seed":42,"stop":["END"],"enable_thinking":false,"response_format":{"type":"json_object"},"enable_search":true,
           "tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],"tool_choice":"auto","parallel_tool_calls":true,
           "thinking_budget":50}}
        """,
        DashScopeRequest.Build(
            Hi,
            new ChatOptions
            {
                ModelId = "qwen-max",
                Instructions = "Be brief.",
                Temperature = 0.7f,
                TopP = 0.9f,
                TopK = 40,
                MaxOutputTokens = 100,
                PresencePenalty = 0.5f,
                FrequencyPenalty = 0.5f,
                Seed = 42,
                StopSequences = ["END"],
                Reasoning = new ReasoningOptions { Effort = ReasoningEffort.None },
                ResponseFormat = ChatResponseFormat.Json,
                Tools = [new HostedWebSearchTool(), AIFunctionFactory.CreateDeclaration("now", null, default)],
                ToolMode = ChatToolMode.Auto,
                AllowMultipleToolCalls = true,
                AdditionalProperties = new() { ["thinking_budget"] = 50 },
            },
            "qwen-plus",
            null));

    [Fact]
    public void With_an_image_all_content_is_in_parts()
    {
        JsonObject body = DashScopeRequest.Build(
            [
                new(ChatRole.System, "Be brief."),
                new(ChatRole.User, [new UriContent("https://example.com/a.jpg", "image/jpeg") { AdditionalProperties = new() { ["max_pixels"] = 1000 } }, new TextContent("What is this?")]),
                new(ChatRole.User, [new DataContent(new byte[] { 1, 2, 3 }, "audio/wav"), new UriContent("https://example.com/a.mp4", "video/mp4")]),
            ],
            null, null, null);
        JsonAssert.Equal(
            """
            [
              {"role":"system","content":[{"text":"Be brief."}]},
              {"role":"user","content":[{"image":"https://example.com/a.jpg","max_pixels":1000},{"text":"What is this?"}]},
              {"role":"user","content":[{"audio":"data:audio/wav;base64,AQID"},{"video":"https://example.com/a.mp4"}]}
            ]
            """,
            body["input"]!["messages"]);
        Assert.True(DashScopeRequest.IsMultimodal(body));
        Assert.False(DashScopeRequest.IsMultimodal(DashScopeRequest.Build(Hi, null, null, null)));
    }

    [Fact]
    public void Parts_can_be_asked_for() => JsonAssert.Equal(
        """[{"role":"user","content":[{"text":"Hi"}]}]""",
        DashScopeRequest.Build(Hi, null, null, null, multimodal: true)["input"]!["messages"]);

    [Fact]
    public void Calls_results_thoughts_and_flags_are_written() => JsonAssert.Equal(
        """
        [
          {"role":"assistant","content":"","reasoning_content":"Look it up.","tool_calls":[{"id":"c1","type":"function","function":{"name":"now","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"c1","content":"noon"},
          {"role":"assistant","content":"It is","partial":true}
        ]
        """,
        DashScopeRequest.Build(
            [
                new(ChatRole.Assistant, [new TextReasoningContent("Look it up."), new FunctionCallContent("c1", "now")]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "noon")]),
                new(ChatRole.Assistant, "It is") { AdditionalProperties = new() { ["partial"] = true } },
            ],
            null, null, null)["input"]!["messages"]);

    [Fact]
    public void A_seed_is_completed_in_all_its_parts()
    {
        var seed = new JsonObject
        {
            ["input"] = new JsonObject { ["session_id"] = "s" },
            ["parameters"] = new JsonObject { ["incremental_output"] = false, ["top_p"] = 1 },
        };
        JsonAssert.Equal(
            """
            {"model":"m","input":{"session_id":"s","messages":[{"role":"user","content":"Hi"}]},
             "parameters":{"incremental_output":false,"top_p":1,"result_format":"message"}}
            """,
            DashScopeRequest.Build(Hi, new ChatOptions { TopP = 0.5f }, "m", seed));
        Assert.Equal(2, seed["parameters"]!.AsObject().Count);
    }

    [Fact]
    public void What_cannot_be_said_is_refused()
    {
        Assert.Throws<ArgumentNullException>("messages", () => DashScopeRequest.Build(null!, null, null, null));
        Refuse("at least one", [], null);
        Refuse("not an object", Hi, new JsonObject { ["parameters"] = "x" });
        Refuse("one place", Hi, new JsonObject { ["input"] = new JsonObject { ["messages"] = new JsonArray() } });
        Refuse("(application/pdf)", [new(ChatRole.User, [new DataContent(new byte[] { 1 }, "application/pdf")])], null);
    }

    private static void Refuse(string because, ChatMessage[] messages, JsonObject? seed) =>
        Assert.Contains(because, Assert.Throws<ArgumentException>(() => DashScopeRequest.Build(messages, null, null, seed)).Message, StringComparison.Ordinal);
}
