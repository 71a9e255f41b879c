using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class LimitTests
{
    [Theory]
    [InlineData("Hello, world", 5, "Hello")]
    [InlineData("Hello", 0, "")]
    [InlineData("你好,世界", 3, "你好,")]
    [InlineData("ab😀cd", 3, "ab")] // only half of the emoji would fit
    [InlineData("ab😀cd", 4, "ab😀")]
    [InlineData("cafe\u0301s", 4, "caf")] // é as a letter and an accent
    [InlineData("cafe\u0301s", 5, "cafe\u0301")]
    [InlineData("x👨‍👩‍👧‍👦y", 11, "x")] // a family emoji is one grapheme of 11 code units
    [InlineData("x👨‍👩‍👧‍👦y", 12, "x👨‍👩‍👧‍👦")]
    [InlineData("🇩🇪🇫🇷🇨🇳", 8, "🇩🇪🇫🇷")]
    [InlineData("🇩🇪🇫🇷🇨🇳", 7, "🇩🇪")]
    [InlineData("a\r\nb", 2, "a")]
    [InlineData("한국어 \u1100\u1161\u11A8", 5, "한국어 ")] // a syllable of three letters
    public async Task Cuts_text_between_graphemes(string text, int limit, string expected)
    {
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.LimitCharacters(limit)), new Collected(expected, "", "length", null));
    }

    [Theory]
    [InlineData("Hello", 5)]
    [InlineData("cafe\u0301", 5)]
    [InlineData("", 0)]
    public async Task Does_not_cut_text_of_exactly_the_limit(string text, int limit)
    {
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.LimitCharacters(limit)), new Collected(text, "", "stop", 7));
    }

    [Fact]
    public async Task Cuts_a_long_run_of_flags_between_flags()
    {
        string flags = string.Concat(Enumerable.Repeat("🇩🇪", 50));
        await Splits.AssertSameAsync(
            "x" + flags, source => Collected.FromAsync(source.LimitCharacters(151)),
            new Collected("x" + string.Concat(Enumerable.Repeat("🇩🇪", 37)), "", "length", null));
    }

    [Fact]
    public async Task Disposes_the_source_at_once()
    {
        var source = DeltaSource.Of("abc", "def", "ghi", "jkl");
        Collected collected = await Collected.FromAsync(source.LimitCharacters(4));
        Assert.Equal(new Collected("abcd", "", "length", null), collected);
        Assert.Equal(2, source.Moves);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Applies_the_limit_to_each_choice()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "abc" }, new() { Text = "ABC", ChoiceIndex = 1 },
            new() { Text = "def", TextOffset = 3 }, new() { Text = "DE", TextOffset = 3, ChoiceIndex = 1 },
            new() { Text = "ghi", TextOffset = 6, Usage = new UsageDetails { OutputTokenCount = 9 } },
            new() { Text = "F", TextOffset = 5, ChoiceIndex = 1 },
            new() { Text = "never", TextOffset = 6, ChoiceIndex = 1 },
        ];
        var source = new DeltaSource(deltas);
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in source.LimitCharacters(5)) seen.Add(delta);

        Assert.Equal("abcde", string.Concat(seen.Where(delta => delta.ChoiceIndex == 0).Select(delta => delta.Text)));
        Assert.Equal("ABCDE", string.Concat(seen.Where(delta => delta.ChoiceIndex == 1).Select(delta => delta.Text)));
        Assert.Equal(9, seen.Single(delta => delta.Usage is not null).Usage!.OutputTokenCount);
        Assert.Equal(6, source.Moves);
    }

    [Fact]
    public async Task Work_is_linear_for_unbounded_combining_marks()
    {
        string zalgo = "a" + new string('\u0301', 5000);
        Collected collected = await Collected.FromAsync(DeltaSource.Of([.. zalgo.Select(c => c.ToString())]).LimitCharacters(3000));
        Assert.InRange(collected.Text.Length, 3000 - 64, 3000);
    }

    [Theory]
    [InlineData("abcdefghij", 2, "abcdef")] // 0.3 tokens each
    [InlineData("一二三四五六", 3, "一二三四五")] // 0.6 each
    [InlineData("ab一二", 1, "ab")]
    [InlineData("😀😀😀", 2, "😀😀")]
    public async Task Estimates_tokens_by_the_documented_rule(string text, int limit, string expected)
    {
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.LimitTokens(limit)), new Collected(expected, "", "length", null));
    }

    [Fact]
    public async Task Counts_reasoning_as_tokens()
    {
        ChatDelta[] deltas = [new() { Reasoning = "一二三四五" }, new() { Text = "abcdefghijk" }, new() { Text = "more", TextOffset = 11 }];
        Assert.Equal(
            new Collected("abcdefghij", "一二三四五", "length", null), await Collected.FromAsync(new DeltaSource(deltas).LimitTokens(6)));
        Assert.Equal(new Collected("", "一二三", "length", null), await Collected.FromAsync(new DeltaSource(deltas).LimitTokens(2)));
    }

    [Fact]
    public async Task Uses_the_count_of_the_provider_when_it_arrives()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "a" }, new() { Text = "b", TextOffset = 1, Usage = new UsageDetails { OutputTokenCount = 50 } },
            new() { Text = "c", TextOffset = 2, Usage = new UsageDetails { OutputTokenCount = 101 } },
            new() { Text = "d", TextOffset = 3 },
        ];
        Assert.Equal(new Collected("abc", "", "length", 101), await Collected.FromAsync(new DeltaSource(deltas).LimitTokens(100)));
    }

    [Fact]
    public async Task Calls_a_custom_counter_once_for_each_piece()
    {
        var counted = new List<string>();
        Collected collected = await Collected.FromAsync(DeltaSource.Of("one ", "two ", "three four five").LimitTokens(4, text =>
        {
            counted.Add(text);
            return text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        }));
        Assert.Equal("one two three four ", collected.Text);
        Assert.Equal(["one ", "two ", "three four five"], counted.Take(3));
        Assert.InRange(counted.Count, 4, 3 + 5);
    }

    [Fact]
    public void Checks_limits_when_called()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").LimitCharacters(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").LimitTokens(-1));
    }
}
