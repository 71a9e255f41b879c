namespace LlmStream.Tests.Operators;

public class TextLinesSentencesTests
{
    [Fact]
    public async Task Text_returns_the_text_of_one_choice()
    {
        ChatDelta[] deltas =
        [
            new() { Reasoning = "hm" }, new() { Text = "a" }, new() { Text = "x", ChoiceIndex = 1 }, new() { Text = "b", TextOffset = 1 },
            DeltaSource.End(2),
        ];
        Assert.Equal(["a", "b"], await AllAsync(new DeltaSource(deltas).Text()));
        Assert.Equal(["x"], await AllAsync(new DeltaSource(deltas).Text(choiceIndex: 1)));
    }

    [Theory]
    [InlineData("one\ntwo\n\nthree", "one|two||three")]
    [InlineData("one\r\ntwo\r\r\nthree\r", "one|two||three")]
    [InlineData("\n", "")]
    [InlineData("", null)]
    [InlineData("你好\n世界😀\n", "你好|世界😀")]
    public async Task Lines_returns_complete_lines(string text, string? expected)
    {
        await Splits.AssertSameAsync(
            text, async source => Show(await AllAsync(source.Lines())), expected is null ? "no" : $"yes {expected}");
        string Show(List<string> lines) => lines.Count == 0 ? "no" : $"yes {string.Join('|', lines)}";
    }

    [Theory]
    [InlineData("你好。今天天气很好！你呢？", "你好。|今天天气很好！|你呢？")]
    [InlineData("他说：“走吧。”然后走了。", "他说：“走吧。”|然后走了。")]
    [InlineData("真的吗？！是的……好", "真的吗？！|是的……|好")]
    [InlineData("圆周率是3.14。版本2.0.1发布了。", "圆周率是3.14。|版本2.0.1发布了。")]
    [InlineData("OK.好的。Yes!对", "OK.|好的。|Yes!|对")]
    [InlineData("Hello there. How are you? Fine!", "Hello there.|How are you?|Fine!")]
    [InlineData("Pi is 3.14 or so. See a.txt. Now.", "Pi is 3.14 or so.|See a.txt.|Now.")]
    [InlineData("Dr. Smith met J. K. Rowling, e.g. in the U.S. Army. Yes.", "Dr. Smith met J. K. Rowling, e.g. in the U.S. Army.|Yes.")]
    [InlineData("It costs approx. 5 euros etc. and so on. Next.", "It costs approx. 5 euros etc. and so on.|Next.")]
    [InlineData("1. First item. 2nd sentence.\n2. Second item", "1. First item.|2nd sentence.|2. Second item")]
    [InlineData("\"Stop!\" he said. (Really.) Yes", "\"Stop!\" he said.|(Really.)|Yes")]
    [InlineData("Wait... what? Well… Maybe", "Wait... what?|Well…|Maybe")]
    [InlineData("# Title\n\nText here\n- item\n", "# Title|Text here|- item")]
    [InlineData("In 1999. Then", "In 1999.|Then")]
    [InlineData("Great 😀! Next 👩‍👩‍👧.  End", "Great 😀!|Next 👩‍👩‍👧.|End")]
    [InlineData("   ", "")]
    public async Task Sentences_returns_complete_sentences(string text, string expected)
    {
        await Splits.AssertSameAsync(text, async source => string.Join('|', await AllAsync(source.Sentences())), expected);
    }

    [Fact]
    public async Task Returns_a_line_or_sentence_when_it_is_complete()
    {
        var source = DeltaSource.Of("One. Tw", "o.", " ", "Three");
        var moves = new List<string>();
        await foreach (string sentence in source.Sentences()) moves.Add($"{sentence}@{source.Moves}");
        Assert.Equal(["One.@1", "Two.@4", "Three@5"], moves);

        source = DeltaSource.Of("a\nb", "c\r", "\nd");
        moves.Clear();
        await foreach (string line in source.Lines()) moves.Add($"{line}@{source.Moves}");
        Assert.Equal(["a@1", "bc@2", "d@4"], moves);
    }

    [Fact]
    public async Task Follows_rewrites_of_the_current_line_or_sentence()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "one\ntwoo" }, new() { Text = " more", TextOffset = 7 }, new() { Text = "again\nb", TextOffset = 0 },
        ];
        Assert.Equal(["one", "again", "b"], await AllAsync(new DeltaSource(deltas).Lines()));
        deltas = [new() { Text = "One. Two! A" }, new() { Text = " too. B", TextOffset = 9 }];
        Assert.Equal(["One.", "Two!", "too.", "B"], await AllAsync(new DeltaSource(deltas).Sentences()));
    }

    [Theory]
    [InlineData("Text")]
    [InlineData("Lines")]
    [InlineData("Sentences")]
    public async Task Checks_arguments_passes_failures_on_and_can_be_left_and_cancelled(string name)
    {
        Func<IAsyncEnumerable<ChatDelta>, int, IAsyncEnumerable<string>> run = name switch
        {
            "Text" => (source, choice) => source.Text(choice),
            "Lines" => (source, choice) => source.Lines(choice),
            _ => (source, choice) => source.Sentences(choice),
        };
        Assert.Throws<ArgumentNullException>(() => run(null!, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => run(DeltaSource.Of("a"), -1));

        var failing = new DeltaSource(DeltaSource.Answer(["whole.\nha", "lf"], finish: false))
        {
            Failure = new ChatStreamException(ChatStreamError.Truncated),
        };
        string text = "";
        await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (string piece in run(failing, 0)) text += piece.TrimEnd('\n');
        });
        Assert.Equal("whole.half", text.Replace("\n", ""));
        Assert.Equal(1, failing.Disposals);

        var left = DeltaSource.Of("a\nb", "c\nd");
        await foreach (string _ in run(left, 0)) break;
        Assert.Equal((1, 1), (left.Moves, left.Disposals));

        using var cancellation = new CancellationTokenSource();
        var waiting = new DeltaSource(DeltaSource.Answer(["a"])) { Gates = { [1] = new TaskCompletionSource().Task } };
        Task<List<string>> all = AllAsync(run(waiting, 0), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all);
        Assert.Equal(1, waiting.Disposals);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => AllAsync(run(new DeltaSource([]) { OwnToken = cancellation.Token }, 0)));
    }

    private static async Task<List<string>> AllAsync(IAsyncEnumerable<string> source, CancellationToken cancellationToken = default)
    {
        var all = new List<string>();
        await foreach (string piece in source.WithCancellation(cancellationToken)) all.Add(piece);
        return all;
    }
}
