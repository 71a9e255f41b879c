using System.Text.Json;
using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat.Updates;

public class ChatResponseUpdatesTests
{
    private static readonly DateTimeOffset Created = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ChatStreamInfo Info = new() { Id = "chatcmpl-1", Model = "m", CreatedAt = Created };

    [Fact]
    public async Task Text_and_reasoning_are_passed_on_and_form_one_message()
    {
        ChatDelta[] deltas =
        [
            new() { Role = ChatRole.Assistant, Reasoning = "A greet", Stream = Info },
            new() { Reasoning = "ing.", ReasoningOffset = 7, Stream = Info },
            new() { Text = "Hel", Stream = Info },
            new() { Text = "lo.", TextOffset = 3, Stream = Info with { Id = "another" } },
            new() { FinishReason = ChatFinishReason.Stop, Usage = new UsageDetails { OutputTokenCount = 1 }, Stream = Info },
            new() { Usage = new UsageDetails { OutputTokenCount = 2 }, Stream = Info },
        ];
        List<ChatResponseUpdate> updates = await ReadAsync(deltas);

        Assert.Equal([ChatRole.Assistant, null, null, null, null, null], updates.Select(update => update.Role));
        Assert.All(
            updates, update => Assert.Equal(("chatcmpl-1", "chatcmpl-1", "m"), (update.ResponseId, update.MessageId, update.ModelId)));
        Assert.Equal(deltas, updates.Select(update => update.RawRepresentation));
        Assert.Equal(2, Assert.Single(updates.SelectMany(update => update.Contents.OfType<UsageContent>())).Details.OutputTokenCount);

        ChatResponse response = updates.ToChatResponse();
        ChatMessage message = Assert.Single(response.Messages);
        Assert.Equal("A greeting.", Assert.IsType<TextReasoningContent>(message.Contents[0]).Text);
        Assert.Equal("Hello.", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(Created, response.CreatedAt);
        Assert.Equal(2, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task A_tool_call_is_passed_on_when_it_is_complete()
    {
        List<ChatResponseUpdate> updates = await ReadAsync(
            Call(0, "c1", "weather", """{"city":"""),
            Call(1, "c2", "now", ""),
            Call(0, null, null, "\"Rome\",\"days\":null}", 8),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls, Stream = Info });

        Assert.All(updates[..4], update => Assert.Empty(update.Contents));
        Assert.Equal([null, null, null, null, ChatFinishReason.ToolCalls], updates.Select(update => update.FinishReason));
        FunctionCallContent[] calls = [.. updates[4].Contents.Cast<FunctionCallContent>()];
        Assert.Equal([("c1", "weather"), ("c2", "now")], calls.Select(call => (call.CallId, call.Name)));
        Assert.Equal("Rome", ((JsonElement)calls[0].Arguments!["city"]!).GetString());
        Assert.Null(calls[0].Arguments!["days"]);
        Assert.Empty(calls[1].Arguments!);
        Assert.All(calls, call => Assert.Null(call.Exception));
        Assert.Equal("""{"city":"Rome","days":null}""", Assert.IsType<ToolCall>(calls[0].RawRepresentation).Arguments);
    }

    [Fact]
    public async Task Without_a_finish_reason_a_tool_call_is_complete_at_the_end()
    {
        List<ChatResponseUpdate> updates = await ReadAsync(Call(0, "c1", "now", "{}"));
        Assert.Empty(updates[0].Contents);
        Assert.IsType<FunctionCallContent>(Assert.Single(updates[1].Contents));
    }

    [Theory]
    [InlineData("""{"city":""", "tool_calls")]
    [InlineData("[1]", "tool_calls")]
    [InlineData("", "length")]
    [InlineData("", "content_filter")]
    public async Task Arguments_that_are_not_an_object_are_reported_with_the_call(string arguments, string finish)
    {
        List<ChatResponseUpdate> updates =
            await ReadAsync(Call(0, "c1", "weather", arguments), new ChatDelta { FinishReason = new ChatFinishReason(finish) });
        FunctionCallContent call = Assert.IsType<FunctionCallContent>(Assert.Single(updates[2].Contents));
        Assert.NotNull(call.Exception);
        Assert.True(call.InformationalOnly);
        Assert.Null(call.Arguments);
        Assert.Equal(arguments, Assert.IsType<ToolCall>(call.RawRepresentation).Arguments);
    }

    [Fact]
    public async Task A_tool_call_without_an_id_gets_a_reproducible_one()
    {
        ChatDelta[] deltas =
        [
            Call(0, null, "a", ""), Call(1, null, "b", ""), new() { FinishReason = ChatFinishReason.Stop, Stream = Info },
        ];
        string[] ids = await IdsAsync(deltas);
        Assert.Equal(["call_chatcmpl1_0", "call_chatcmpl1_1"], ids);
        Assert.Equal(ids, await IdsAsync(deltas));

        ChatDelta[] nameless = [new() { ToolCalls = [new() { Name = "a" }] }];
        Assert.NotEqual(await IdsAsync(nameless), await IdsAsync(nameless));
        Assert.True((await IdsAsync(nameless))[0].Length <= 40);
    }

    [Fact]
    public async Task Nothing_follows_the_finish_reason()
    {
        List<ChatResponseUpdate> updates = await ReadAsync(
            new ChatDelta { Text = "a", FinishReason = ChatFinishReason.Stop },
            new ChatDelta { Text = "b", TextOffset = 1, FinishReason = ChatFinishReason.Stop }, // the choice was opened again
            Call(0, "c1", "now", "{"),
            Call(0, null, null, "}", 1));
        Assert.Equal([null, null, null, null, ChatFinishReason.Stop], updates.Select(update => update.FinishReason));
        Assert.Equal("ab", string.Concat(updates.Select(update => update.Text)));
        Assert.Empty(Assert.IsType<FunctionCallContent>(Assert.Single(updates[4].Contents)).Arguments!);
    }

    [Fact]
    public async Task A_refusal_is_one_error_content()
    {
        List<ChatResponseUpdate> updates = await ReadAsync(
            new ChatDelta { Refusal = "I will " }, new ChatDelta { Refusal = "not.", RefusalOffset = 7 },
            new ChatDelta { FinishReason = ChatFinishReason.Stop });
        ErrorContent error = Assert.IsType<ErrorContent>(Assert.Single(updates.SelectMany(update => update.Contents)));
        Assert.Equal(("I will not.", "Refusal"), (error.Message, error.ErrorCode));
    }

    [Fact]
    public async Task Only_the_first_choice_is_passed_on_but_usage_is_complete()
    {
        List<ChatResponseUpdate> updates = await ReadAsync(
            new ChatDelta { Text = "one" },
            new ChatDelta { ChoiceIndex = 1, Text = "two" },
            new ChatDelta { FinishReason = ChatFinishReason.Stop },
            new ChatDelta { ChoiceIndex = 1, FinishReason = ChatFinishReason.Length, Usage = new UsageDetails { TotalTokenCount = 9 } });
        ChatResponse response = updates.ToChatResponse();
        Assert.Equal(("one", ChatFinishReason.Stop, 9L), (response.Text, response.FinishReason, response.Usage!.TotalTokenCount));
    }

    [Fact]
    public async Task Repeated_text_is_passed_on_once()
    {
        List<ChatResponseUpdate> updates = await ReadAsync(
            new ChatDelta { Text = "Hello wor" },
            new ChatDelta { Text = "Hello", TextOffset = 0 },
            new ChatDelta { Text = " world.", TextOffset = 5 },
            new ChatDelta { Text = "d.", TextOffset = 10 });
        Assert.Equal(["Hello wor", "", "ld.", ""], updates.Select(update => update.Text));
    }

    [Fact]
    public async Task Rewritten_text_is_an_error_with_the_partial_answer()
    {
        var updates = new List<ChatResponseUpdate>();
        ChatStreamException e = await Assert.ThrowsAsync<ChatStreamException>(
            () => ReadIntoAsync(updates, [new() { Text = "Hello", Stream = Info }, new() { Text = "y", TextOffset = 2, Stream = Info }]));
        Assert.Equal((ChatStreamError.MalformedEvent, "Hello", "m"), (e.Error, e.Partial.Text, e.Partial.Stream.Model));
        Assert.Equal("Hello", Assert.Single(updates).Text);

        await Assert.ThrowsAsync<ChatStreamException>(() => ReadAsync(new ChatDelta { Text = "Hello" }, new ChatDelta { Text = "He" }));
    }

    [Fact]
    public async Task An_error_of_the_source_is_thrown_unchanged_after_the_updates_before_it()
    {
        var error = new ChatStreamException(ChatStreamError.Truncated);
        var updates = new List<ChatResponseUpdate>();
        ChatStreamException e = await Assert.ThrowsAsync<ChatStreamException>(
            () => ReadIntoAsync(updates, [new() { Text = "Hel" }, Call(0, "c1", "now", "{}")], error));
        Assert.Same(error, e);
        Assert.Equal("Hel", updates[0].Text);
        Assert.DoesNotContain(updates, update => update.Contents.OfType<FunctionCallContent>().Any());
    }

    [Fact]
    public async Task No_deltas_give_no_update_and_usage_alone_gives_one()
    {
        Assert.Empty(await ReadAsync());
        ChatDelta delta = new() { Usage = new UsageDetails { TotalTokenCount = 1 } };
        ChatResponseUpdate update = Assert.Single(await ReadAsync(delta));
        Assert.Equal((delta, ChatRole.Assistant), (update.RawRepresentation, update.Role));
    }

    [Fact]
    public async Task Can_be_cancelled_by_the_token_of_the_enumeration()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new Source([new() { Text = "a" }, new() { Text = "b" }], null);
        IAsyncEnumerable<ChatResponseUpdate> converted = ChatResponseUpdates.FromDeltas(source);
        await using (IAsyncEnumerator<ChatResponseUpdate> updates = converted.GetAsyncEnumerator(cancellation.Token))
        {
            Assert.True(await updates.MoveNextAsync());
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await updates.MoveNextAsync());
        }

        Assert.Equal(1, source.Disposals);
    }

    internal static async Task<List<ChatResponseUpdate>> ReadAsync(params ChatDelta[] deltas)
    {
        var updates = new List<ChatResponseUpdate>();
        await ReadIntoAsync(updates, deltas);
        return updates;
    }

    private static async Task ReadIntoAsync(List<ChatResponseUpdate> updates, ChatDelta[] deltas, Exception? error = null)
    {
        await foreach (ChatResponseUpdate update in ChatResponseUpdates.FromDeltas(new Source(deltas, error)))
            updates.Add(update);
    }

    private static async Task<string[]> IdsAsync(ChatDelta[] deltas) =>
        [.. (await ReadAsync(deltas)).SelectMany(update => update.Contents.OfType<FunctionCallContent>()).Select(call => call.CallId)];

    private static ChatDelta Call(int index, string? id, string? name, string arguments, int offset = 0) =>
        new()
        {
            ToolCalls = [new() { Index = index, Id = id, Name = name, Arguments = arguments, ArgumentsOffset = offset }],
            Stream = Info,
        };

    private sealed class Source(ChatDelta[] deltas, Exception? error) : IAsyncEnumerable<ChatDelta>, IAsyncEnumerator<ChatDelta>
    {
        private CancellationToken _token;
        private int _index = -1;

        public int Disposals { get; private set; }

        public ChatDelta Current => deltas[_index];

        public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            _token = cancellationToken;
            return this;
        }

        public ValueTask<bool> MoveNextAsync()
        {
            _token.ThrowIfCancellationRequested();
            if (++_index < deltas.Length) return ValueTask.FromResult(true);
            return error is null ? ValueTask.FromResult(false) : ValueTask.FromException<bool>(error);
        }

        public ValueTask DisposeAsync()
        {
            Disposals++;
            return ValueTask.CompletedTask;
        }
    }
}
