using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class LoopDetectorTests
{
    private static readonly LoopDetectionOptions Off = new() { IdenticalDeltas = 0, IdenticalLines = 0, MaxPeriod = 0 };

    [Fact]
    public void Reports_identical_chunks() => Assert.Equal(
        [null, null, "a delta of 3 characters has arrived 3 times in a row"],
        ReadAll(Off with { IdenticalDeltas = 3 }, "so ", "so ", "so "));

    [Fact]
    public void Reports_identical_lines() => Assert.Equal(
        [null, null, "a line of 2 characters has arrived 3 times in a row"],
        ReadAll(Off with { IdenticalLines = 3 }, "no\nno", "\n\n", "no\n"));

    [Fact]
    public void Reports_a_repeated_string() => Assert.Equal(
        ["the last 2 characters have been repeated at least 4 times in a row"],
        ReadAll(Off with { MaxPeriod = 5, MinRepetitions = 4, MinPeriodicCharacters = 10 }, string.Concat(Enumerable.Repeat("ha", 20))));

    [Fact]
    public void Reports_nothing_if_everything_is_off() =>
        Assert.All(ReadAll(Off, [.. Enumerable.Repeat("same\n", 300)]), Assert.Null);

    [Fact]
    public void An_empty_chunk_does_not_interrupt_a_run() =>
        Assert.NotNull(ReadAll(Off with { IdenticalDeltas = 3 }, "so ", "", "so ", "", "so ")[^1]);

    [Fact]
    public void A_rewrite_starts_the_counts_over()
    {
        var detector = new LoopDetector(Off with { IdenticalDeltas = 3, IdenticalLines = 3 });
        Assert.Null(detector.Read("so\n", 0));
        Assert.Null(detector.Read("so\n", 3));
        Assert.Null(detector.Read("so\n", 0));
        Assert.Null(detector.Read("so\n", 3));
        Assert.NotNull(detector.Read("so\n", 6));
    }

    private static List<string?> ReadAll(LoopDetectionOptions options, params string[] chunks)
    {
        var detector = new LoopDetector(options);
        int offset = 0;
        var reports = new List<string?>();
        foreach (string chunk in chunks)
        {
            reports.Add(detector.Read(chunk, offset));
            offset += chunk.Length;
        }

        return reports;
    }
}
