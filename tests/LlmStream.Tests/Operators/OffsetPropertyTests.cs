using CsCheck;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

/// <summary>What an operator delivers, applied by offset, has no gaps and is its text: alone and before any other operator.</summary>
public class OffsetPropertyTests
{
    // Operators that change nothing of these texts.
    private static readonly (string Name, Func<IAsyncEnumerable<ChatDelta>, IAsyncEnumerable<ChatDelta>> Run)[] Operators =
    [
        ("LimitCharacters", source => source.LimitCharacters(100_000)),
        ("LimitTokens", source => source.LimitTokens(100_000)),
        ("StopAt", source => source.StopAt("loqq", "abX", " wz")),
        ("SplitThinkTags", source => source.SplitThinkTags()),
        ("ReadAhead", source => source.ReadAhead(3)),
        ("Coalesce", source => source.Coalesce(TimeSpan.FromMilliseconds(50), new FakeTimeProvider { SkipDelays = true })),
        ("Smooth", source => source.Smooth(1_000, new FakeTimeProvider { SkipDelays = true })),
        ("DetectLoops", source => source.DetectLoops(new LoopDetectionOptions { IdenticalDeltas = 0, IdenticalLines = 0, MinPeriodicCharacters = 100_000 })),
        ("OnKeyword", source => source.OnKeyword(["lo"], _ => { })),
    ];

    // Operators that cut the text near the end of what arrived, where something is held back.
    private static readonly (string Name, Func<IAsyncEnumerable<ChatDelta>, IAsyncEnumerable<ChatDelta>> Run)[] Cutters =
    [
        .. Enumerable.Range(0, 12).Select(limit => ($"LimitCharacters({limit})", (Func<IAsyncEnumerable<ChatDelta>, IAsyncEnumerable<ChatDelta>>)(source => source.LimitCharacters(limit)))),
        ("LimitTokens(2)", source => source.LimitTokens(2)),
        ("StopAt(lo)", source => source.StopAt("lo w")),
        ("SplitThinkTags", source => source.SplitThinkTags(new ThinkTagOptions { StartsInside = true })),
    ];

    private static readonly Gen<Piece[]> Pieces = Gen.Select(
        Gen.OneOfConst("Hello", " world", "ab", "lo", "e\u0301", "😀", "世", "", "", " w"),
        Gen.Frequency((5, Gen.Const(0)), (1, Gen.Int[1, 6])), // how far it rewrites
        Gen.OneOfConst(Extra.None, Extra.None, Extra.Usage, Extra.Reasoning, Extra.Refusal, Extra.Contents, Extra.Call),
        (text, back, extra) => new Piece(text, back, extra)).Array[1, 10];

    [Fact]
    public Task An_operator_that_changes_nothing_delivers_the_same_answer_also_before_and_after_another_one() =>
        Gen.Select(Pieces, Gen.Int[0, Operators.Length - 1], Gen.Int[0, Operators.Length - 1]).SampleAsync(
            async (pieces, first, second) =>
            {
                List<ChatDelta> deltas = ToDeltas(pieces, mayRewrite: true);
                string expected = (await AppliedAnswer.FromAsync(new DeltaSource(deltas))).ToString();
                Assert.Equal(expected, (await AppliedAnswer.FromAsync(Operators[first].Run(new DeltaSource(deltas)))).ToString());
                string both = (await AppliedAnswer.FromAsync(Operators[second].Run(Operators[first].Run(new DeltaSource(deltas))))).ToString();
                Assert.True(expected == both, $"{Operators[first].Name}, {Operators[second].Name}\nexpected: {expected}\nactual:   {both}");
            },
            iter: 2_000, threads: 1);

    [Fact]
    public Task What_an_operator_has_cut_is_not_changed_by_another_one() =>
        Gen.Select(Pieces, Gen.Int[0, Cutters.Length - 1], Gen.Int[0, Operators.Length - 1]).SampleAsync(
            async (pieces, cutter, second) =>
            {
                List<ChatDelta> deltas = ToDeltas(pieces, mayRewrite: false);
                string expected = (await AppliedAnswer.FromAsync(Cutters[cutter].Run(new DeltaSource(deltas)))).ToString();
                string both = (await AppliedAnswer.FromAsync(Operators[second].Run(Cutters[cutter].Run(new DeltaSource(deltas))))).ToString();
                Assert.True(expected == both, $"{Cutters[cutter].Name}, {Operators[second].Name}\nexpected: {expected}\nactual:   {both}");
            },
            iter: 2_500, threads: 1);

    private static List<ChatDelta> ToDeltas(Piece[] pieces, bool mayRewrite)
    {
        var deltas = new List<ChatDelta>();
        string text = "";
        int reasoning = 0, refusal = 0, arguments = 0;
        foreach ((string added, int back, Extra extra) in pieces)
        {
            int offset = mayRewrite && added.Length > 0 ? Math.Max(0, text.Length - back) : text.Length;
            if (offset > 0 && offset < text.Length && char.IsLowSurrogate(text[offset])) offset--;
            text = text[..offset] + added;
            deltas.Add(new ChatDelta
            {
                Text = added,
                TextOffset = offset,
                Reasoning = extra == Extra.Reasoning ? "Hm. " : "",
                ReasoningOffset = reasoning,
                Refusal = extra == Extra.Refusal ? "No. " : "",
                RefusalOffset = refusal,
                Usage = extra == Extra.Usage ? new UsageDetails { InputTokenCount = 1 } : null,
                OtherContents = extra == Extra.Contents ? [new TextContent("x")] : [],
                ToolCalls = extra == Extra.Call ? [new ToolCallDelta { Name = "f", Arguments = "1", ArgumentsOffset = arguments }] : [],
            });
            if (extra == Extra.Reasoning) reasoning += 4;
            if (extra == Extra.Refusal) refusal += 4;
            if (extra == Extra.Call) arguments++;
        }

        deltas.Add(new ChatDelta
        {
            TextOffset = text.Length, ReasoningOffset = reasoning, RefusalOffset = refusal, FinishReason = ChatFinishReason.Stop,
        });
        return deltas;
    }

    private enum Extra
    {
        None,
        Usage,
        Reasoning,
        Refusal,
        Contents,
        Call,
    }

    private sealed record Piece(string Text, int Back, Extra Extra);
}
