using System.Globalization;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Operators;

public class SmoothTests
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly FakeTimeProvider _time = new() { SkipDelays = true };

    [Fact]
    public async Task Spreads_a_burst_evenly()
    {
        List<(TimeSpan At, string Text)> shown = await RecordAsync(new string('x', 60), 100, openEnded: true);
        // 100 characters per second are 3.3 per interval.
        Assert.All(shown, piece => Assert.InRange(piece.Text.Length, 1, 4));
        Assert.InRange(shown[^1].At.TotalSeconds, 0.5, 0.7);
    }

    [Fact]
    public async Task Wide_characters_count_as_two()
    {
        List<(TimeSpan At, string Text)> shown = await RecordAsync(string.Concat(Enumerable.Repeat("世", 30)), 100, openEnded: true);
        Assert.All(shown, piece => Assert.InRange(piece.Text.Length, 1, 2));
        Assert.InRange(shown[^1].At.TotalSeconds, 0.5, 0.7);
    }

    [Fact]
    public async Task Increases_the_pace_with_the_backlog()
    {
        List<(TimeSpan At, string Text)> shown = await RecordAsync(new string('x', 2000), 50, openEnded: true);
        Assert.InRange(shown[^1].At.TotalSeconds, 0.9, 1.1);
        Assert.InRange(shown.Where(piece => piece.At.TotalSeconds < 0.5).Sum(piece => piece.Text.Length), 900, 1100);
    }

    [Fact]
    public async Task Delivers_the_rest_within_half_a_second_after_the_end()
    {
        List<(TimeSpan At, string Text)> shown = await RecordAsync(new string('x', 2000), 10, openEnded: false);
        Assert.Equal(2000, shown.Sum(piece => piece.Text.Length));
        Assert.InRange(shown[^1].At.TotalSeconds, 0.4, 0.6);
    }

    [Theory]
    [InlineData("👨‍👩‍👧‍👦👨‍👩‍👧‍👦🇩🇪🇫🇷e\u0301e\u0301한국\r\n你好😀")]
    public async Task Does_not_divide_graphemes(string text)
    {
        List<(TimeSpan At, string Text)> shown = await RecordAsync(text, 1, openEnded: false);
        Assert.Equal(text, string.Concat(shown.Select(piece => piece.Text)));
        Assert.Equal(
            StringInfo.ParseCombiningCharacters(text).Length, shown.Sum(piece => StringInfo.ParseCombiningCharacters(piece.Text).Length));
    }

    [Fact]
    public async Task The_result_does_not_depend_on_how_the_text_is_divided()
    {
        const string text = "Hello, 世界 😀 and e\u0301 more";
        await Splits.AssertSameAsync(
            text, source => Collected.FromAsync(source.Smooth(40, new FakeTimeProvider { SkipDelays = true })),
            new Collected(text, "", "stop", 7));
    }

    [Fact]
    public async Task Reads_ahead_up_to_the_maximum_backlog()
    {
        var source = DeltaSource.Of([.. Enumerable.Repeat(new string('x', 1000), 30)]);
        await using IAsyncEnumerator<ChatDelta> deltas = source.Smooth(1, _time).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        Assert.InRange(source.Moves, 9, 10);
    }

    [Fact]
    public async Task Can_be_cancelled_while_it_waits()
    {
        var time = new FakeTimeProvider();
        using var cancellation = new CancellationTokenSource();
        var source = DeltaSource.Of("a long text that waits");
        await using IAsyncEnumerator<ChatDelta> deltas = source.Smooth(30, time).GetAsyncEnumerator(cancellation.Token);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await time.TimerSetAsync(TimeSpan.FromMilliseconds(33));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public void Checks_the_pace_when_called() => Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").Smooth(0));

    /// <summary>Records when each piece of a text that arrives at once is delivered. An open-ended source then stays silent.</summary>
    private async Task<List<(TimeSpan At, string Text)>> RecordAsync(string text, int pace, bool openEnded)
    {
        var source = new DeltaSource(DeltaSource.Answer([text]));
        if (openEnded) source.Gates[1] = Never;
        long start = _time.GetTimestamp();
        var shown = new List<(TimeSpan, string)>();
        int length = 0;
        await foreach (ChatDelta delta in source.Smooth(pace, _time))
        {
            if (delta.Text.Length > 0) shown.Add((_time.GetElapsedTime(start), delta.Text));
            length += delta.Text.Length;
            if (openEnded && length == text.Length) break;
        }

        return shown;
    }
}
