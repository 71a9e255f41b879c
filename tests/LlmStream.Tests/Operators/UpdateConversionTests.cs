using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class UpdateConversionTests
{
    [Fact]
    public async Task An_answer_survives_the_way_to_updates_and_back()
    {
        ChatDelta[] deltas =
        [
            new() { Role = ChatRole.Assistant, Reasoning = "Hm.", Stream = new ChatStreamInfo { Id = "r1", Model = "m1" } },
            new() { OtherContents = [new TextReasoningContent("") { ProtectedData = "sig" }], ReasoningOffset = 3 },
            new() { Text = "It ", ReasoningOffset = 3 },
            new() { Text = "rains.", TextOffset = 3, ReasoningOffset = 3 },
            new() { TextOffset = 9, ReasoningOffset = 3, ToolCalls = [new ToolCallDelta { Id = "c1", Name = "f", Arguments = """{"a":""" }] },
            new()
            {
                TextOffset = 9, ReasoningOffset = 3, FinishReason = ChatFinishReason.ToolCalls,
                ToolCalls = [new ToolCallDelta { Arguments = "1}", ArgumentsOffset = 5 }],
                Usage = new UsageDetails { InputTokenCount = 3, OutputTokenCount = 4 },
            },
        ];
        ChatStreamResult expected = await new DeltaSource(deltas).CollectAsync();
        ChatStreamResult actual = await new DeltaSource(deltas).ToChatResponseUpdates().ToChatDeltas().CollectAsync();

        Assert.True(actual.IsComplete);
        Assert.Equal(("It rains.", "Hm.", ChatFinishReason.ToolCalls), (actual.Text, actual.Reasoning, actual.FinishReason));
        Assert.Equal((expected.Text, expected.Reasoning, expected.FinishReason), (actual.Text, actual.Reasoning, actual.FinishReason));
        ToolCall call = Assert.Single(actual.ToolCalls);
        Assert.Equal(("c1", "f", """{"a":1}"""), (call.Id, call.Name, call.Arguments));
        Assert.Equal("sig", Assert.IsType<TextReasoningContent>(Assert.Single(actual.Choices[0].OtherContents)).ProtectedData);
        Assert.Equal((3, 4), (actual.Usage?.InputTokenCount, actual.Usage?.OutputTokenCount));
        Assert.Equal(("r1", "m1"), (actual.Stream.Id, actual.Stream.Model));
    }

    [Fact]
    public async Task Each_delta_states_where_its_text_begins()
    {
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new TextReasoningContent("ab"), new TextContent("c")]),
            new(ChatRole.Assistant, [new TextContent("de"), new ErrorContent("no") { ErrorCode = "Refusal" }]),
            new(ChatRole.Assistant, [new TextReasoningContent("f"), new TextContent("g")]) { FinishReason = ChatFinishReason.Stop },
        ];
        var seen = new List<(int, int, int)>();
        ChatRole?[] roles = [ChatRole.Assistant, null, null];
        await foreach (ChatDelta delta in updates.ToAsyncEnumerable().ToChatDeltas())
        {
            Assert.Equal(roles[seen.Count], delta.Role);
            seen.Add((delta.TextOffset, delta.ReasoningOffset, delta.RefusalOffset));
        }

        Assert.Equal([(0, 0, 0), (1, 2, 0), (3, 2, 2)], seen);
        ChatStreamResult answer = await updates.ToAsyncEnumerable().ToChatDeltas().CollectAsync();
        Assert.Equal(("cdeg", "abf", "no"), (answer.Text, answer.Reasoning, answer.Refusal));
    }

    [Fact]
    public async Task Updates_without_a_finish_reason_are_truncated()
    {
        ChatResponseUpdate[] updates = [new(ChatRole.Assistant, "It ra")];
        var text = "";
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in updates.ToAsyncEnumerable().ToChatDeltas()) text += delta.Text;
        });
        Assert.Equal("It ra", text);
        Assert.Equal((ChatStreamError.Truncated, true, "It ra"), (failure.Error, failure.IsTransient, failure.Partial.Text));
    }

    [Fact]
    public async Task Usage_is_added_up_and_each_delta_has_the_totals_at_its_time()
    {
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new UsageContent(new UsageDetails { OutputTokenCount = 5 })]),
            new(ChatRole.Assistant, [new TextContent("a"), new UsageContent(new UsageDetails { OutputTokenCount = 2 })])
            {
                FinishReason = ChatFinishReason.Stop,
            },
        ];
        var totals = new List<long?>();
        await foreach (ChatDelta delta in updates.ToAsyncEnumerable().ToChatDeltas()) totals.Add(delta.Usage?.OutputTokenCount);
        Assert.Equal([5, 7], totals);
    }

    [Fact]
    public async Task Results_of_functions_and_annotations_are_kept()
    {
        var result = new FunctionResultContent("c1", "ok");
        var annotation = new CitationAnnotation { Title = "t" };
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "f", new Dictionary<string, object?> { ["n"] = 1 })]),
            new(ChatRole.Tool, [result]),
            new(ChatRole.Assistant, [new TextContent("ok") { Annotations = [annotation] }]) { FinishReason = ChatFinishReason.Stop },
        ];
        ChatStreamResult answer = await updates.ToAsyncEnumerable().ToChatDeltas().CollectAsync();
        Assert.Equal("ok", answer.Text);
        Assert.Equal(("f", """{"n":1}"""), (answer.ToolCalls[0].Name, answer.ToolCalls[0].Arguments));
        Assert.Same(result, answer.Choices[0].OtherContents[0]);
        Assert.Same(annotation, Assert.Single(answer.Choices[0].OtherContents[1].Annotations!));
    }

    [Fact]
    public async Task Arguments_that_could_not_be_parsed_are_passed_on_as_they_were_sent()
    {
        ChatDelta[] deltas =
        [
            new() { ToolCalls = [new ToolCallDelta { Id = "c1", Name = "f", Arguments = """{"a":""" }], FinishReason = ChatFinishReason.ToolCalls },
        ];
        ChatStreamResult answer = await new DeltaSource(deltas).ToChatResponseUpdates().ToChatDeltas().CollectAsync();
        Assert.Equal("""{"a":""", answer.ToolCalls[0].Arguments);
    }

    [Fact]
    public void Checks_arguments_when_called()
    {
        Assert.Throws<ArgumentNullException>("source", () => ((IAsyncEnumerable<ChatDelta>)null!).ToChatResponseUpdates());
        Assert.Throws<ArgumentNullException>("source", () => ((IAsyncEnumerable<ChatResponseUpdate>)null!).ToChatDeltas());
    }
}
