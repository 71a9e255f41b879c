using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators;

public class OnKeywordTests
{
    [Theory]
    [InlineData("ushers", "she@1 he@2 hers@2", "he", "she", "his", "hers")]
    [InlineData("aaaa", "a@0 aa@0 a@1 aa@1 a@2 aa@2 a@3", "aa", "a")]
    [InlineData("我要退款,退款!", "退款@2 退款@5", "退款", "投诉")]
    [InlineData("nothing", "", "no way")]
    [InlineData("x```y", "```@1", "```")]
    public async Task Each_occurrence_is_reported(string text, string expected, params string[] keywords)
    {
        await Splits.AssertSameAsync(
            text,
            async source =>
            {
                var found = new List<string>();
                Assert.Equal(text, (await Told.ByAsync(source.OnKeyword(keywords, match => found.Add($"{match.Keyword}@{match.Offset}")))).Text);
                return string.Join(' ', found.OrderBy(f => int.Parse(f.Split('@')[1])).ThenBy(f => f.Length));
            },
            string.Join(' ', expected.Split(' ').OrderBy(f => f.Length == 0 ? 0 : int.Parse(f.Split('@')[1])).ThenBy(f => f.Length)));
    }

    [Fact]
    public async Task It_is_reported_before_the_delta_that_completes_it()
    {
        bool found = false;
        var states = new List<bool>();
        await foreach (ChatDelta _ in DeltaSource.Of("key", "wo", "rd").OnKeyword(["keyword"], _ => found = true)) states.Add(found);
        Assert.Equal([false, false, true, true], states);
    }

    [Fact]
    public async Task What_the_action_throws_ends_the_stream()
    {
        var source = DeltaSource.Of("keyword");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Told.ByAsync(source.OnKeyword(["key"], _ => throw new InvalidOperationException())));
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Text_that_is_taken_back_begins_anew()
    {
        var offsets = new List<int>();
        ChatDelta[] deltas = [new() { Text = "ab key" }, new() { Text = "word", TextOffset = 3 }, new() { Text = "key", TextOffset = 3, ChoiceIndex = 1 }];
        await Told.ByAsync(new DeltaSource(deltas).OnKeyword(["keyword", "word"], match => offsets.Add(match.Offset)).Where(delta => delta.ChoiceIndex == 0));
        Assert.Equal([3], offsets);
    }

    [Fact]
    public void The_search_follows_no_more_links_than_it_reads_characters()
    {
        // Each pattern fails at its last character, and its beginnings are each other's ends.
        string[] patterns = [.. Enumerable.Range(1, 200).Select(n => new string('a', n) + "b")];
        var search = new AhoCorasick(patterns);
        string text = new('a', 10_000);
        int state = AhoCorasick.Root, followed = 0;
        foreach (char c in text)
        {
            state = search.Step(state, c, out int links);
            followed += links;
        }

        Assert.Equal(200, search.Depth(state));
        Assert.InRange(followed, 1, text.Length);
    }

    [Fact]
    public void Arguments_are_checked_at_once()
    {
        Assert.Throws<ArgumentNullException>(() => DeltaSource.Of("a").OnKeyword(["a"], null!));
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").OnKeyword([], _ => { }));
    }
}
