namespace LlmStream.Tests.Operators;

public class OnKeywordTests
{
    [Theory]
    [InlineData("ushers", "she@1 he@2 hers@2", "he", "she", "his", "hers")]
    [InlineData("aaaa", "a@0 aa@0 a@1 aa@1 a@2 aa@2 a@3", "aa", "a")]
    [InlineData("我要退款,退款!", "退款@2 退款@5", "退款", "投诉")]
    [InlineData("nothing", "", "no way")]
    [InlineData("x```y", "```@1", "```")]
    public async Task Reports_each_occurrence(string text, string expected, params string[] keywords)
    {
        await Splits.AssertSameAsync(
            text,
            async source =>
            {
                var found = new List<string>();
                Assert.Equal(
                    text,
                    (await Collected.FromAsync(source.OnKeyword(keywords, match => found.Add($"{match.Keyword}@{match.Offset}")))).Text);
                return string.Join(' ', found.OrderBy(f => int.Parse(f.Split('@')[1])).ThenBy(f => f.Length));
            },
            string.Join(' ', expected.Split(' ').OrderBy(f => f.Length == 0 ? 0 : int.Parse(f.Split('@')[1])).ThenBy(f => f.Length)));
    }

    [Fact]
    public async Task Reports_a_keyword_before_the_delta_that_completes_it()
    {
        bool found = false;
        var states = new List<bool>();
        await foreach (ChatDelta _ in DeltaSource.Of("key", "wo", "rd").OnKeyword(["keyword"], _ => found = true)) states.Add(found);
        Assert.Equal([false, false, true, true], states);
    }

    [Fact]
    public async Task An_exception_of_the_action_ends_the_stream()
    {
        var source = DeltaSource.Of("keyword");
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Collected.FromAsync(source.OnKeyword(["key"], _ => throw new InvalidOperationException())));
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Starts_over_after_a_rewrite()
    {
        var offsets = new List<int>();
        ChatDelta[] deltas =
        [
            new() { Text = "ab key" }, new() { Text = "word", TextOffset = 3 }, new() { Text = "key", TextOffset = 3, ChoiceIndex = 1 },
        ];
        IAsyncEnumerable<ChatDelta> watched = new DeltaSource(deltas).OnKeyword(["keyword", "word"], match => offsets.Add(match.Offset));
        await Collected.FromAsync(watched.Where(delta => delta.ChoiceIndex == 0));
        Assert.Equal([3], offsets);
    }

    [Fact]
    public async Task An_asynchronous_action_is_awaited_before_the_delta_is_delivered()
    {
        List<string> calls = [];
        IAsyncEnumerable<ChatDelta> deltas = DeltaSource.Of("a key", " b").OnKeyword(["key"], match => WriteAsync(match.Keyword));
        await foreach (ChatDelta delta in deltas.OnKeyword(["b"], async match => await WriteAsync(match.Keyword)))
            calls.Add($"<{delta.Text}>");
        Assert.Equal(["key", "<a key>", "b", "< b>", "<>"], calls);

        async Task WriteAsync(string keyword)
        {
            await Task.Yield();
            calls.Add(keyword);
        }
    }

    [Fact]
    public void Checks_arguments_when_called()
    {
        Assert.Throws<ArgumentNullException>(() => DeltaSource.Of("a").OnKeyword(["a"], null!));
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").OnKeyword([], _ => { }));
    }
}
