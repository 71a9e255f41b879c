using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class SplitThinkTagsTests
{
    private static Collected Whole(string text, string reasoning) => new(text, reasoning, "stop", 7);

    [Theory]
    [InlineData("<think>\nhm\n</think>\n\nHi", "\n\nHi", "\nhm\n")]
    [InlineData("<think>hm</think>Hi", "Hi", "hm")]
    [InlineData("<THINKING>hm</Thinking >Hi", "Hi", "hm")]
    [InlineData("<seed:think>想</seed:think>你好😀", "你好😀", "想")]
    [InlineData("<thought>hm</thought>Hi", "Hi", "hm")]
    [InlineData("<Thought>hm</Thought>Hi", "Hi", "hm")]
    [InlineData("<reasoning>hm</reasoning>Hi", "Hi", "hm")]
    [InlineData("<mm:think>hm</mm:think>Hi", "Hi", "hm")]
    [InlineData("<reason>no</reason><thoughts>no</thoughts>", "<reason>no</reason><thoughts>no</thoughts>", "")]
    [InlineData("<think:1>hm</think:a-b_2.0>Hi", "Hi", "hm")]
    [InlineData("a<think>1</think>b<think>2</think>c", "abc", "12")]
    [InlineData("<think></think>Hi", "Hi", "")]
    [InlineData("<think>never closed </thin", "", "never closed </thin")]
    [InlineData("<think>a <think> b</think>c", "c", "a <think> b")] // blocks do not nest
    [InlineData("a < b <thin> </think", "a < b <thin> </think", "")]
    [InlineData("<<think>x</think>>", "<>", "x")]
    [InlineData("<thinker>no</thinker>", "<thinker>no</thinker>", "")]
    [InlineData("use `<think>` and \"</think>\" for it", "use `<think>` and \"</think>\" for it", "")] // quoted
    [InlineData("<think>it says \"yes\"</think>Yes", "Yes", "it says \"yes\"")]
    [InlineData("<think>`</think>`</think>Yes", "Yes", "`</think>`")]
    [InlineData("plain", "plain", "")]
    public async Task Separates_reasoning_from_text(string text, string expectedText, string expectedReasoning)
    {
        await Splits.AssertSameAsync(text, source => Collected.FromAsync(source.SplitThinkTags()), Whole(expectedText, expectedReasoning));
    }

    [Theory]
    [InlineData("so it is</think>Yes", "Yes", "so it is")]
    [InlineData("\"yes\"</think>\n\nYes", "\n\nYes", "\"yes\"")]
    [InlineData("hm</think>Yes</think>", "Yes</think>", "hm")] // only the first closing tag
    [InlineData("hm</think>a<think>b</think>c", "ac", "hmb")]
    public async Task A_closing_tag_without_an_opening_one_turns_the_text_before_it_into_reasoning(
        string text, string expectedText, string expectedReasoning)
    {
        await Splits.AssertSameAsync(text, source => Collected.FromAsync(source.SplitThinkTags()), Whole(expectedText, expectedReasoning));
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.SplitThinkTags(new() { StartsInside = true })),
            Whole(expectedText, expectedReasoning));
    }

    [Fact]
    public async Task A_closing_tag_after_a_block_stays_text()
    {
        await Splits.AssertSameAsync(
            "<think>a</think>b</think>c", source => Collected.FromAsync(source.SplitThinkTags()), Whole("b</think>c", "a"));
    }

    [Fact]
    public async Task StartsInside_delivers_reasoning_at_once()
    {
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in DeltaSource.Of("so ", "it is", "</think>", "Yes").SplitThinkTags(new() { StartsInside = true }))
            seen.Add(delta);
        Assert.Equal(["so ", "it is", "", ""], seen.Select(delta => delta.Reasoning));
        Assert.Equal(["", "", "Yes", ""], seen.Select(delta => delta.Text));
        Assert.All(seen.Take(3), delta => Assert.Equal(0, delta.TextOffset));
    }

    [Theory]
    [InlineData(" \n<think>a</think> <think>b</think>c<think>d</think>", " \n c<think>d</think>", "ab")]
    [InlineData("c<think>d", "c<think>d", "")]
    public async Task OnlyAtStart_ignores_later_opening_tags(string text, string expectedText, string expectedReasoning)
    {
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.SplitThinkTags(new() { OnlyAtStart = true })),
            Whole(expectedText, expectedReasoning));
    }

    [Fact]
    public async Task Separate_reasoning_is_kept_and_text_before_a_closing_tag_stays_text()
    {
        ChatDelta[] deltas =
        [
            new() { Reasoning = "own " }, new() { Reasoning = "thoughts", ReasoningOffset = 4 },
            new() { Text = "say </think> here" }, new() { Text = "<think>more</think>!", TextOffset = 17 }, DeltaSource.End(37),
        ];
        Assert.Equal(Whole("say </think> here!", "own thoughtsmore"), await Collected.FromAsync(new DeltaSource(deltas).SplitThinkTags()));
    }

    [Theory]
    [InlineData("ab", "x", "<think>x</think>a", "@17:b")]
    [InlineData("ac", "x", "<think>x</think>ab", "@17:c")]
    [InlineData("c", "y", "<think>x</think>ab", "@7:y</think>c")] // within the reasoning
    [InlineData("", "x!", "<think>x</think>ab", "@8:!")]
    [InlineData("b", "xy", "<think>x</think>ab", "@12:nk>b", "@8:y</think>b")] // within a tag
    [InlineData("<thinn x", "", "<think>x</think>ab", "@5:n x")]
    [InlineData("again", "", "<think>x</think>ab", "@0:again")]
    [InlineData("b", "a", "x</think>y", "@0:a</think>b")] // a restart of an answer without an opening tag
    [InlineData("z", "x!", "x</think>y", "@1:!</think>z")]
    public async Task Follows_rewrites_across_tags(string text, string reasoning, params string[] texts)
    {
        var deltas = new List<ChatDelta>();
        foreach (string piece in texts)
        {
            string[] parts = piece.StartsWith('@') ? piece[1..].Split(':', 2) : ["0", piece];
            deltas.Add(new ChatDelta { Text = parts[1], TextOffset = int.Parse(parts[0]) });
        }

        string whole = "";
        foreach (ChatDelta delta in deltas) whole = whole[..delta.TextOffset] + delta.Text;
        Collected once = await Collected.FromAsync(DeltaSource.Of(whole).SplitThinkTags());
        Collected collected = await Collected.FromAsync(new DeltaSource([.. deltas, DeltaSource.End(whole.Length)]).SplitThinkTags());
        Assert.Equal(once, collected);
        Assert.Equal((text, reasoning), (collected.Text, collected.Reasoning));
    }

    [Fact]
    public async Task Passes_deltas_without_tags_on_unchanged()
    {
        List<ChatDelta> deltas = DeltaSource.Answer(["Hello ", "world"]);
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in new DeltaSource(deltas).SplitThinkTags()) seen.Add(delta);
        Assert.Same(deltas[0], seen[0]);
        Assert.Same(deltas[1], seen[1]);
    }

    [Fact]
    public async Task Holds_back_at_most_the_length_of_the_longest_tag()
    {
        string text = "<think:" + new string('a', 10_000);
        var source = DeltaSource.Of([.. text.Select(c => c.ToString())]);
        int longest = 0;
        await foreach (ChatDelta delta in source.SplitThinkTags()) longest = Math.Max(longest, delta.Text.Length);
        Assert.InRange(longest, 60, 66);
    }
}
