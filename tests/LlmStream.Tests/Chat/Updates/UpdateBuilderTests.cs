using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat.Updates;

public class UpdateBuilderTests
{
    [Fact]
    public void Deltas_of_the_response_as_a_whole_give_no_update()
    {
        var builder = new UpdateBuilder(UpdateContext.None);
        Assert.Null(builder.Add(new ChatDelta()));
        Assert.Null(builder.Add(new ChatDelta { ChoiceIndex = 3, Usage = new UsageDetails { OutputTokenCount = 1 } }));
        Assert.Equal("a", builder.Add(new ChatDelta { Text = "a" })!.Text); // choice 3 has not been chosen
        Assert.Equal(1, Assert.IsType<UsageContent>(Assert.Single(builder.Complete()!.Contents)).Details.OutputTokenCount);
    }

    [Fact]
    public void The_first_choice_with_content_is_chosen()
    {
        var builder = new UpdateBuilder(UpdateContext.None);
        Assert.Equal("b", builder.Add(new ChatDelta { ChoiceIndex = 1, Text = "b" })!.Text);
        Assert.Null(builder.Add(new ChatDelta { Text = "a" }));
        Assert.Null(builder.Complete());
    }

    [Fact]
    public void The_first_update_has_the_role_even_if_the_delta_has_none()
    {
        var builder = new UpdateBuilder(UpdateContext.None);
        Assert.Equal(ChatRole.Assistant, builder.Add(new ChatDelta { Text = "a" })!.Role);
        Assert.Null(builder.Add(new ChatDelta { Text = "b", TextOffset = 1 })!.Role);
    }

    [Fact]
    public void Contents_keep_their_order_within_a_delta()
    {
        var signature = new TextReasoningContent("") { ProtectedData = "signed" };
        ChatResponseUpdate update = new UpdateBuilder(UpdateContext.None).Add(new ChatDelta
        {
            Reasoning = "r",
            Text = "t",
            OtherContents = [signature],
            ToolCalls = [new ToolCallDelta { Id = "c", Name = "f", IsComplete = true }],
        })!;
        Assert.Equal(
            [typeof(TextReasoningContent), typeof(TextContent), typeof(TextReasoningContent), typeof(FunctionCallContent)],
            update.Contents.Select(content => content.GetType()));
        Assert.Same(signature, update.Contents[2]);
    }

    [Fact]
    public void A_complete_call_is_passed_on_once()
    {
        var builder = new UpdateBuilder(UpdateContext.None);
        ChatDelta call = new() { ToolCalls = [new ToolCallDelta { Id = "c", Name = "f", Arguments = "{}", IsComplete = true }] };
        Assert.Single(builder.Add(call)!.Contents);
        Assert.Empty(builder.Add(call)!.Contents);
        Assert.Empty(builder.Add(new ChatDelta { FinishReason = ChatFinishReason.ToolCalls })!.Contents);
        ChatResponseUpdate last = builder.Complete()!;
        Assert.Empty(last.Contents);
        Assert.Equal(ChatFinishReason.ToolCalls, last.FinishReason);
    }

    [Theory]
    [InlineData("""{"a":2}""", "4:")] // shortened, then continued
    [InlineData("""{"b":2}""", """0:{"b":""")]
    public void Arguments_may_be_rewritten_until_the_call_is_complete(string expected, string rewrite)
    {
        var builder = new UpdateBuilder(UpdateContext.None);
        string[] parts = rewrite.Split(':', 2);
        int offset = int.Parse(parts[0]);
        string first = """{"a":1}""";
        string second = offset == 0 ? parts[1] : "";
        builder.Add(Fragment(first, 0));
        builder.Add(Fragment(second, offset));
        builder.Add(Fragment(offset == 0 ? "2}" : ":2}", offset + second.Length));
        FunctionCallContent call = Assert.IsType<FunctionCallContent>(Assert.Single(builder.Complete()!.Contents));
        Assert.Equal(expected, Assert.IsType<ToolCall>(call.RawRepresentation).Arguments);

        static ChatDelta Fragment(string arguments, int offset) =>
            new() { ToolCalls = [new ToolCallDelta { Id = "c", Name = "f", Arguments = arguments, ArgumentsOffset = offset }] };
    }

    [Fact]
    public void Text_that_was_repeated_only_in_part_is_an_error_at_the_end()
    {
        var builder = new UpdateBuilder(UpdateContext.None);
        builder.Add(new ChatDelta { Text = "Hello" });
        builder.Add(new ChatDelta { Text = "He" });
        ChatStreamException exception = Assert.Throws<ChatStreamException>(() => builder.Complete());
        Assert.Equal((ChatStreamError.MalformedEvent, "Hello"), (exception.Error, exception.Partial.Text));
    }
}
