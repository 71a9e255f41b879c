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
    public async Task A_response_that_is_cut_off_after_function_invocation_is_truncated()
    {
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "f")]) { ResponseId = "r1", FinishReason = ChatFinishReason.ToolCalls },
            new(ChatRole.Tool, [new FunctionResultContent("c1", "ok")]) { ResponseId = "t1" },
            new(ChatRole.Assistant, "It ra") { ResponseId = "r2" },
        ];
        Assert.Equal(ChatStreamError.Truncated, (await FailureOfAsync(updates)).Error);
        updates[2].FinishReason = ChatFinishReason.Stop;
        Assert.True((await updates.ToAsyncEnumerable().ToChatDeltas().CollectAsync()).IsComplete);
        // The invocation of functions may end after the results, if a function says so.
        Assert.True((await updates[..2].ToAsyncEnumerable().ToChatDeltas().CollectAsync()).IsComplete);
    }

    public static TheoryData<string, ChatResponseUpdate, bool> AfterTheFinishReason => new()
    {
        { "text", new(ChatRole.Assistant, "b") { ResponseId = "r1" }, false },
        { "text without a role", new(null, "b"), false },
        { "text with a finish reason", new(null, "b") { FinishReason = ChatFinishReason.Stop }, true },
        { "reasoning", new(ChatRole.Assistant, [new TextReasoningContent("b")]), false },
        { "a call", new(ChatRole.Assistant, [new FunctionCallContent("c1", "f")]), false },
        { "a refusal", new(ChatRole.Assistant, [new ErrorContent("no") { ErrorCode = "Refusal" }]), false },
        { "another response", new(ChatRole.Assistant, []) { ResponseId = "r2" }, false },
        { "usage", new(ChatRole.Assistant, [new UsageContent(new UsageDetails())]) { ResponseId = "r1" }, true },
        { "usage with another id", new(null, [new UsageContent(new UsageDetails())]) { ResponseId = "r2" }, true },
        { "a result", new(ChatRole.Tool, [new FunctionResultContent("c1", "ok")]) { ResponseId = "r2" }, true },
        { "nothing", new(ChatRole.Assistant, []) { ResponseId = "r1" }, true },
        { "empty text", new(ChatRole.Assistant, "") { ResponseId = "r1" }, true },
        { "a citation", new(null, [new TextContent("") { Annotations = [new CitationAnnotation()] }]), true },
    };

    [Theory]
    [MemberData(nameof(AfterTheFinishReason))]
    public async Task What_follows_a_finish_reason_may_open_the_answer_again(string what, ChatResponseUpdate update, bool isComplete)
    {
        ChatResponseUpdate[] updates = [new(ChatRole.Assistant, "a") { ResponseId = "r1", FinishReason = ChatFinishReason.Stop }, update];
        if (isComplete) Assert.True((await updates.ToAsyncEnumerable().ToChatDeltas().CollectAsync()).IsComplete, what);
        else Assert.Equal(ChatStreamError.Truncated, (await FailureOfAsync(updates)).Error);
    }

    [Fact]
    public async Task A_delta_never_ends_between_the_halves_of_a_surrogate_pair()
    {
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new TextReasoningContent("r\ud83d"), new TextContent("a\ud83d"), Refusal("n\ud83d")]),
            new(ChatRole.Assistant, []),
            new(ChatRole.Assistant, [new TextReasoningContent("\ude00"), new TextContent("\ude00b\ud83d"), Refusal("\ude00")]),
            new(ChatRole.Assistant, [new TextContent("\ude01")]) { FinishReason = ChatFinishReason.Stop },
        ];
        var text = "";
        await foreach (ChatDelta delta in updates.ToAsyncEnumerable().ToChatDeltas())
        {
            Assert.All([delta.Text, delta.Reasoning, delta.Refusal], piece => Assert.False(piece is [.., var last] && char.IsHighSurrogate(last)));
            text = text[..delta.TextOffset] + delta.Text;
        }

        ChatStreamResult collected = await updates.ToAsyncEnumerable().ToChatDeltas().CollectAsync();
        Assert.Equal(("a\U0001F600b\U0001F601", "r\U0001F600", "n\U0001F600"), (collected.Text, collected.Reasoning, collected.Refusal));
        Assert.Equal(collected.Text, text);

        static ErrorContent Refusal(string text) => new(text) { ErrorCode = "Refusal" };
    }

    [Fact]
    public async Task A_half_without_its_other_half_is_replaced_at_the_end()
    {
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new TextReasoningContent("r"), new TextContent("a\ud83d")]) { FinishReason = ChatFinishReason.Stop },
        ];
        ChatDelta[] deltas = await updates.ToAsyncEnumerable().ToChatDeltas().ToArrayAsync();
        Assert.Equal([("a", 0, 0), ("\uFFFD", 1, 1)], deltas.Select(delta => (delta.Text, delta.TextOffset, delta.ReasoningOffset)));
        updates[0].FinishReason = null;
        Assert.Equal("a\uFFFD", (await FailureOfAsync(updates)).Partial.Text);
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

    private static Task<ChatStreamException> FailureOfAsync(ChatResponseUpdate[] updates) =>
        Assert.ThrowsAsync<ChatStreamException>(() => updates.ToAsyncEnumerable().ToChatDeltas().CollectAsync());
}
