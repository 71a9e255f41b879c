using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class LimitTests
{
    [Theory]
    [InlineData("Hello, world", 5, "Hello")]
    [InlineData("Hello", 0, "")]
    [InlineData("你好,世界", 3, "你好,")]
    [InlineData("ab😀cd", 3, "ab")] // the second half of the emoji does not fit
    [InlineData("ab😀cd", 4, "ab😀")]
    [InlineData("cafe\u0301s", 4, "caf")] // é from a letter and an accent
    [InlineData("cafe\u0301s", 5, "cafe\u0301")]
    [InlineData("x👨‍👩‍👧‍👦y", 11, "x")] // a family is one character of 11 units
    [InlineData("x👨‍👩‍👧‍👦y", 12, "x👨‍👩‍👧‍👦")]
    [InlineData("🇩🇪🇫🇷🇨🇳", 8, "🇩🇪🇫🇷")]
    [InlineData("🇩🇪🇫🇷🇨🇳", 7, "🇩🇪")]
    [InlineData("a\r\nb", 2, "a")]
    [InlineData("한국어 \u1100\u1161\u11A8", 5, "한국어 ")] // a syllable from three letters
    public async Task The_text_is_cut_between_characters(string text, int limit, string expected)
    {
        await Splits.AssertSameAsync(text, source => Told.ByAsync(source.LimitCharacters(limit)), new Told(expected, "", "length", null));
    }

    [Theory]
    [InlineData("Hello", 5)]
    [InlineData("cafe\u0301", 5)]
    [InlineData("", 0)]
    public async Task A_text_of_just_the_limit_is_whole(string text, int limit)
    {
        await Splits.AssertSameAsync(text, source => Told.ByAsync(source.LimitCharacters(limit)), new Told(text, "", "stop", 7));
    }

    [Fact]
    public async Task A_text_as_long_as_a_flag_parade_is_cut_between_flags()
    {
        string flags = string.Concat(Enumerable.Repeat("🇩🇪", 50));
        await Splits.AssertSameAsync("x" + flags, source => Told.ByAsync(source.LimitCharacters(151)), new Told("x" + string.Concat(Enumerable.Repeat("🇩🇪", 37)), "", "length", null));
    }

    [Fact]
    public async Task The_source_is_left_at_once()
    {
        var source = DeltaSource.Of("abc", "def", "ghi", "jkl");
        Told told = await Told.ByAsync(source.LimitCharacters(4));
        Assert.Equal(new Told("abcd", "", "length", null), told);
        Assert.Equal(2, source.Moves);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Each_choice_has_the_limit()
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
    public async Task Marks_without_end_are_linear_work()
    {
        string zalgo = "a" + new string('\u0301', 5000);
        Told told = await Told.ByAsync(DeltaSource.Of([.. zalgo.Select(c => c.ToString())]).LimitCharacters(3000));
        Assert.InRange(told.Text.Length, 3000 - 64, 3000);
    }

    [Theory]
    [InlineData("abcdefghij", 2, "abcdef")] // 0.3 tokens each
    [InlineData("一二三四五六", 3, "一二三四五")] // 0.6 each
    [InlineData("ab一二", 1, "ab")]
    [InlineData("😀😀😀", 2, "😀😀")]
    public async Task Tokens_are_estimated_by_the_rule_that_is_documented(string text, int limit, string expected)
    {
        await Splits.AssertSameAsync(text, source => Told.ByAsync(source.LimitTokens(limit)), new Told(expected, "", "length", null));
    }

    [Fact]
    public async Task Reasoning_costs_tokens_too()
    {
        ChatDelta[] deltas = [new() { Reasoning = "一二三四五" }, new() { Text = "abcdefghijk" }, new() { Text = "more", TextOffset = 11 }];
        Assert.Equal(new Told("abcdefghij", "一二三四五", "length", null), await Told.ByAsync(new DeltaSource(deltas).LimitTokens(6)));
        Assert.Equal(new Told("", "一二三", "length", null), await Told.ByAsync(new DeltaSource(deltas).LimitTokens(2)));
    }

    [Fact]
    public async Task The_providers_own_count_is_taken_where_it_comes()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "a" }, new() { Text = "b", TextOffset = 1, Usage = new UsageDetails { OutputTokenCount = 50 } },
            new() { Text = "c", TextOffset = 2, Usage = new UsageDetails { OutputTokenCount = 101 } }, new() { Text = "d", TextOffset = 3 },
        ];
        Assert.Equal(new Told("abc", "", "length", 101), await Told.ByAsync(new DeltaSource(deltas).LimitTokens(100)));
    }

    [Fact]
    public async Task A_counter_of_ones_own_counts_each_piece_once()
    {
        var counted = new List<string>();
        Told told = await Told.ByAsync(DeltaSource.Of("one ", "two ", "three four five").LimitTokens(4, text =>
        {
            counted.Add(text);
            return text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        }));
        Assert.Equal("one two three four ", told.Text);
        Assert.Equal(["one ", "two ", "three four five"], counted.Take(3));
        Assert.InRange(counted.Count, 4, 3 + 5);
    }

    [Fact]
    public void Limits_are_checked_at_once()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").LimitCharacters(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").LimitTokens(-1));
    }
}
