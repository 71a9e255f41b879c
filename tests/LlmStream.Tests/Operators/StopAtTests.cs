namespace LlmStream.Tests.Operators;

public class StopAtTests
{
    [Theory]
    [InlineData("Hello\nUser: hi", "Hello", "\nUser:")]
    [InlineData("aaab", "a", "aab")]
    [InlineData("abcabd", "abc", "abd")] // a failed match contains the beginning of another
    [InlineData("abcd", "a", "bc", "abcd")] // the one that ends first wins
    [InlineData("xabc", "x", "bc", "abc")] // of two that end together, the longest wins
    [InlineData("说完了。完", "说完了", "。完", "没有")]
    [InlineData("a😁b😀c", "a😁b", "😀")]
    [InlineData("stop", "", "stop")]
    public async Task Ends_before_the_stop_string(string text, string expected, params string[] stops)
    {
        await Splits.AssertSameAsync(
            text + " and more", source => Collected.FromAsync(source.StopAt(stops)), new Collected(expected, "", "stop", null));
    }

    [Theory]
    [InlineData("aaaaa", "aaab")]
    [InlineData("ababab", "ababac", "babc")]
    [InlineData("a</sto", "</stop>")]
    [InlineData("cut off 。", "。。")]
    public async Task Text_without_a_stop_string_passes_unchanged(string text, params string[] stops)
    {
        await Splits.AssertSameAsync(text, source => Collected.FromAsync(source.StopAt(stops)), new Collected(text, "", "stop", 7));
    }

    [Fact]
    public async Task Holds_back_only_what_may_begin_a_match()
    {
        var texts = new List<string>();
        await foreach (ChatDelta delta in DeltaSource.Of("Hello <", "b> and </", "stop", "ped", " on").StopAt("</stop>"))
            texts.Add(delta.Text);
        Assert.Equal(["Hello ", "<b> and ", "</stopped", " on", ""], texts);
    }

    [Fact]
    public async Task Disposes_the_source_at_once()
    {
        var source = DeltaSource.Of("abc", "END", "ghi", "jkl");
        Assert.Equal("abc", (await Collected.FromAsync(source.StopAt("END"))).Text);
        Assert.Equal(2, source.Moves);
    }

    [Fact]
    public async Task Passes_unchanged_deltas_on()
    {
        List<ChatDelta> deltas = DeltaSource.Answer(["abc"]);
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in new DeltaSource(deltas).StopAt("END")) seen.Add(delta);
        Assert.Equal(deltas, seen);
    }

    [Fact]
    public async Task Finds_a_match_that_begins_in_held_back_text_and_continues_after_a_rewrite()
    {
        ChatDelta[] deltas = [new() { Text = "x <sto" }, new() { Text = "op> y", TextOffset = 5 }];
        Assert.Equal("x ", (await Collected.FromAsync(new DeltaSource(deltas).StopAt("<stop>"))).Text);
    }

    [Fact]
    public async Task Ends_each_choice_at_its_own_stop_string()
    {
        var a = DeltaSource.Answer(["ab", "EN", "D", "x"]);
        var b = DeltaSource.Answer(["cd", "ef", "END", "y"], choice: 1);
        var source = new DeltaSource(a.Zip(b, (x, y) => new[] { x, y }).SelectMany(pair => pair));
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in source.StopAt("END")) seen.Add(delta);
        Assert.Equal("ab", string.Concat(seen.Where(delta => delta.ChoiceIndex == 0).Select(delta => delta.Text)));
        Assert.Equal("cdef", string.Concat(seen.Where(delta => delta.ChoiceIndex == 1).Select(delta => delta.Text)));
        Assert.Equal(6, source.Moves);
    }

    [Fact]
    public void Checks_the_strings_when_called()
    {
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").StopAt());
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").StopAt("a", ""));
        Assert.Throws<ArgumentNullException>(() => DeltaSource.Of("a").StopAt(null!));
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").StopAt("\uDE00"));
    }
}
