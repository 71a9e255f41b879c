namespace LlmStream.Tests.Operators;

public class DetectLoopsTests
{
    private static readonly LoopDetectionOptions Off = new() { IdenticalDeltas = 0, IdenticalLines = 0, MaxPeriod = 0 };

    [Fact]
    public async Task Detects_identical_chunks()
    {
        var source = DeltaSource.Of([.. Enumerable.Repeat("so on ", 10)]);
        ChatStreamException failure = await FailureAsync(source, Off with { IdenticalDeltas = 4 });
        Assert.Equal(ChatStreamError.RepeatedItself, failure.Error);
        Assert.Equal("so on so on so on so on ", failure.Partial.Text);
        Assert.False(failure.Partial.IsComplete);
        Assert.Equal(4, source.Moves);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Ignores_short_chunks_and_interrupted_runs()
    {
        string[] chunks = [.. Enumerable.Repeat("--", 50), .. Enumerable.Repeat("abc", 3), "d", .. Enumerable.Repeat("abc", 3)];
        Assert.Equal(
            string.Concat(chunks), (await Collected.FromAsync(DeltaSource.Of(chunks).DetectLoops(Off with { IdenticalDeltas = 4 }))).Text);
    }

    [Theory]
    [InlineData("I am sorry.\nI am sorry.\n\nI am sorry.\r\nmore", "I am sorry.\nI am sorry.\n\nI am sorry.\r")]
    [InlineData("x\n对\n对\n对\n对\n", "x\n对\n对\n对\n")]
    public async Task Detects_identical_lines(string text, string expectedIfUndivided)
    {
        // The place of detection depends on the text alone: the answer ends with the chunk that contains it.
        foreach (string[] chunks in Splits.Of(text))
        {
            ChatStreamException failure = await FailureAsync(DeltaSource.Of(chunks), Off with { IdenticalLines = 3 });
            string expected = "";
            foreach (string chunk in chunks)
            {
                if (expected.Length < expectedIfUndivided.Length) expected += chunk;
            }

            Assert.Equal(expected, failure.Partial.Text);
        }
    }

    [Theory]
    [InlineData("", "ha", 2)]
    [InlineData("And then ", "on and on, ", 11)]
    [InlineData("说", "好的,我知道了。", 8)]
    [InlineData("x", "😀", 2)]
    [InlineData("", " ", 1)] // endless white space, as some models write in JSON mode
    [InlineData("", "abcab abcab abd ", 16)]
    public async Task Detects_a_repeated_string_however_it_is_divided(string before, string piece, int period)
    {
        var options = Off with { MaxPeriod = 20, MinRepetitions = 5, MinPeriodicCharacters = 40 };
        string text = before + string.Concat(Enumerable.Repeat(piece, 100));
        int? length = null;
        foreach (string[] chunks in (string[][])[Splits.Of(text).Last(), [.. text.Chunk(4).Select(c => new string(c))]])
        {
            ChatStreamException failure = await FailureAsync(DeltaSource.Of(chunks), options);
            Assert.Contains($"the last {period} characters", failure.Message);
            length ??= failure.Partial.Text.Length;
            Assert.InRange(failure.Partial.Text.Length, length.Value - 4, length.Value + 4);
            Assert.InRange(failure.Partial.Text.Length, before.Length + 40, before.Length + Math.Max(40, period * 5) + 16);
        }
    }

    [Theory]
    [InlineData("-", 99)] // a horizontal rule
    [InlineData("| a | b |\n", 9)] // too few repetitions
    [InlineData("0123456789abcdefghijklmnopqrst", 30)] // longer than MaxPeriod
    public async Task Ignores_repetition_below_the_limits(string piece, int times)
    {
        string text = "Before\n" + string.Concat(Enumerable.Repeat(piece, times)) + "\nafter" + new string(' ', 30);
        var options = new LoopDetectionOptions { MaxPeriod = 20, MinRepetitions = 5, MinPeriodicCharacters = 100 };
        await Splits.AssertSameAsync(text, source => Collected.FromAsync(source.DetectLoops(options)), new Collected(text, "", "stop", 7));
    }

    [Fact]
    public async Task Ordinary_text_passes_with_the_default_options()
    {
        string text = string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i}. Item number {i * 7919 % 1000} of the list.\n"));
        Assert.Equal(text, (await Collected.FromAsync(DeltaSource.Of([.. text.Chunk(7).Select(c => new string(c))]).DetectLoops())).Text);
    }

    [Fact]
    public async Task Detects_loops_in_reasoning()
    {
        var deltas = Enumerable.Range(0, 1000).Select(i => new ChatDelta { Reasoning = "Wait, ", ReasoningOffset = i * 6 });
        ChatStreamException failure = await FailureAsync(new DeltaSource(deltas), null);
        Assert.Equal(600, failure.Partial.Reasoning.Length);
    }

    [Fact]
    public async Task Does_not_count_rewritten_text()
    {
        var deltas = Enumerable.Range(0, 50).Select(_ => new ChatDelta { Text = "again" });
        Assert.Equal("again", (await Collected.FromAsync(new DeltaSource(deltas).DetectLoops(Off with { IdenticalDeltas = 10 }))).Text);
    }

    [Fact]
    public void Options_check_their_values()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoopDetectionOptions { IdenticalDeltas = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoopDetectionOptions { IdenticalLines = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoopDetectionOptions { MaxPeriod = 10_001 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoopDetectionOptions { MinRepetitions = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoopDetectionOptions { MinPeriodicCharacters = 0 });
    }

    private static Task<ChatStreamException> FailureAsync(DeltaSource source, LoopDetectionOptions? options) =>
        Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            string text = "";
            try
            {
                await foreach (ChatDelta delta in source.DetectLoops(options)) text += delta.Text;
            }
            catch (ChatStreamException failure)
            {
                Assert.Equal(text, failure.Partial.Text); // exactly what was delivered
                throw;
            }
        });
}
