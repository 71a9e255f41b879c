using System.Globalization;

namespace LlmStream.Testing.Tests;

/// <summary>What the connection does, seen byte for byte on a bare socket.</summary>
public sealed class ConnectionFaultTests
{
    private const string Text = "Blauer Himmel 蓝天 🌤️: light scatters.";

    [Fact]
    public async Task Without_a_fault_the_body_is_whole_and_always_the_same()
    {
        RawResponse first = await AskAsync(Script.Answer(Text));
        RawResponse second = await AskAsync(Script.Answer(Text));

        Assert.Equal(WireEnd.Terminated, first.End);
        Assert.Equal(Text, first.Answer());
        Assert.EndsWith("data: [DONE]\n\n", first.Text, StringComparison.Ordinal);
        Assert.Equal(first.Body, second.Body);
    }

    [Theory]
    [InlineData("eof", WireEnd.Terminated, ReplyEnd.Cut)]
    [InlineData("reset", WireEnd.Reset, ReplyEnd.Reset)]
    [InlineData("abort", WireEnd.Fin, ReplyEnd.Aborted)]
    public async Task The_connection_ends_after_exactly_so_many_bytes_at_every_byte(string fault, WireEnd end, ReplyEnd replyEnd)
    {
        byte[] whole = (await AskAsync(Script.Answer(Text).InChunksOf(4))).Body;
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(""));
        for (int offset = 0; offset <= whole.Length; offset++)
        {
            server.Play(Script.Answer(Text).InChunksOf(4).WithFault(string.Create(CultureInfo.InvariantCulture, $"{fault}@{offset}")));
            RawResponse response = await RawHttp.AskAsync(server);

            Assert.Equal(200, response.Status);
            Assert.Equal(offset, response.Body.Length);
            Assert.Equal(Rebase(whole[..offset]), Rebase(response.Body));
            Assert.Equal(end, response.End);
            Assert.Equal(replyEnd, await server.Requests[offset].Finished);
            Assert.Equal(offset, server.Requests[offset].BytesSent);
        }
    }

    [Theory]
    [InlineData("eof", WireEnd.Terminated)]
    [InlineData("reset", WireEnd.Reset)]
    [InlineData("abort", WireEnd.Fin)]
    public async Task The_connection_ends_before_an_event(string fault, WireEnd end)
    {
        IReadOnlyList<string> events = (await AskAsync(Script.Answer(Text))).Events();
        for (int index = 0; index < events.Count; index++)
        {
            RawResponse response = await AskAsync(Script.Answer(Text).WithFault(string.Create(CultureInfo.InvariantCulture, $"{fault}@#{index}")));

            Assert.Equal(string.Concat(events.Take(index).Select(e => e + "\n\n")), response.Text);
            Assert.Equal(end, response.End);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(9_999_999)]
    public async Task A_reset_loses_no_byte_of_a_long_body_and_a_slow_reader(int offset)
    {
        byte[] body = new byte[10_000_000];
        Random.Shared.NextBytes(body);
        await using var server = await ScriptedLlmServer.StartAsync(Script.Raw(body).ResetAt(offset));
        using var client = new RawHttp();
        await client.SendAsync(server);
        await server.WaitForRequestAsync();

        RawResponse response = await client.ReadAsync();

        Assert.Equal(body[..offset], response.Body);
        Assert.Equal(WireEnd.Reset, response.End);
    }

    [Fact]
    public async Task A_reset_after_many_tiny_writes_loses_no_byte()
    {
        byte[] body = new byte[5_000];
        Random.Shared.NextBytes(body);
        RawResponse response = await AskAsync(Script.Raw(body).InWritesOf(1).ResetAt(4_999));

        Assert.Equal(body[..4_999], response.Body);
        Assert.All(response.Chunks, size => Assert.Equal(1, size));
        Assert.Equal(WireEnd.Reset, response.End);
    }

    [Fact]
    public async Task No_response_is_a_reset_before_the_status()
    {
        RawResponse response = await AskAsync(Script.NoResponse());

        Assert.Equal((0, WireEnd.Reset), (response.Status, response.End));
    }

    [Fact]
    public async Task A_stall_lasts_until_the_client_leaves_and_the_server_knows_when()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).StallAt(300));
        ScriptedRequest request;
        using (var client = new RawHttp())
        {
            await client.SendAsync(server);
            Assert.Equal(300, (await client.ReadAsync(upTo: 300)).Body.Length);
            request = server.Requests[0];
            Assert.False(request.ClientLeft.IsCompleted);
        }

        await request.ClientLeft;
        Assert.Equal(ReplyEnd.ClientLeft, await request.Finished);
        Assert.Equal(300, request.BytesSent);
    }

    [Fact]
    public async Task A_pause_lasts_as_long_as_the_clock_says()
    {
        var clock = new ManualClock();
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).StallAt(300, TimeSpan.FromSeconds(10)), new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        Task<RawResponse> reading = client.ReadAsync();
        await clock.TimerStartedAsync();
        Assert.Equal(300, server.Requests[0].BytesSent);
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(reading.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Text, (await reading).Answer());
    }

    [Fact]
    public async Task An_endless_answer_goes_on_until_the_client_leaves()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Endless("on and "));
        using (var client = new RawHttp())
        {
            await client.SendAsync(server);
            RawResponse part = await client.ReadAsync(upTo: 1_000_000);
            Assert.Equal(WireEnd.Open, part.End);
        }

        await server.Requests[0].ClientLeft;
    }

    [Fact]
    public async Task A_whole_reply_means_that_the_client_did_not_leave()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));
        await RawHttp.AskAsync(server);

        Assert.Equal(ReplyEnd.Complete, await server.Requests[0].Finished);
        await Assert.ThrowsAsync<TaskCanceledException>(() => server.Requests[0].ClientLeft);
    }

    private static async Task<RawResponse> AskAsync(Script script)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server);
    }

    // The id in each chunk tells which request it was: the only bytes in which two replies of one script differ.
    private static string Rebase(byte[] body) =>
        System.Text.RegularExpressions.Regex.Replace(System.Text.Encoding.Latin1.GetString(body), @"chatcmpl-\d+", "chatcmpl-");
}
