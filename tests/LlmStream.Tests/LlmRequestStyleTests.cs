using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.OpenAI;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests;

public class LlmRequestStyleTests
{
    private const LlmReasoningControls Both = LlmReasoningControls.ThinkingType | LlmReasoningControls.Effort;

    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    [Fact]
    public void Fields_have_the_names_of_the_provider() => Check(
        new LlmRequestStyle
        {
            MaxTokensField = "max_completion_tokens", SeedField = "random_seed", AcceptsTopK = true, WebSearchField = "enable_search",
        },
        new ChatOptions { MaxOutputTokens = 100, Seed = 42, TopK = 40, Tools = [new HostedWebSearchTool()] },
        """{"max_completion_tokens":100,"random_seed":42,"top_k":40,"enable_search":true}""");

    [Theory]
    [InlineData(ReasoningEffort.None, LlmReasoningControls.Effort, """{"reasoning_effort":"none"}""")]
    [InlineData(ReasoningEffort.Low, LlmReasoningControls.Effort, """{"reasoning_effort":"low"}""")]
    [InlineData(ReasoningEffort.None, LlmReasoningControls.EnableThinking, """{"enable_thinking":false}""")]
    [InlineData(ReasoningEffort.High, LlmReasoningControls.EnableThinking, """{"enable_thinking":true}""")]
    [InlineData(ReasoningEffort.None, Both, """{"thinking":{"type":"disabled"}}""")]
    [InlineData(ReasoningEffort.High, Both, """{"thinking":{"type":"enabled"},"reasoning_effort":"high"}""")]
    [InlineData(ReasoningEffort.Medium, LlmReasoningControls.None, "{}")]
    public void Reasoning_has_the_controls_of_the_provider(ReasoningEffort effort, LlmReasoningControls controls, string expected) => Check(
        new LlmRequestStyle { ReasoningControls = controls },
        new ChatOptions { Reasoning = new ReasoningOptions { Effort = effort } },
        expected);

    [Theory]
    [InlineData(null, "")]
    [InlineData("reasoning_content", ""","reasoning_content":"A greeting." """)]
    [InlineData("reasoning", ""","reasoning":"A greeting." """)]
    public void Reasoning_is_sent_back_only_in_the_field_of_the_provider(string? field, string expected)
    {
        AIContent[] answer = [new TextReasoningContent("A greet"), new TextReasoningContent("ing."), new TextContent("Hello.")];
        JsonObject body = new LlmRequestStyle { ReasoningField = field }.BuildRequest([.. Hi, new(ChatRole.Assistant, answer)]);
        JsonAssert.Equal($$"""{"role":"assistant","content":"Hello."{{expected}}}""", body["messages"]![1]);
    }

    [Theory]
    [InlineData(true, """{"role":"user","name":"Ann","content":"Hi"}""")]
    [InlineData(false, """{"role":"user","content":"Hi"}""")]
    public void Names_are_sent_only_if_the_provider_accepts_them(bool takesNames, string expected)
    {
        ChatMessage[] messages = [new(ChatRole.User, "Hi") { AuthorName = "Ann" }];
        JsonAssert.Equal(expected, new LlmRequestStyle { AcceptsNames = takesNames }.BuildRequest(messages)["messages"]![0]);
    }

    [Theory]
    [InlineData(true, ""","extra_content":{"google":1}""")]
    [InlineData(false, "")]
    public void Fields_of_the_provider_are_sent_back_only_if_it_accepts_them(bool takesBackFields, string expected)
    {
        AIContent[] answer = [new TextContent("Hello."), ProviderContent.Create("openai", """{"extra_content":{"google":1}}"""u8)];
        var style = new LlmRequestStyle { AcceptsAnswerFields = takesBackFields };
        JsonObject body = style.BuildRequest([.. Hi, new(ChatRole.Assistant, answer)]);
        JsonAssert.Equal($$"""{"role":"assistant","content":"Hello."{{expected}}}""", body["messages"]![1]);
    }

    private static void Check(LlmRequestStyle style, ChatOptions options, string expected)
    {
        JsonObject body = style.BuildRequest(Hi, options);
        body.Remove("messages");
        JsonAssert.Equal(expected, body);
    }
}
