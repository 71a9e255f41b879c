using System.Net;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Comments while the answer is silent, and the headers of an answer that comes late.</summary>
public class HeartbeatTests
{
    private const string Comment = ": keep-alive\n\n";
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("complete")]
    [InlineData("failed")]
    public async Task A_late_answer_begins_with_heartbeats(string how)
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(answer.StreamAsync, time: time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        await answer.Started;
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("", connection.Received);

        await time.AdvanceUntilAsync(connection.ReadUntilAsync(Comment), Second);
        await time.AdvanceUntilAsync(connection.ReadUntilAsync(Comment + "\r\n" + "e\r\n" + Comment), TimeSpan.FromSeconds(15));
        Assert.StartsWith("HTTP/1.1 200 OK", connection.Received, StringComparison.Ordinal);
        if (how == "complete")
        {
            answer.Send("Hello.");
            answer.Complete();
        }
        else
        {
            answer.Fail(new ChatStreamException(ChatStreamError.Unauthorized));
        }

        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains(
            how == "complete" ? "\"done\":true" : "{\"error\":\"The AI service did not accept this server's key.\"}",
            connection.Received,
            StringComparison.Ordinal);
        Assert.Equal(how == "failed", !connection.Received.Contains("done", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_late_failure_has_a_status_until_then()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(answer.StreamAsync, time: time);
        Task<HttpResponseMessage> response = app.PostAsync("/api/chat", """{"message":"hi"}""");
        await answer.Started;
        time.Advance(TimeSpan.FromSeconds(9));
        answer.Fail(new ChatStreamException(ChatStreamError.FirstDeltaTimeout));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await response).StatusCode);
    }

    [Fact]
    public async Task Without_a_wait_the_headers_come_before_the_handler_is_called()
    {
        var called = new TaskCompletionSource();
        await using RelayApp app = await RelayApp.StartAsync(
            _ =>
            {
                called.Task.Wait();
                return FakeAnswers.Complete("Hello.");
            },
            options => options.HeadersAfter = TimeSpan.Zero,
            new FakeTimeProvider());
        using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"message":"hi"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        called.SetResult();
        Assert.Equal("Hello.", (string?)Encoded.Events(await response.Content.ReadAsStringAsync())[0]["content"]);
    }

    [Fact]
    public async Task With_an_infinite_wait_the_headers_come_with_the_answer()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync, options => options.HeadersAfter = Timeout.InfiniteTimeSpan, time);
        Task<HttpResponseMessage> response = app.PostAsync("/api/chat", """{"message":"hi"}""");
        await answer.Started;
        time.Advance(TimeSpan.FromHours(1));
        answer.Fail(new ChatStreamException(ChatStreamError.ServerError));
        Assert.Equal(HttpStatusCode.BadGateway, (await response).StatusCode);
    }

    [Fact]
    public async Task There_is_no_heartbeat_while_data_flows_or_after_the_end()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        var finish = new TaskCompletionSource();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync, options => options.OnFinished = _ => finish.Task, time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        for (int i = 0; i < 10; i++)
        {
            answer.Send($"piece {i}.");
            await connection.ReadUntilAsync($"piece {i}.");
            time.Advance(TimeSpan.FromSeconds(10));
        }

        answer.Complete();
        await connection.ReadUntilAsync("done");
        for (int i = 0; i < 10; i++) time.Advance(TimeSpan.FromMinutes(1));
        finish.SetResult();
        Assert.True(await connection.ReadToEndAsync());
        Assert.DoesNotContain(Comment, connection.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeats_can_be_switched_off()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync, options => options.HeartbeatInterval = Timeout.InfiniteTimeSpan, time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        answer.Send("Hello.");
        await connection.ReadUntilAsync("Hello.");
        for (int i = 0; i < 10; i++) time.Advance(TimeSpan.FromMinutes(1));
        answer.Complete();
        Assert.True(await connection.ReadToEndAsync());
        Assert.DoesNotContain(Comment, connection.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeats_never_mix_with_events()
    {
        // A thread turns the clock, so that the timer fires at every moment of the loop.
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        Task clock = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) time.Advance(TimeSpan.FromMilliseconds(1));
        });
        await using RelayApp app = await RelayApp.StartAsync(
            _ => Slow(),
            options =>
            {
                options.HeartbeatInterval = TimeSpan.FromMilliseconds(1);
                options.HeadersAfter = TimeSpan.FromMilliseconds(1);
            },
            time);
        string[] bodies = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"message":"hi"}""");
            return await response.Content.ReadAsStringAsync();
        }));
        await stop.CancelAsync();
        await clock;

        string expected = string.Concat(Enumerable.Range(0, 500).Select(i => $"{i},"));
        foreach (string body in bodies)
        {
            IReadOnlyList<string> data = Encoded.Data(body.Replace(Comment, "", StringComparison.Ordinal));
            Assert.Equal(expected, string.Concat(Encoded.Events(string.Concat(data.Select(e => $"data: {e}\n\n"))).Select(e => (string?)e["content"])));
            Assert.EndsWith("{\"done\":true}\n\n", body, StringComparison.Ordinal);
        }

        Assert.Contains(bodies, body => body.Contains(Comment, StringComparison.Ordinal));

        static async IAsyncEnumerable<ChatDelta> Slow()
        {
            int offset = 0;
            for (int i = 0; i < 500; i++)
            {
                await Task.Yield();
                yield return new ChatDelta { Text = $"{i},", TextOffset = offset };
                offset += $"{i},".Length;
            }
        }
    }
}
