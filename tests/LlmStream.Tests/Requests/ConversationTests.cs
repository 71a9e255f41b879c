using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class ConversationTests
{
    private static readonly FunctionCallContent Call = new("c1", "now");
    private static readonly AIContent Raw = new() { RawRepresentation = new JsonObject { ["type"] = "custom" } };

    private static readonly ChatRole Developer = new("developer");

    [Fact]
    public void Turns_keep_order_index_and_role()
    {
        ChatMessage[] messages =
            [new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi"), new(ChatRole.Assistant, ""), new(Developer, "Hm")];
        var conversation = Conversation.Create(messages, null);

        Assert.Equal([0, 1, 2, 3], conversation.Turns.Select(turn => turn.Index));
        Assert.Equal(["system", "user", "assistant", "developer"], conversation.Turns.Select(turn => turn.Role.Value));
        Assert.Equal([false, false, true, false], conversation.Turns.Select(turn => turn.IsAssistant));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("Be brief.", "Be brief.")]
    public void Instructions_that_are_empty_are_null(string? instructions, string? expected) =>
        Assert.Equal(expected, Conversation.Create([new(ChatRole.User, "Hi")], instructions).Instructions);

    [Fact]
    public void Null_is_refused() => Assert.Throws<ArgumentNullException>("messages", () => Conversation.Create(null!, null));

    [Fact]
    public void A_conversation_without_messages_is_refused() => Refuses("There is no message to answer. Pass at least one");

    [Fact]
    public void A_null_message_is_refused() => Refuses("Message 1 is null", new ChatMessage(ChatRole.User, "Hi"), null!);

    [Fact]
    public void A_null_content_is_refused() => Refuses("Message 0 has content that is null", new ChatMessage(ChatRole.User, [null!]));

    [Fact]
    public void Only_the_assistant_calls_functions()
    {
        Refuses("Message 1 has the role \"user\" and a FunctionCallContent", new(ChatRole.User, "Hi"), new(ChatRole.User, [Call]));
        Refuses("use the role assistant", new ChatMessage(ChatRole.System, [new TextContent("Hi"), Call]));
        Refuses("use the role assistant", new ChatMessage(ChatRole.Tool, [Call, new FunctionResultContent("c1", 1)]));
        Accepts(new ChatMessage(ChatRole.Assistant, [Call]));
    }

    public static TheoryData<AIContent> ContentThatIsNotSent =>
    [
        new TextContent(""), new TextReasoningContent("Hm."), new UsageContent(new UsageDetails()), new ErrorContent("Too slow."),
        new ErrorContent("No.") { ErrorCode = "Refusal" }, new ToolApprovalRequestContent("r", Call),
    ];

    [Theory]
    [MemberData(nameof(ContentThatIsNotSent))]
    public void A_message_must_have_content_unless_it_is_the_assistants(AIContent content)
    {
        foreach (ChatRole role in new[] { ChatRole.User, ChatRole.System, ChatRole.Tool, Developer })
            Refuses($"Message 0 has the role \"{role}\" and no content that can be sent", new ChatMessage(role, [content]));
        Accepts(new ChatMessage(ChatRole.Assistant, [content]));
    }

    [Fact]
    public void A_message_without_contents_is_refused_unless_it_is_the_assistants()
    {
        Refuses("no content that can be sent", new ChatMessage(ChatRole.User, []));
        Accepts(new ChatMessage(ChatRole.Assistant, []));
    }

    [Fact]
    public void A_tool_message_has_only_results()
    {
        Refuses("Message 0 has the role \"tool\" and other content than results: TextContent", new ChatMessage(ChatRole.Tool, "noon"));
        Refuses("FunctionResultContent", new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", 1), new DataContent("data:,x")]));
        Accepts(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", 1)]));
    }

    [Fact]
    public void A_tool_message_may_have_parts_in_the_providers_format() => Accepts(new ChatMessage(ChatRole.Tool, [Raw]));

    [Fact]
    public void Nothing_written_is_refused()
    {
        ArgumentException e = Assert.Throws<ArgumentException>("messages", () => Conversation.ThrowIfNothingWritten([]));
        Assert.Contains("Pass at least one", e.Message, StringComparison.Ordinal);
        Conversation.ThrowIfNothingWritten(new JsonArray("Hi"));
    }

    private static void Accepts(params ChatMessage[] messages) =>
        Assert.Equal(messages, Conversation.Create(messages, null).Turns.Select(turn => turn.Message));

    private static void Refuses(string because, params ChatMessage[] messages)
    {
        ArgumentException e = Assert.Throws<ArgumentException>("messages", () => Conversation.Create(messages, null));
        Assert.Contains(because, e.Message, StringComparison.Ordinal);
    }
}
