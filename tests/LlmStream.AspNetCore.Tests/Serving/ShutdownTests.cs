using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Graceful shutdown while answers are running.</summary>
public class ShutdownTests
{
    private const string ShuttingDown = "The server is shutting down. Try again in a moment.";

    [Fact]
    public async Task A_running_answer_has_time_to_end()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(answer.StreamAsync, time: time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        answer.Send("It rains");
        await connection.ReadUntilAsync("It rains");
        Task stopped = await StopAsync(app);
        time.Advance(TimeSpan.FromSeconds(19));
        answer.Send(" in Spain.");
        answer.Complete();
        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains("\"done\":true", connection.Received, StringComparison.Ordinal);
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task After_that_time_it_ends_with_an_error()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        var finished = new TaskCompletionSource<ChatRelayResult>();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync,
            options => options.OnFinished = result =>
            {
                finished.SetResult(result);
                return Task.CompletedTask;
            },
            time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        answer.Send("It rains");
        await connection.ReadUntilAsync("It rains");
        Task stopped = await StopAsync(app);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains($$"""data: {"error":"{{ShuttingDown}}"}""", connection.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("done", connection.Received, StringComparison.Ordinal);
        await answer.Ended.WaitAsync(TimeSpan.FromMinutes(2));
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));
        ChatRelayResult result = await finished.Task;
        Assert.Equal((ChatRelayOutcome.Failed, "It rains"), (result.Outcome, result.Answer.Text));
    }

    [Fact]
    public async Task An_answer_that_has_not_begun_ends_with_a_status()
    {
        var time = new FakeTimeProvider();
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync, options => options.HeadersAfter = Timeout.InfiniteTimeSpan, time);
        Task<HttpResponseMessage> response = app.PostAsync("/api/chat", """{"message":"hi"}""");
        await answer.Started;
        Task stopped = await StopAsync(app);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await response).StatusCode);
        Assert.Contains(ShuttingDown, await (await response).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Without_time_to_end_it_ends_at_once()
    {
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync, options => options.ShutdownTimeout = TimeSpan.Zero, new FakeTimeProvider());
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        answer.Send("It rains");
        await connection.ReadUntilAsync("It rains");
        Task stopped = await StopAsync(app);
        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains(ShuttingDown, connection.Received, StringComparison.Ordinal);
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_request_that_arrives_meanwhile_starts_no_answer()
    {
        bool isStarted = false;
        await using RelayApp app = await RelayApp.StartAsync(
            _ =>
            {
                isStarted = true;
                return FakeAnswers.Complete("Hello.");
            },
            time: new FakeTimeProvider());
        using RawConnection connection = await RawConnection.OpenAsync(app.Address);
        // The server has the request, but not its body.
        await connection.SendAsync(
            "POST /api/chat HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 16\r\n\r\n");
        await connection.ReadUntilAsync("100 Continue");
        Task stopped = await StopAsync(app);
        await connection.SendAsync("""{"message":"hi"}""");
        await connection.ReadUntilAsync(ShuttingDown);
        Assert.Contains("HTTP/1.1 503 ", connection.Received, StringComparison.Ordinal);
        Assert.False(isStarted);
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off()
    {
        var time = new FakeTimeProvider();
        long deltas = 0;
        var finished = new TaskCompletionSource<ChatRelayResult>();
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.Endless(() => Interlocked.Increment(ref deltas)),
            options => options.OnFinished = result =>
            {
                finished.SetResult(result);
                return Task.CompletedTask;
            },
            time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address, receiveBuffer: 4096);
        await LeavingTests.StableAsync(() => Interlocked.Read(ref deltas), 100_000_000);
        Task stopped = await StopAsync(app);
        await time.AdvanceUntilAsync(stopped, TimeSpan.FromSeconds(5));
        Assert.False(await connection.ReadToEndAsync());
        Assert.DoesNotContain("done", connection.Received, StringComparison.Ordinal);
        Assert.Equal(ChatRelayOutcome.Failed, (await finished.Task).Outcome);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_does_not_keep_the_connection()
    {
        var time = new FakeTimeProvider();
        var release = new TaskCompletionSource();
        await using RelayApp app = await RelayApp.StartAsync(_ => IgnoreAsync(), time: time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        await connection.ReadUntilAsync("It rains");
        Task stopped = await StopAsync(app);
        Task<bool> end = connection.ReadToEndAsync();
        await time.AdvanceUntilAsync(end, TimeSpan.FromSeconds(5));
        Assert.False(await end);
        release.SetResult();
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));

        async IAsyncEnumerable<ChatDelta> IgnoreAsync()
        {
            yield return new ChatDelta { Text = "It rains" };
            await release.Task;
        }
    }

    /// <summary>Starts to stop the application.</summary>
    /// <returns>When it is stopping: a task that completes when it has stopped.</returns>
    private static async Task<Task> StopAsync(RelayApp app)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = app.App.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        Task stopped = app.App.StopAsync();
        await stopping.Task;
        return stopped;
    }
}
