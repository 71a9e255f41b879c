using System.Runtime.CompilerServices;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Operators;

/// <summary>What <c>Smooth</c> makes of the ways in which providers and proxies deliver text, measured on a clock that advances by milliseconds.</summary>
public class SmoothArrivalTests
{
    private const int Pace = 80;

    // (milliseconds since the arrival before, characters)
    private static readonly Dictionary<string, (int Delay, int Length)[]> Patterns = new(StringComparer.Ordinal)
    {
        ["a token each 50 ms"] = Repeat(60, (50, 4)),
        ["a token each 10 ms, twice the pace"] = Repeat(200, (10, 2)),
        ["slower than the pace"] = Repeat(20, (200, 3)),
        ["everything at once"] = [(0, 900)],
        ["a buffering proxy: 200 characters every 2 s"] = Repeat(5, (2000, 200)),
        ["bursts of five tokens"] = [.. Enumerable.Range(0, 75).Select(i => (i % 5 == 0 ? 400 : 0, 4))],
        ["a long wait, then a flood"] = [(5000, 4), .. Repeat(100, (5, 8))],
        ["a flood, then a trickle"] = [(0, 600), .. Repeat(20, (300, 2))],
        ["a silence in the middle"] = [.. Repeat(20, (40, 4)), (10_000, 4), .. Repeat(20, (40, 4))],
        ["faster and faster"] = [.. Enumerable.Range(0, 80).Select(i => (Math.Max(1, 160 - (2 * i)), 5))],
        ["slower and slower"] = [.. Enumerable.Range(0, 60).Select(i => (4 * i, 5))],
        ["one character at a time"] = Repeat(300, (12, 1)),
        ["jitter"] = [.. Enumerable.Range(0, 120).Select(i => ((i * 37) % 113, 1 + ((i * 7) % 9)))],
    };

    public static TheoryData<string> Names => [.. Patterns.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Text_comes_steadily_and_not_late(string name)
    {
        (int Delay, int Length)[] pattern = Patterns[name];
        var time = new FakeTimeProvider();
        var arrived = new List<TimeSpan>(); // of each character
        var shown = new List<(TimeSpan At, int Length)>();
        await RunWithoutContext(time, ReadAsync).WaitAsync(TimeSpan.FromMinutes(1)); // the end does not depend on the clock

        Assert.Equal(arrived.Count, shown.Sum(piece => piece.Length));
        int position = 0, backlog = 0;
        for (int i = 0; i < shown.Count; i++)
        {
            (TimeSpan at, int length) = shown[i];
            TimeSpan waited = at - arrived[position];
            Assert.InRange(waited.TotalSeconds, 0, 2);
            Assert.True(position + length <= arrived.Count && arrived[position + length - 1] <= at, "Nothing is shown before it has arrived.");
            // While text waits, there is no pause, and no piece is longer than the backlog demands.
            if (i > 0 && arrived[position] <= shown[i - 1].At) Assert.InRange((at - shown[i - 1].At).TotalMilliseconds, 0, 40);
            // After a stall of the reader, four intervals' text may come at once; a backlog is divided into at least 14 pieces.
            backlog = Math.Max(backlog, arrived.Count(t => t <= at) - position);
            Assert.InRange(length, 1, Math.Max(Pace * 4 * 0.033, backlog / 14.0) + 1);
            position += length;
        }

        Assert.InRange((shown[^1].At - arrived[^1]).TotalSeconds, 0, 0.6);

        async Task ReadAsync()
        {
            await foreach (ChatDelta delta in Source().Smooth(Pace, time)) shown.Add((time.GetElapsedTime(0), delta.Text!.Length));
        }

        async IAsyncEnumerable<ChatDelta> Source([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach ((int delay, int length) in pattern)
            {
                if (delay > 0) await Task.Delay(TimeSpan.FromMilliseconds(delay), time, cancellationToken);
                int offset = arrived.Count;
                arrived.AddRange(Enumerable.Repeat(time.GetElapsedTime(0), length));
                yield return new ChatDelta { Text = new string('x', length), TextOffset = offset };
            }
        }
    }

    // All continuations of a timer run within Advance only if there is no context that they could be posted to.
    private static Task RunWithoutContext(FakeTimeProvider time, Func<Task> read)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Task reading = read();
            for (int i = 0; i < 60_000 && !reading.IsCompleted; i++) time.Advance(TimeSpan.FromMilliseconds(1));
            return reading;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static (int Delay, int Length)[] Repeat(int count, (int Delay, int Length) arrival) => [.. Enumerable.Repeat(arrival, count)];
}
