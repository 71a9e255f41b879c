using System.Diagnostics;
using System.Globalization;

namespace LlmStream.Testing.Tests.Serving;

public sealed class ListenerTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Thousand_concurrent_streams_are_all_complete()
    {
        const int Streams = 1_000;
        string text = string.Concat(Enumerable.Repeat("Each answer repeats a sentence of about twelve words several times. ", 5));
        var clock = new ManualClock();

        // Each stream pauses on a clock that stands still, so that all are open at the same time.
        Script script = Script.Answer(text).StallAt(2_000, TimeSpan.FromSeconds(1));
        await using var server = await ScriptedLlmServer.StartAsync(script, new() { TimeProvider = clock });
        long start = Stopwatch.GetTimestamp();
        Task<RawResponse>[] reading = [.. Enumerable.Range(0, Streams).Select(_ => RawHttp.RequestAsync(server))];
        for (int i = 0; i < Streams; i++) await clock.WaitForTimerAsync();
        Assert.All(reading, read => Assert.False(read.IsCompleted));
        clock.Advance(TimeSpan.FromSeconds(1));
        RawResponse[] responses = await Task.WhenAll(reading);

        WriteTime($"{Streams} concurrent streams", Stopwatch.GetElapsedTime(start));
        Assert.All(responses, response => Assert.Equal((ResponseEnd.Complete, text), (response.End, response.Answer())));
        Assert.All(await Task.WhenAll(server.Requests.Select(request => request.Finished)), end => Assert.Equal(ReplyEnd.Complete, end));
    }

    [Fact]
    public async Task Servers_can_be_started_many_times()
    {
        const int Servers = 50;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Servers; i++)
        {
            await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        }

        WriteTime("a start and a stop", Stopwatch.GetElapsedTime(start) / Servers);
    }

    private void WriteTime(string what, TimeSpan time) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {time.TotalMilliseconds:F2} ms"));
}
