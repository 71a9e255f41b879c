namespace LlmStream.Tests.Operators;

public class StopAtTests
{
    [Theory]
    [InlineData("Hello\nUser: hi", "Hello", "\nUser:")]
    [InlineData("aaab", "a", "aab")]
    [InlineData("abcabd", "abc", "abd")] // a beginning that fails begins another
    [InlineData("abcd", "a", "bc", "abcd")] // the one that ends first counts
    [InlineData("xabc", "x", "bc", "abc")] // of two that end together, the longest
    [InlineData("说完了。完", "说完了", "。完", "没有")]
    [InlineData("a😁b😀c", "a😁b", "😀")]
    [InlineData("stop", "", "stop")]
    public async Task The_text_ends_before_the_string(string text, string expected, params string[] stops)
    {
        await Splits.AssertSameAsync(text + " and more", source => Told.ByAsync(source.StopAt(stops)), new Told(expected, "", "stop", null));
    }

    [Theory]
    [InlineData("aaaaa", "aaab")]
    [InlineData("ababab", "ababac", "babc")]
    [InlineData("a</sto", "</stop>")]
    [InlineData("cut off 。", "。。")]
    public async Task A_text_without_the_string_is_whole(string text, params string[] stops)
    {
        await Splits.AssertSameAsync(text, source => Told.ByAsync(source.StopAt(stops)), new Told(text, "", "stop", 7));
    }

    [Fact]
    public async Task Only_what_may_begin_a_match_is_held_back()
    {
        var texts = new List<string>();
        await foreach (ChatDelta delta in DeltaSource.Of("Hello <", "b> and </", "stop", "ped", " on").StopAt("</stop>")) texts.Add(delta.Text);
        Assert.Equal(["Hello ", "<b> and ", "</stopped", " on", ""], texts);
    }

    [Fact]
    public async Task The_source_is_left_at_once()
    {
        var source = DeltaSource.Of("abc", "END", "ghi", "jkl");
        Assert.Equal("abc", (await Told.ByAsync(source.StopAt("END"))).Text);
        Assert.Equal(2, source.Moves);
    }

    [Fact]
    public async Task A_delta_that_is_not_changed_is_passed_on_as_it_is()
    {
        List<ChatDelta> deltas = DeltaSource.Answer(["abc"]);
        var seen = new List<ChatDelta>();
        await foreach (ChatDelta delta in new DeltaSource(deltas).StopAt("END")) seen.Add(delta);
        Assert.Equal(deltas, seen);
    }

    [Fact]
    public async Task A_match_across_what_was_taken_back_from_what_is_held_is_found()
    {
        ChatDelta[] deltas = [new() { Text = "x <sto" }, new() { Text = "op> y", TextOffset = 5 }];
        Assert.Equal("x ", (await Told.ByAsync(new DeltaSource(deltas).StopAt("<stop>"))).Text);
    }

    [Fact]
    public async Task Each_choice_has_its_own_end()
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
    public void Strings_are_checked_at_once()
    {
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").StopAt());
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").StopAt("a", ""));
        Assert.Throws<ArgumentNullException>(() => DeltaSource.Of("a").StopAt(null!));
        Assert.Throws<ArgumentException>(() => DeltaSource.Of("a").StopAt("\uDE00"));
    }
}
