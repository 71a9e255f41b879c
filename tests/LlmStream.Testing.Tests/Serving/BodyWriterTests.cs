using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmStream.Testing.Tests.Serving;

/// <summary>Writes and connection faults, as seen on the client's socket.</summary>
public sealed partial class BodyWriterTests
{
    private const string Text = "Blauer Himmel 蓝天 🌤️: light scatters.";

    private static readonly Script Answer = Script.Answer(Text);

    [Fact]
    public async Task Body_is_reproducible()
    {
        RawResponse first = await RawHttp.RequestAsync(Answer);
        RawResponse second = await RawHttp.RequestAsync(Answer);

        Assert.Equal(ResponseEnd.Complete, first.End);
        Assert.Equal(Text, first.Answer());
        Assert.EndsWith("data: [DONE]\n\n", first.Text, StringComparison.Ordinal);
        Assert.Equal(first.Body, second.Body);
    }

    [Theory]
    [InlineData("eof", ResponseEnd.Complete, ReplyEnd.Cut)]
    [InlineData("reset", ResponseEnd.Reset, ReplyEnd.Reset)]
    [InlineData("abort", ResponseEnd.Fin, ReplyEnd.Aborted)]
    public async Task Connection_fails_at_every_byte(string fault, ResponseEnd end, ReplyEnd replyEnd)
    {
        Script script = Answer.InChunksOf(4);
        byte[] complete = (await RawHttp.RequestAsync(script)).Body;
        await using var server = await ScriptedLlmServer.StartAsync(script);
        for (int offset = 0; offset <= complete.Length; offset++)
        {
            server.Play(script.WithFault(string.Create(CultureInfo.InvariantCulture, $"{fault}@{offset}")));
            RawResponse response = await RawHttp.RequestAsync(server);

            Assert.Equal(200, response.Status);
            Assert.Equal(offset, response.Body.Length);
            Assert.Equal(RemoveIds(complete[..offset]), RemoveIds(response.Body));
            Assert.Equal(end, response.End);
            Assert.Equal(replyEnd, await server.Requests[offset].Finished);
            Assert.Equal(offset, server.Requests[offset].BytesSent);
        }
    }

    [Theory]
    [InlineData("eof", ResponseEnd.Complete)]
    [InlineData("reset", ResponseEnd.Reset)]
    [InlineData("abort", ResponseEnd.Fin)]
    public async Task Connection_fails_before_every_event(string fault, ResponseEnd end)
    {
        IReadOnlyList<string> events = (await RawHttp.RequestAsync(Answer)).Events();
        for (int i = 0; i < events.Count; i++)
        {
            Script script = Answer.WithFault(string.Create(CultureInfo.InvariantCulture, $"{fault}@#{i}"));
            RawResponse response = await RawHttp.RequestAsync(script);

            Assert.Equal(string.Concat(events.Take(i).Select(e => e + "\n\n")), response.Text);
            Assert.Equal(end, response.End);
        }
    }

    [Fact]
    public async Task Stall_lasts_until_the_client_disconnects()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer.StallAt(300));
        using (var client = new RawHttp())
        {
            await client.SendAsync(server);
            Assert.Equal(300, (await client.ReadAsync(upTo: 300)).Body.Length);
            Assert.False(server.Requests[0].Finished.IsCompleted);
        }

        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
        Assert.Equal(300, server.Requests[0].BytesSent);
    }

    [Fact]
    public async Task Stall_with_a_duration_follows_the_clock()
    {
        var clock = new ManualClock();
        Script script = Answer.StallAt(300, TimeSpan.FromSeconds(10));
        await using var server = await ScriptedLlmServer.StartAsync(script, new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        Task<RawResponse> reading = client.ReadAsync();
        await clock.WaitForTimerAsync();
        Assert.Equal(300, server.Requests[0].BytesSent);
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(reading.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Text, (await reading).Answer());
    }

    [Fact]
    public async Task Endless_answer_continues_until_the_client_disconnects()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Endless("on and "));
        using (var client = new RawHttp())
        {
            await client.SendAsync(server);
            Assert.Equal(ResponseEnd.Open, (await client.ReadAsync(upTo: 1_000_000)).End);
        }

        await server.Requests[0].ClientLeft;
    }

    [Fact]
    public async Task Each_event_is_one_write()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer);

        Assert.Equal(response.Events().Select(e => Encoding.UTF8.GetByteCount(e) + 2), response.Chunks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Writes_have_the_scripted_size(int size)
    {
        RawResponse complete = await RawHttp.RequestAsync(Answer);
        RawResponse response = await RawHttp.RequestAsync(Answer.InWritesOf(size));

        Assert.Equal(complete.Body, response.Body);
        Assert.All(response.Chunks.SkipLast(1), chunk => Assert.Equal(size, chunk));
        Assert.InRange(response.Chunks[^1], 1, size);
    }

    [Fact]
    public async Task Writes_end_at_the_scripted_offsets_and_at_faults()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.InWritesCutAt(400, 3, 500, 3).CutAt(520));

        Assert.Equal([3, 397, 100, 20], response.Chunks);
    }

    [Fact]
    public async Task Interval_between_writes_follows_the_clock()
    {
        var clock = new ManualClock();
        Script script = Script.Raw("12345").InWritesOf(2, TimeSpan.FromSeconds(1));
        await using var server = await ScriptedLlmServer.StartAsync(script, new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        Task<RawResponse> reading = client.ReadAsync();
        for (int write = 1; write <= 2; write++)
        {
            await clock.WaitForTimerAsync();
            Assert.Equal(2 * write, server.Requests[0].BytesSent);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([2, 2, 1], (await reading).Chunks);
    }

    [Fact]
    public async Task Rate_applies_to_events()
    {
        var clock = new ManualClock();
        await using var server = await ScriptedLlmServer.StartAsync(Answer.WithRate(4).CutAtEvent(3), new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        Task<RawResponse> reading = client.ReadAsync();
        for (int wait = 0; wait < 2; wait++)
        {
            await clock.WaitForTimerAsync();
            clock.Advance(TimeSpan.FromSeconds(0.25));
        }

        Assert.Equal(3, (await reading).Chunks.Count);
    }

    // The id in each chunk contains the number of the request, the only difference between two replies of a script.
    private static string RemoveIds(byte[] body) => Id().Replace(Encoding.Latin1.GetString(body), "chatcmpl-");

    [GeneratedRegex(@"chatcmpl-\d+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
