using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class ConversationTurnTests
{
    private static readonly FunctionCallContent Call = new("c1", "now") { InformationalOnly = true };
    private static readonly FunctionResultContent Result = new("c1", "noon");
    private static readonly TextContent Text = new("Hi");
    private static readonly TextContent EmptyText = new("") { Annotations = [new CitationAnnotation()] };
    private static readonly DataContent Image = new(new byte[] { 1 }, "image/png");
    private static readonly AIContent Raw = new() { RawRepresentation = new JsonObject { ["type"] = "custom" } };
    private static readonly AIContent Provider = ProviderContent.Create("cohere", """{"tool_plan":"I ask."}"""u8);
    private static readonly UsageContent Usage = new(new UsageDetails());
    private static readonly ErrorContent Error = new("Too slow.");
    private static readonly ErrorContent Refusal = new("No.") { ErrorCode = "Refusal" };
    private static readonly TextReasoningContent Reasoning = new("A greet");
    private static readonly TextReasoningContent MoreReasoning = new("ing.") { ProtectedData = "signature" };

    [Fact]
    public void The_contents_of_an_answer_are_sorted_by_kind()
    {
        ConversationTurn turn = Turn(
            ChatRole.Assistant,
            Reasoning, Usage, MoreReasoning, Text, EmptyText, Call, Provider, Image, Error, Refusal, Refusal, Result, Raw);

        Assert.Equal([Text, Image, Raw], turn.Parts);
        Assert.Equal([Call], turn.Calls);
        Assert.Equal([Result], turn.Results);
        Assert.Equal("A greeting.", turn.Reasoning);
        Assert.Equal("No.No.", turn.Refusal);
    }

    [Fact]
    public void All_contents_that_may_be_sent_keep_their_order() => Assert.Equal(
        [MoreReasoning, EmptyText, Call, Provider, Refusal, Result, Raw],
        Turn(ChatRole.Assistant, MoreReasoning, Usage, EmptyText, Call, Error, Provider, Refusal, Result, Raw).Contents);

    [Fact]
    public void Content_of_a_provider_is_a_part_unless_it_is_the_assistants()
    {
        Assert.Equal([Provider], Turn(ChatRole.User, Provider).Parts);
        Assert.Empty(Turn(ChatRole.Assistant, Provider).Parts);
    }

    [Fact]
    public void What_is_missing_is_empty()
    {
        ConversationTurn turn = Turn(ChatRole.User, EmptyText);
        Assert.Empty(turn.Parts);
        Assert.Empty(turn.Calls);
        Assert.Empty(turn.Results);
        Assert.Equal(("", ""), (turn.Reasoning, turn.Refusal));
    }

    private static ConversationTurn Turn(ChatRole role, params AIContent[] contents) => new(new ChatMessage(role, contents), 0);
}
