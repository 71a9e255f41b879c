using System.Text.Json.Nodes;
using LlmStream.Dialects.DashScope;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class DashScopeRequestTests
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];
    private static readonly byte[] Bytes = [1, 2, 3];

    [Fact]
    public void Messages_are_input_and_increments_are_requested() => JsonAssert.Equal(
        """
        {"model":"qwen-plus","input":{"messages":[{"role":"user","content":"Hi"}]},
         "parameters":{"result_format":"message","incremental_output":true}}
        """,
        ChatDialect.DashScope.BuildRequest(Hi, model: "qwen-plus"));

    [Fact]
    public void Options_are_parameters() => JsonAssert.Equal(
        """
        {"model":"qwen-max","input":{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]},
         "parameters":{"result_format":"message","incremental_output":true,"temperature":0.7,"top_p":0.9,"top_k":40,"max_tokens":100,
           "presence_penalty":0.5,"seed":42,"stop":["END"],"enable_thinking":false,"response_format":{"type":"json_object"},
           "enable_search":true,"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],
           "tool_choice":"auto","parallel_tool_calls":true,"thinking_budget":50}}
        """,
        ChatDialect.DashScope.BuildRequest(
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
            "qwen-plus"));

    [Fact]
    public void If_one_message_has_parts_all_have()
    {
        var image = new UriContent("https://example.com/a.jpg", "image/jpeg") { AdditionalProperties = new() { ["max_pixels"] = 1000 } };
        JsonObject body = ChatDialect.DashScope.BuildRequest(
            [
                new(ChatRole.System, "Be brief."),
                new(ChatRole.User, [image, new TextContent("What is this?")]),
                new(ChatRole.User, [new DataContent(Bytes, "audio/wav"), new UriContent("https://example.com/a.mp4", "video/mp4")]),
            ]);
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
        Assert.False(DashScopeRequest.IsMultimodal(ChatDialect.DashScope.BuildRequest(Hi)));
    }

    [Fact]
    public void A_body_with_parts_is_sent_to_the_multimodal_address()
    {
        JsonObject body = ChatDialect.DashScope.BuildRequest([new(ChatRole.User, [new DataContent(Bytes, "image/png")])]);
        Assert.Equal("services/aigc/multimodal-generation/generation", PathOf(body));
        Assert.Equal("services/aigc/text-generation/generation", PathOf(ChatDialect.DashScope.BuildRequest(Hi)));

        static string PathOf(JsonObject body) => ChatDialect.DashScope.Format.DescribeRequest(body, LlmProvider.DashScope).Path;
    }

    [Fact]
    public void Calls_results_reasoning_and_flags_are_sent_back() => JsonAssert.Equal(
        """
        [
          {"role":"assistant","content":"","reasoning_content":"Look it up.","tool_calls":[
            {"id":"c1","type":"function","function":{"name":"now","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"c1","content":"noon"},
          {"role":"assistant","content":"It is","partial":true}
        ]
        """,
        ChatDialect.DashScope.BuildRequest(
            [
                new(ChatRole.Assistant, [new TextReasoningContent("Look it up."), new FunctionCallContent("c1", "now")]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "noon")]),
                new(ChatRole.Assistant, "It is") { AdditionalProperties = new() { ["partial"] = true } },
            ])["input"]!["messages"]);

    [Fact]
    public void A_seed_is_completed_and_not_changed()
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
            ChatDialect.DashScope.BuildRequest(Hi, new ChatOptions { TopP = 0.5f }, "m", seed));
        Assert.Equal(2, seed["parameters"]!.AsObject().Count);
    }

    [Theory]
    [InlineData("""{"parameters":"x"}""", "not an object")]
    [InlineData("""{"messages":[]}""", "\"messages\" is set")]
    [InlineData("""{"input":{"messages":[]}}""", "\"messages\" is set")]
    [InlineData("""{"parameters":{"messages":[]}}""", "\"messages\" is set")]
    public void An_unsuitable_seed_is_refused(string seed, string because)
    {
        JsonObject json = JsonNode.Parse(seed)!.AsObject();
        ArgumentException e = Assert.Throws<ArgumentException>("options", () => ChatDialect.DashScope.BuildRequest(Hi, seed: json));
        Assert.Contains(because, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_this_format_cannot_express_is_refused() => ChatDialect.DashScope.RefusesMessages(
        "DataContent (application/pdf). Remove it", new ChatMessage(ChatRole.User, [new DataContent(Bytes, "application/pdf")]));
}
