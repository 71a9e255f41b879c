using System.Diagnostics;
using System.Globalization;

namespace LlmStream.Testing.Tests;

public sealed class LoadTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_thousand_streams_at_once_come_without_an_error()
    {
        const int Streams = 1_000;
        string text = string.Concat(Enumerable.Repeat("Twenty words or so, said again and again, make an answer. ", 5));
        var clock = new ManualClock();

        // Every stream pauses in its middle, on a clock that stands still: so they are all open at the same time.
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(text).StallAt(2_000, TimeSpan.FromSeconds(1)), new() { TimeProvider = clock });
        long start = Stopwatch.GetTimestamp();
        Task<RawResponse>[] reading = [.. Enumerable.Range(0, Streams).Select(_ => RawHttp.AskAsync(server))];
        for (int i = 0; i < Streams; i++) await clock.TimerStartedAsync();
        Assert.All(reading, read => Assert.False(read.IsCompleted));
        clock.Advance(TimeSpan.FromSeconds(1));
        RawResponse[] responses = await Task.WhenAll(reading);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Streams} streams at once: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
        Assert.All(responses, response => Assert.Equal((WireEnd.Terminated, text), (response.End, response.Answer())));
        Assert.All(await Task.WhenAll(server.Requests.Select(request => request.Finished)), end => Assert.Equal(ReplyEnd.Complete, end));
    }

    [Fact]
    public async Task It_starts_and_ends_many_times()
    {
        const int Starts = 50;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Starts; i++)
        {
            await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a start and an end: {Stopwatch.GetElapsedTime(start).TotalMilliseconds / Starts:F2} ms"));
    }
}
