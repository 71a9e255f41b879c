using System.Globalization;
using LlmStream.Transport;

namespace LlmStream.Testing.Tests;

/// <summary>Writes, paces, statuses and headers, as a bare socket sees them.</summary>
public sealed class DeliveryTests
{
    private static readonly Script Answer = Script.Answer("One two three");

    [Fact]
    public async Task Each_event_is_one_write()
    {
        RawResponse response = await AskAsync(Answer);

        Assert.Equal(response.Events().Select(e => e.Length + 2), response.Chunks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Writes_have_the_size_they_shall_have(int size)
    {
        RawResponse whole = await AskAsync(Answer);
        RawResponse response = await AskAsync(Answer.InWritesOf(size));

        Assert.Equal(whole.Body, response.Body);
        Assert.All(response.Chunks.SkipLast(1), chunk => Assert.Equal(size, chunk));
        Assert.InRange(response.Chunks[^1], 1, size);
    }

    [Fact]
    public async Task Writes_end_at_the_bytes_they_shall_end_at()
    {
        RawResponse response = await AskAsync(Answer.InWritesCutAt(400, 3, 500, 3).CutAt(520));

        Assert.Equal([3, 397, 100, 20], response.Chunks);
    }

    [Fact]
    public async Task A_recording_is_replayed_in_its_chunks()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".sse");
        try
        {
            await File.WriteAllTextAsync(file, "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n");
            RawResponse plain = await AskAsync(Script.Replay(file));
            await File.WriteAllTextAsync(file + ".chunks", "5\n30\n9\n");
            RawResponse chunked = await AskAsync(Script.Replay(file));

            Assert.Equal(await File.ReadAllBytesAsync(file), plain.Body);
            Assert.Equal([15, 15, 14], plain.Chunks);
            Assert.Equal(plain.Body, chunked.Body);
            Assert.Equal([5, 30, 9], chunked.Chunks);
            Assert.Equal("text/event-stream", plain.Headers["Content-Type"]);
        }
        finally
        {
            File.Delete(file);
            File.Delete(file + ".chunks");
        }
    }

    [Fact]
    public async Task Raw_bytes_know_events_whatever_their_line_ends()
    {
        RawResponse response = await AskAsync(Script.Raw(": hi\r\n\r\ndata: 1\r\n\r\ndata: 2\n\ndata: 3\r\rdata: 4").CutAtEvent(3));

        Assert.Equal(": hi\r\n\r\ndata: 1\r\n\r\ndata: 2\n\ndata: 3\r\r", response.Text);
    }

    [Fact]
    public async Task A_drip_follows_the_clock()
    {
        var clock = new ManualClock();
        await using var server = await ScriptedLlmServer.StartAsync(Script.Raw("12345").Dripping(2, TimeSpan.FromSeconds(1)), new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        Task<RawResponse> reading = client.ReadAsync();
        for (int write = 1; write <= 2; write++)
        {
            await clock.TimerStartedAsync();
            Assert.Equal(2 * write, server.Requests[0].BytesSent);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([2, 2, 1], (await reading).Chunks);
    }

    [Fact]
    public async Task A_rate_is_one_of_events()
    {
        var clock = new ManualClock();
        await using var server = await ScriptedLlmServer.StartAsync(Answer.AtRate(4).CutAtEvent(3), new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        Task<RawResponse> reading = client.ReadAsync();
        for (int wait = 0; wait < 2; wait++)
        {
            await clock.TimerStartedAsync();
            clock.Advance(TimeSpan.FromSeconds(0.25));
        }

        Assert.Equal(3, (await reading).Chunks.Count);
    }

    [Fact]
    public async Task The_headers_can_be_late()
    {
        var clock = new ManualClock();
        await using var server = await ScriptedLlmServer.StartAsync(Answer.After(TimeSpan.FromSeconds(5)), new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        await clock.TimerStartedAsync();
        Assert.Equal(0, server.Requests[0].Status);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(200, (await client.ReadAsync()).Status);
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "invalid_api_key")]
    [InlineData(429, "rate_limit_exceeded")]
    [InlineData(500, "server_error")]
    [InlineData(503, "overloaded")]
    public async Task A_status_has_the_error_of_the_dialect(int status, string code)
    {
        RawResponse response = await AskAsync(Script.Status(status));

        Assert.Equal(status, response.Status);
        Assert.Equal("application/json", response.Headers["Content-Type"]);
        Assert.Contains($"\"code\":\"{code}\"", response.Text, StringComparison.Ordinal);
        Assert.False(response.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task A_status_can_say_when_to_come_back_and_what_the_user_wants()
    {
        RawResponse response = await AskAsync(Script.Status(502, "<h1>Bad gateway</h1>", "text/html").RetryAfter(TimeSpan.FromSeconds(1.5)).WithHeader("X-Cache", "MISS"));

        Assert.Equal((502, "<h1>Bad gateway</h1>"), (response.Status, response.Text));
        Assert.Equal(("text/html", "2", "MISS"), (response.Headers["Content-Type"], response.Headers["Retry-After"], response.Headers["X-Cache"]));
    }

    [Fact]
    public async Task Pages_json_redirects_and_wrong_types_come_as_they_are()
    {
        RawResponse html = await AskAsync(Script.Html());
        RawResponse json = await AskAsync(Script.Json("{\"error\":\"no\"}"));
        RawResponse redirect = await AskAsync(Script.Redirect(new Uri("http://127.0.0.1:9/elsewhere"), 308));
        RawResponse wrong = await AskAsync(Answer.WithContentType("text/plain"));

        Assert.Equal((200, "text/html; charset=utf-8"), (html.Status, html.Headers["Content-Type"]));
        Assert.StartsWith("<!DOCTYPE html>", html.Text, StringComparison.Ordinal);
        Assert.Equal((200, "application/json", "{\"error\":\"no\"}"), (json.Status, json.Headers["Content-Type"], json.Text));
        Assert.Equal((308, "http://127.0.0.1:9/elsewhere", 0), (redirect.Status, redirect.Headers["Location"], redirect.Body.Length));
        Assert.Equal("text/plain", wrong.Headers["Content-Type"]);
        Assert.Equal("One two three", wrong.Answer());
    }

    [Fact]
    public async Task Steps_follow_one_another_and_the_last_repeats()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Status(429).Then(Answer.CutAt(5)).ThenWithoutFaults());
        var seen = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            RawResponse response = await RawHttp.AskAsync(server);
            seen.Add(string.Create(CultureInfo.InvariantCulture, $"{response.Status} {response.Body.Length > 5}"));
        }

        Assert.Equal(["429 True", "200 False", "200 True", "200 True"], seen);
    }

    private static async Task<RawResponse> AskAsync(Script script)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server);
    }
}
