using System.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class WithCodeFencesTests
{
    [Theory]
    [InlineData("Text\n```python\nprint(1)\n\nx\n```\nafter", "T<Text\n>O<python>L<print(1)>L<>L<x>C<>T<after>")]
    [InlineData("```\na\n```", "O<>L<a>C<>")]
    [InlineData("~~~ruby x=1\na\n~~~\n", "O<ruby>L<a>C<>")]
    [InlineData("````md\n```\nin\n```\n````\n.", "O<md>L<```>L<in>L<```>C<>T<.>")] // closed by at least as many markers
    [InlineData("```\n~~~\n```", "O<>L<~~~>C<>")] // and by the same marker
    [InlineData("```\na\n`````  \t\nb", "O<>L<a>C<>T<b>")]
    [InlineData("```\n``` no\n```", "O<>L<``` no>C<>")] // a closing fence has no info string
    [InlineData("``` a`b\nc", "T<``` a`b\nc>")] // a backtick fence has no backticks in its info string
    [InlineData("~~~ a`b\nc", "O<a`b>L<c>C<>")]
    [InlineData("``\nno\n``", "T<``\nno\n``>")]
    [InlineData("text ```no\nx", "T<text ```no\nx>")]
    [InlineData("   ```js\n   a\n     b\n c\n  ```\nd", "O<js>L<a>L<  b>L<c>C<>T<d>")] // its indentation is removed from the lines
    [InlineData("    ```\nno", "T<    ```\nno>")] // four spaces are too many
    [InlineData("\t```\nno", "T<\t```\nno>")]
    [InlineData("```\n    ```\n```", "O<>L<    ```>C<>")]
    [InlineData("```c\nopen", "O<c>L<open>C<>")] // never closed
    [InlineData("```c\nopen\n", "O<c>L<open>C<>")]
    [InlineData("```c", "O<c>C<>")]
    [InlineData("```", "O<>C<>")]
    [InlineData("a\n``", "T<a\n``>")]
    [InlineData("a\r\n```js\r\nx\r\n```\r\nb\r\n", "T<a\r\n>O<js>L<x>C<>T<b\r\n>")]
    [InlineData("a\r```js\rx\r\r```\rb", "T<a\r>O<js>L<x>L<>C<>T<b>")]
    [InlineData("代码:\n```日本語\n打印😀\n```\n完。", "T<代码:\n>O<日本語>L<打印😀>C<>T<完。>")]
    [InlineData("\n\n  \n ~~x", "T<\n\n  \n ~~x>")]
    [InlineData("```a\n1\n```\n```b\n2\n```", "O<a>L<1>C<>O<b>L<2>C<>")]
    [InlineData("", "")]
    public async Task Separates_blocks_from_text(string text, string expected)
    {
        await Splits.AssertSameAsync(text, source => ShowAsync(source), expected);
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.WithCodeFences().Select(part => part.Delta)), new Collected(text, "", "stop", 7));
    }

    [Fact]
    public async Task Holds_back_only_what_may_be_a_fence()
    {
        var parts = new List<string>();
        await foreach (FencedPart part in DeltaSource.Of("Hi\n`", "x` there\n", " ``", "`c", "s\nint", " x;\n").WithCodeFences())
            parts.Add(part.ToString());
        Assert.Equal(["Text: Hi\n", "Text: `x` there\n", "Opened: cs", "Line: int x;", "Closed: "], parts);
    }

    [Fact]
    public async Task Every_part_of_a_block_has_its_info_string_and_language()
    {
        var parts = new List<FencedPart>();
        await foreach (FencedPart part in DeltaSource.Of("```cs title=\"a.cs\"  \nx\n```\ny").WithCodeFences()) parts.Add(part);
        Assert.Equal(["cs", "cs", "cs", "", ""], parts.Select(part => part.Language));
        Assert.Equal("cs title=\"a.cs\"", parts[0].Info);
    }

    [Fact]
    public async Task Keeps_the_other_members_of_a_delta_once()
    {
        var delta = new ChatDelta
        {
            Role = ChatRole.Assistant,
            Reasoning = "r",
            Text = "a\n```\nb\n```\nc",
            FinishReason = ChatFinishReason.Stop,
            Usage = new UsageDetails { OutputTokenCount = 1 },
        };
        var parts = new List<FencedPart>();
        await foreach (FencedPart part in new DeltaSource([delta, new() { TextOffset = 13, Usage = new UsageDetails() }]).WithCodeFences())
            parts.Add(part);

        Assert.Equal([ChatRole.Assistant, null, null, null, null, null], parts.Select(part => part.Delta.Role));
        Assert.Equal(["r", "", "", "", "", ""], parts.Select(part => part.Delta.Reasoning));
        Assert.Equal([null, null, null, null, ChatFinishReason.Stop, null], parts.Select(part => part.Delta.FinishReason));
        Assert.Equal([false, false, false, false, true, true], parts.Select(part => part.Delta.Usage is not null));
        Assert.Equal([0, 2, 6, 8, 12, 13], parts.Select(part => part.Delta.TextOffset));
    }

    [Fact]
    public async Task Throws_a_failure_after_the_end_of_the_block()
    {
        var source = new DeltaSource(DeltaSource.Answer(["```cs\nint", " x"], finish: false))
        {
            Failure = new ChatStreamException(ChatStreamError.Truncated),
        };
        var parts = new List<string>();
        await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (FencedPart part in source.WithCodeFences()) parts.Add(part.ToString());
        });
        Assert.Equal(["Opened: cs", "Line: int x", "Closed: "], parts);
        Assert.Equal(1, source.Disposals);
    }

    [Theory]
    [InlineData("O<cs>L<abd>C<>", "```cs\nabc", "@8:d\n```")] // in text that is held back
    [InlineData("O<py>L<x>C<>", "```cs", "@3:py\nx")]
    [InlineData("T<ab>T<```no>", "ab", "@1:```no")] // within a line
    [InlineData("O<cs>L<a>L<c>C<>", "```cs\na\nb", "@8:c")]
    [InlineData("O<cs>L<a>C<>T<new>", "```cs\na\n", "@0:new")] // before the block
    [InlineData("T<a\n>T<>O<>C<>", "a\n", "@0:", "@0:```")] // a restart
    public async Task Parses_rewritten_text_again(string expected, params string[] texts)
    {
        var deltas = new List<ChatDelta>();
        foreach (string text in texts)
        {
            string[] parts = text.StartsWith('@') ? text[1..].Split(':', 2) : ["0", text];
            deltas.Add(new ChatDelta { Text = parts[1], TextOffset = int.Parse(parts[0]) });
        }

        Assert.Equal(expected, await ShowAsync(new DeltaSource(deltas), join: false));
        string whole = "";
        foreach (ChatDelta delta in deltas) whole = whole[..delta.TextOffset] + delta.Text;
        Assert.Equal(whole, (await Collected.FromAsync(new DeltaSource(deltas).WithCodeFences().Select(part => part.Delta))).Text);
    }

    [Fact]
    public async Task Checks_the_source_and_can_be_left_and_cancelled()
    {
        var source = DeltaSource.Of("a", "b");
        await foreach (FencedPart _ in source.WithCodeFences()) break;
        Assert.Equal((1, 1), (source.Disposals, source.Moves));

        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        source = DeltaSource.Of("a", "b");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (FencedPart _ in source.WithCodeFences().WithCancellation(cancellation.Token)) Assert.Fail();
        });
        Assert.Throws<ArgumentNullException>(() => ((IAsyncEnumerable<ChatDelta>)null!).WithCodeFences());
    }

    private static async Task<string> ShowAsync(DeltaSource source, bool join = true)
    {
        var shown = new StringBuilder();
        await foreach (FencedPart part in source.WithCodeFences())
        {
            if (join && part.Kind == FencedPartKind.Text && part.Text.Length == 0) continue;
            // How text outside blocks is divided depends on the chunks.
            int last = shown.ToString().LastIndexOf('<');
            if (join && part.Kind == FencedPartKind.Text && last > 0 && shown[last - 1] == 'T' && shown[^1] == '>') shown.Length--;
            else shown.Append(part.Kind.ToString()[0]).Append('<');
            shown.Append(part.Kind == FencedPartKind.Opened ? part.Language : part.Text).Append('>');
        }

        return shown.ToString();
    }
}
