using System.Globalization;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Operators;

public class SmoothTests
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly FakeTimeProvider _time = new() { SkipDelays = true };

    [Fact]
    public async Task A_burst_is_spread_evenly()
    {
        List<(TimeSpan At, string Text)> shown = await WatchAsync(new string('x', 60), 100, openEnded: true);
        // 100 a second are 3.3 a tick: never more than 4 at a time, and none twice as late as the one before.
        Assert.All(shown, piece => Assert.InRange(piece.Text.Length, 1, 4));
        Assert.InRange(shown[^1].At.TotalSeconds, 0.5, 0.7);
    }

    [Fact]
    public async Task Wide_characters_count_as_two()
    {
        List<(TimeSpan At, string Text)> shown = await WatchAsync(string.Concat(Enumerable.Repeat("世", 30)), 100, openEnded: true);
        Assert.All(shown, piece => Assert.InRange(piece.Text.Length, 1, 2));
        Assert.InRange(shown[^1].At.TotalSeconds, 0.5, 0.7);
    }

    [Fact]
    public async Task It_catches_up_with_what_waits()
    {
        List<(TimeSpan At, string Text)> shown = await WatchAsync(new string('x', 2000), 50, openEnded: true);
        Assert.InRange(shown.First(piece => piece.At.TotalSeconds >= 1).At.TotalSeconds, 1, 1.1);
        Assert.InRange(shown.Where(piece => piece.At.TotalSeconds < 1).Sum(piece => piece.Text.Length), 1000, 2000);
    }

    [Fact]
    public async Task It_drains_within_half_a_second_when_the_source_has_ended()
    {
        List<(TimeSpan At, string Text)> shown = await WatchAsync(new string('x', 2000), 10, openEnded: false);
        Assert.Equal(2000, shown.Sum(piece => piece.Text.Length));
        Assert.InRange(shown[^1].At.TotalSeconds, 0.4, 0.6);
    }

    [Theory]
    [InlineData("👨‍👩‍👧‍👦👨‍👩‍👧‍👦🇩🇪🇫🇷e\u0301e\u0301한국\r\n你好😀")]
    public async Task No_character_is_divided(string text)
    {
        List<(TimeSpan At, string Text)> shown = await WatchAsync(text, 1, openEnded: false);
        Assert.Equal(text, string.Concat(shown.Select(piece => piece.Text)));
        Assert.Equal(StringInfo.ParseCombiningCharacters(text).Length, shown.Sum(piece => StringInfo.ParseCombiningCharacters(piece.Text).Length));
    }

    [Fact]
    public async Task It_says_the_same_however_the_text_comes()
    {
        const string text = "Hello, 世界 😀 and e\u0301 more";
        await Splits.AssertSameAsync(text, source => Told.ByAsync(source.Smooth(40, new FakeTimeProvider { SkipDelays = true })), new Told(text, "", "stop", 7));
    }

    [Fact]
    public async Task It_reads_no_further_than_its_backlog()
    {
        var source = DeltaSource.Of([.. Enumerable.Repeat(new string('x', 1000), 30)]);
        await using IAsyncEnumerator<ChatDelta> deltas = source.Smooth(1, _time).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        Assert.InRange(source.Moves, 9, 10);
    }

    [Fact]
    public async Task It_is_cancelled_while_it_waits()
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
    public void The_pace_is_checked_at_once() => Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").Smooth(0));

    /// <summary>When each piece of a text that comes at once is shown. An open-ended source stays silent behind it.</summary>
    private async Task<List<(TimeSpan At, string Text)>> WatchAsync(string text, int pace, bool openEnded)
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
