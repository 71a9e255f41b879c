using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class CollectAsyncTests
{
    public static TheoryData<string> Transcripts { get; } = [.. Transcript.Names];

    [Fact]
    public void Checks_the_source_when_called() =>
        Assert.Throws<ArgumentNullException>("source", () => { _ = ((IAsyncEnumerable<ChatDelta>)null!).CollectAsync(); });

    [Fact]
    public async Task No_deltas_give_an_empty_answer()
    {
        ChatStreamResult result = await Outcome.Feed([]).CollectAsync();
        Assert.True(result.IsComplete);
        Assert.Empty(result.Choices);
        Assert.Null(result.Usage);
        Assert.Equal("", result.Text);
        Assert.NotNull(result.Stream);
    }

    [Theory, MemberData(nameof(Transcripts))]
    public async Task Applying_each_delta_twice_changes_nothing(string name)
    {
        Transcript transcript = Transcript.Load(name);
        Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes));
        ChatStreamResult once = await Outcome.Feed(outcome.Deltas).CollectAsync();
        ChatStreamResult twice = await Outcome.Feed(outcome.Deltas.SelectMany(delta => new[] { delta, delta })).CollectAsync();
        Assert.Equal(Show.Answer(once), Show.Answer(twice));
        Assert.Equal(Show.Answer(outcome.Result), Show.Answer(once));
        if (outcome.Deltas.Count > 0) Assert.Same(outcome.Deltas[^1].Stream, once.Stream);
    }

    [Fact]
    public async Task Keeps_all_members_of_the_deltas()
    {
        var usage = new UsageDetails { TotalTokenCount = 9 };
        var info = new ChatStreamInfo { Id = "i" };
        ChatStreamResult result = await Outcome.Feed(
        [
            new ChatDelta { ChoiceIndex = 1, Role = ChatRole.Assistant, Text = "second" },
            new ChatDelta
            {
                Text = "ab",
                Reasoning = "r",
                Refusal = "no",
                ToolCalls = [new ToolCallDelta { Id = "c", Name = "f", Arguments = "{" }],
            },
            new ChatDelta
            {
                Text = "c",
                TextOffset = 2,
                Reasoning = "s",
                ReasoningOffset = 1,
                Refusal = "!",
                RefusalOffset = 2,
                ToolCalls = [new ToolCallDelta { Arguments = "}", ArgumentsOffset = 1 }, new ToolCallDelta { Index = 1, Name = "g" }],
            },
            new ChatDelta
            {
                Text = "",
                TextOffset = 3,
                ReasoningOffset = 2,
                FinishReason = ChatFinishReason.Stop,
                Usage = usage,
                Stream = info,
            },
        ]).CollectAsync();
        Assert.Equal([0, 1], result.Choices.Select(choice => choice.Index));
        Assert.Equal("abc", result.Text);
        Assert.Equal("rs", result.Reasoning);
        Assert.Equal("no!", result.Refusal);
        Assert.Equal(["0 c f {}", "1  g "], result.ToolCalls.Select(tool => $"{tool.Index} {tool.Id} {tool.Name} {tool.Arguments}"));
        Assert.Equal(ChatFinishReason.Stop, result.FinishReason);
        Assert.Equal((ChatRole?)ChatRole.Assistant, result.Choices[1].Role);
        Assert.Same(usage, result.Usage);
        Assert.Same(info, result.Stream);
    }

    [Fact]
    public async Task Applies_rewrites()
    {
        ChatDelta[] deltas = [new() { Text = "The car" }, new() { Text = "t", TextOffset = 6 }, new() { Text = "", TextOffset = 3 }];
        Assert.Equal("The", (await Outcome.Feed(deltas).CollectAsync()).Text);
    }

    [Fact]
    public async Task Appends_text_after_a_gap()
    {
        ChatStreamResult result =
            await Outcome.Feed([new ChatDelta { Text = "a" }, new ChatDelta { Text = "z", TextOffset = 25 }]).CollectAsync();
        Assert.Equal("az", result.Text);
    }

    [Fact]
    public async Task Passes_exceptions_through_and_disposes_the_source_once()
    {
        var exception = new ChatStreamException(ChatStreamError.Truncated);
        var source = new WatchedSource([new ChatDelta { Text = "a" }], exception);
        Assert.Same(exception, await Assert.ThrowsAsync<ChatStreamException>(() => source.CollectAsync()));
        Assert.Equal((1, 1), (source.Enumerations, source.Disposals));

        source = new WatchedSource([new ChatDelta { Text = "a" }], null);
        await source.CollectAsync();
        Assert.Equal((1, 1), (source.Enumerations, source.Disposals));
    }

    [Fact]
    public async Task Passes_the_token_to_the_source()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new WatchedSource([], null);
        await source.CollectAsync(cancellation.Token);
        Assert.Equal(cancellation.Token, source.Token);
        var stream = new ScriptedStream(Transcript.Load("openai/plain-text.sse").Bytes);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI).CollectAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Work_is_linear_in_the_size_of_the_answer()
    {
        Assert.InRange(await Allocated(4000), 0, 8 * await Allocated(1000));

        static async Task<long> Allocated(int count)
        {
            ChatDelta[] deltas = [.. Enumerable.Range(0, count).Select(i => new ChatDelta { Text = "0123456789", TextOffset = i * 10 })];
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(count * 10, (await Outcome.Feed(deltas).CollectAsync()).Text.Length);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private sealed class WatchedSource(ChatDelta[] deltas, Exception? end) : IAsyncEnumerable<ChatDelta>
    {
        public int Enumerations { get; private set; }

        public int Disposals { get; private set; }

        public CancellationToken Token { get; private set; }

        public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            Enumerations++;
            Token = cancellationToken;
            return Iterate(cancellationToken).GetAsyncEnumerator(CancellationToken.None);
        }

        private async IAsyncEnumerable<ChatDelta> Iterate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                await Task.CompletedTask;
                cancellationToken.ThrowIfCancellationRequested();
                foreach (ChatDelta delta in deltas) yield return delta;
                if (end is not null) throw end;
            }
            finally
            {
                Disposals++;
            }
        }
    }
}
