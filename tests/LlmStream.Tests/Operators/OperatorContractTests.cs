using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

/// <summary>What holds for every operator that returns deltas.</summary>
public class OperatorContractTests
{
    private static readonly ChatSeam Seam = new()
    {
        Attempt = 2,
        TextOffset = 6,
        Reason = ChatStreamError.Connection,
        Kind = ChatSeamKind.Appended,
    };

    private static readonly Dictionary<string, Func<IAsyncEnumerable<ChatDelta>, IAsyncEnumerable<ChatDelta>>> Operators = new()
    {
        ["LimitCharacters"] = source => source.LimitCharacters(1000),
        ["LimitTokens"] = source => source.LimitTokens(1000),
        ["LimitTokens with a counter"] = source => source.LimitTokens(1000, text => text.Length),
        ["StopAt"] = source => source.StopAt("</never>"),
        ["SplitThinkTags"] = source => source.SplitThinkTags(),
        ["ReadAhead"] = source => source.ReadAhead(2),
        ["Coalesce"] = source => source.Coalesce(TimeSpan.FromMilliseconds(50), new FakeTimeProvider { SkipDelays = true }),
        ["Coalesce with a long interval"] = source => source.Coalesce(TimeSpan.FromDays(1), new FakeTimeProvider()),
        ["Smooth"] = source => source.Smooth(10, new FakeTimeProvider { SkipDelays = true }),
        ["DetectLoops"] = source => source.DetectLoops(),
        ["OnKeyword"] = source => source.OnKeyword(["never"], _ => { }),
    };

    /// <summary>Operators whose purpose is to read ahead while the consumer is busy.</summary>
    private static readonly string[] Buffers = ["ReadAhead", "Coalesce", "Coalesce with a long interval", "Smooth"];

    public static TheoryData<string> All => [.. Operators.Keys];

    public static TheoryData<string> Unbuffered => [.. Operators.Keys.Except(Buffers)];

    [Theory, MemberData(nameof(All))]
    public void Checks_the_source_when_called(string name) => Assert.Throws<ArgumentNullException>("source", () => Operators[name](null!));

    [Theory, MemberData(nameof(All))]
    public async Task Keeps_all_members_of_the_deltas(string name)
    {
        var seen = new List<ChatDelta>();
        var source = new DeltaSource(Everything());
        await foreach (ChatDelta delta in Operators[name](source)) seen.Add(delta);

        Assert.Equal("Hello 世界", string.Concat(seen.Select(delta => delta.Text)));
        Assert.Equal("Hm, so", string.Concat(seen.Select(delta => delta.Reasoning)));
        Assert.Equal("No.", string.Concat(seen.Select(delta => delta.Refusal)));
        Assert.Equal("""{"a":1}""", string.Concat(seen.SelectMany(delta => delta.ToolCalls).Select(call => call.Arguments)));
        Assert.Equal(ChatRole.Assistant, seen.First(delta => delta.Role is not null).Role);
        Assert.Same(Seam, seen.Single(delta => delta.Seam is not null).Seam);
        Assert.Equal(ChatFinishReason.ToolCalls, seen.Single(delta => delta.FinishReason is not null).FinishReason);
        Assert.Equal(3, seen.Single(delta => delta.Usage is not null).Usage!.OutputTokenCount);
        Assert.All(seen, delta => Assert.Equal("id-1", delta.Stream.Id));
        Assert.Equal(1, source.Enumerations);
        Assert.Equal(1, source.Disposals);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Keeps_the_deltas_of_several_choices_apart(string name)
    {
        var deltas = DeltaSource.Answer(["a1 ", "a2"]).Zip(DeltaSource.Answer(["b1 ", "b2"], choice: 1), (a, b) => new[] { a, b })
            .SelectMany(pair => pair);
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in Operators[name](new DeltaSource(deltas))) seen.Add(delta);

        Assert.Equal("a1 a2", string.Concat(seen.Where(delta => delta.ChoiceIndex == 0).Select(delta => delta.Text)));
        Assert.Equal("b1 b2", string.Concat(seen.Where(delta => delta.ChoiceIndex == 1).Select(delta => delta.Text)));
        Assert.Equal(2, seen.Count(delta => delta.FinishReason is not null));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Follows_rewrites_of_the_server(string name)
    {
        ChatDelta[] deltas =
        [
            new() { Text = "Hello </nev" },
            new() { Text = "Wor", TextOffset = 6 },
            new() { Text = "World", TextOffset = 6 },
            new() { Text = "", TextOffset = 9 },
            new() { Text = "ld.", TextOffset = 9 },
            DeltaSource.End(12),
        ];

        Assert.Equal("Hello World.", (await Collected.FromAsync(Operators[name](new DeltaSource(deltas)))).Text);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Throws_a_failure_after_everything_that_came_before_it(string name)
    {
        var failure = new ChatStreamException(ChatStreamError.Truncated);
        var source = new DeltaSource(DeltaSource.Answer(["Hello </nev"], finish: false)) { Failure = failure };
        string text = "";
        ChatStreamException thrown = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in Operators[name](source)) text += delta.Text;
        });

        Assert.Same(failure, thrown);
        Assert.Equal("Hello </nev", text);
        Assert.Equal(1, source.Disposals);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Can_be_cancelled_by_the_token_of_the_enumeration(string name)
    {
        using var cancellation = new CancellationTokenSource();
        var source = new DeltaSource(Everything()) { Gates = { [2] = new TaskCompletionSource().Task } };
        await using IAsyncEnumerator<ChatDelta> deltas = Operators[name](source).GetAsyncEnumerator(cancellation.Token);
        Task<bool> next = ReadOnAsync(deltas);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(source.Enumerations, source.Disposals);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Can_be_cancelled_by_the_token_of_the_source(string name)
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        var source = new DeltaSource(Everything()) { OwnToken = cancellation.Token };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Collected.FromAsync(Operators[name](source)));
        Assert.Equal(source.Enumerations, source.Disposals);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Leaving_the_loop_disposes_the_source(string name)
    {
        var source = new DeltaSource(Everything());
        await foreach (ChatDelta _ in Operators[name](source)) break;
        Assert.Equal(1, source.Disposals);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Can_be_enumerated_again(string name)
    {
        IAsyncEnumerable<ChatDelta> deltas = Operators[name](new DeltaSource(Everything()));
        Assert.Equal(await Collected.FromAsync(deltas), await Collected.FromAsync(deltas));
    }

    [Theory, MemberData(nameof(All))]
    public void Does_not_enumerate_the_source_before_it_is_enumerated(string name)
    {
        var source = new DeltaSource(Everything());
        _ = Operators[name](source);
        Assert.Equal(0, source.Enumerations);
    }

    [Theory, MemberData(nameof(Unbuffered))]
    public async Task Does_not_read_ahead(string name)
    {
        var source = DeltaSource.Of("one ", "two ", "three ");
        int given = 0;
        await foreach (ChatDelta _ in Operators[name](source)) Assert.InRange(source.Moves, 1, ++given);
        Assert.Equal(4, given);
    }

    private static async Task<bool> ReadOnAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        while (await deltas.MoveNextAsync())
        {
        }

        return false;
    }

    private static List<ChatDelta> Everything()
    {
        var info = new ChatStreamInfo { Id = "id-1" };
        return
        [
            new() { Role = ChatRole.Assistant, Stream = info },
            new() { Reasoning = "Hm, ", Stream = info },
            new() { Reasoning = "so", ReasoningOffset = 4, Text = "Hello ", Stream = info },
            new() { Text = "世", TextOffset = 6, Seam = Seam, Refusal = "No.", Stream = info },
            new()
            {
                Text = "界",
                TextOffset = 7,
                ToolCalls = [new ToolCallDelta { Id = "c", Name = "f", Arguments = """{"a":""" }],
                Stream = info,
            },
            new() { TextOffset = 8, ToolCalls = [new ToolCallDelta { Arguments = "1}", ArgumentsOffset = 5 }], Stream = info },
            new() { TextOffset = 8, FinishReason = ChatFinishReason.ToolCalls, Stream = info },
            new() { TextOffset = 8, Usage = new UsageDetails { OutputTokenCount = 3 }, Stream = info },
        ];
    }
}
