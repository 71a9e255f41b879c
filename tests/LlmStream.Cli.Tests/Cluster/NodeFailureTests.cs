using System.Diagnostics;
using System.Net;
using LlmStream.Cli.Serve;
using LlmStream.Redis.Tests.Fakes;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>Two nodes of <c>llmstream web</c> with one Redis, one of which is lost in mid-answer.</summary>
public class NodeFailureTests
{
    [Fact]
    public async Task Killed_node_is_replaced_when_its_lease_has_expired()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(Processes.First, lease: "6");
        TimeSpan time = await CheckTakeOverAsync(nodes, () =>
        {
            nodes.FirstProcess.Kill();
            return Task.CompletedTask;
        });

        // The answer itself takes another second or two, and more on a busy machine.
        Assert.InRange(time, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact(Explicit = true)]
    public async Task Killed_node_is_replaced_within_the_default_lease()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(Processes.All, rate: "20");
        TimeSpan time = await CheckTakeOverAsync(nodes, () =>
        {
            nodes.FirstProcess.Kill();
            return Task.CompletedTask;
        });

        TestContext.Current.SendDiagnosticMessage("{0:0.0} s", time.TotalSeconds);
        Assert.InRange(time, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(24));
    }

    [Fact]
    public async Task Node_that_is_stopped_hands_its_answers_over_at_once()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(Processes.First, lease: "300");
        TimeSpan time = await CheckTakeOverAsync(nodes, async () => Assert.Equal(0, await nodes.FirstProcess.TerminateAsync()));

        // Long before the lease has expired.
        Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Answer_is_read_and_stopped_at_another_node()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync();
        using var client = new HttpClient();
        using UIAnswer answer = await UIAnswer.SendAsync(client, nodes.First.Address, "c1");
        await answer.ReadTextAsync(10);
        using UIAnswer other = await UIAnswer.ResumeAsync(client, nodes.Second.Address, "c1");
        await other.ReadTextAsync(10);
        using HttpResponseMessage stop =
            await client.PostAsync(new Uri(nodes.Second.Address, $"api/chat/{answer.StreamId}/stop"), content: null);

        Assert.True(stop.IsSuccessStatusCode);
        Assert.True(await answer.ReadToEndAsync());
        Assert.True(await other.ReadToEndAsync());
        Assert.Equal(("abort", "abort"), (answer.End, other.End));
        Assert.Equal(answer.Text, other.Text);
        using UIAnswer later = await UIAnswer.ResumeAsync(client, nodes.Second.Address, answer.StreamId);
        Assert.True(await later.ReadToEndAsync());
        Assert.Equal(("abort", answer.Text), (later.End, later.Text));
        using var stranger = new HttpClient();
        using UIAnswer nothing = await UIAnswer.ResumeAsync(stranger, nodes.Second.Address, answer.StreamId);
        Assert.Equal(HttpStatusCode.NoContent, nothing.Status);
        await WaitAsync(() => nodes.Provider.Log.Contains("client disconnected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answer_survives_a_restart_of_Redis_that_keeps_its_data()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(redis: ["--appendonly", "yes", "--appendfsync", "always"]);
        using var client = new HttpClient();
        using UIAnswer answer = await UIAnswer.SendAsync(client, nodes.First.Address, "c1");
        await answer.ReadTextAsync(20);
        await nodes.Redis.RestartAsync();
        Assert.True(await answer.ReadToEndAsync());
        using UIAnswer other = await UIAnswer.ResumeAsync(client, nodes.Second.Address, answer.StreamId);
        Assert.True(await other.ReadToEndAsync());

        Assert.Equal("finish", answer.End);
        Assert.Equal(ServeArguments.DefaultText, answer.Text);
        Assert.Equal(answer.Text, other.Text);
    }

    [Fact]
    public async Task Answer_that_Redis_has_lost_ends_with_an_error()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync();
        using var client = new HttpClient();
        using UIAnswer answer = await UIAnswer.SendAsync(client, nodes.First.Address, "c1");
        await answer.ReadTextAsync(20);
        await nodes.Redis.RestartAsync(); // it has nothing on disk
        bool isWhole = await answer.ReadToEndAsync();

        Assert.True(!isWhole || answer.End == "error", $"{answer.End} after: {answer.Text}");
        Assert.NotEqual("finish", answer.End);
    }

    // What the user sees, and when.
    [Fact(Explicit = true)]
    public async Task Answer_ends_with_an_error_if_Redis_does_not_come_back()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(rate: "20");
        using var client = new HttpClient();
        using UIAnswer answer = await UIAnswer.SendAsync(client, nodes.First.Address, "c1");
        await answer.ReadTextAsync(20);
        nodes.Redis.Kill();
        long start = Stopwatch.GetTimestamp();
        Assert.True(await answer.ReadToEndAsync());
        TimeSpan time = Stopwatch.GetElapsedTime(start);

        TestContext.Current.SendDiagnosticMessage("{0} after {1:0.0} s", answer.Error, time.TotalSeconds);
        Assert.Equal("error", answer.End);
        Assert.InRange(time, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(45));
    }

    [Fact]
    public async Task Redis_that_cannot_be_reached_is_reported_on_one_line()
    {
        Run run = await Run.Of("web", "--redis", "127.0.0.1:" + CliProcess.FindFreePort());

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Matches(@"^llmstream web: Redis at 127\.0\.0\.1:\d+ cannot be reached; is it running\?$", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task Password_of_Redis_is_read_from_the_environment()
    {
        await using RedisProcess redis = await RedisProcess.StartAsync();
        await redis.CallAsync("CONFIG", "SET", "requirepass", "secret");
        Run run = await Run.Of(CliEnvironment.Current with { GetVariable = _ => null }, "web", "--redis", redis.Address);
        Assert.Equal($"llmstream web: Redis at {redis.Address} requires a password; set REDISCLI_AUTH", Assert.Single(run.ErrorLines));

        run = await Run.Of(CliEnvironment.Current with { GetVariable = _ => "wrong" }, "web", "--redis", redis.Address);
        Assert.Equal($"llmstream web: Redis at {redis.Address} refused the password in REDISCLI_AUTH", Assert.Single(run.ErrorLines));
    }

    /// <summary>Sends a message to the first node, loses the node in mid-answer, and reads the rest at the second one.</summary>
    /// <returns>How long the answer took from the loss of the node on.</returns>
    private static async Task<TimeSpan> CheckTakeOverAsync(ClusterNodes nodes, Func<Task> lose)
    {
        using var client = new HttpClient();
        using UIAnswer answer = await UIAnswer.SendAsync(client, nodes.First.Address, "c1");
        await answer.ReadTextAsync(20);
        long start = Stopwatch.GetTimestamp();
        await lose();
        using UIAnswer rest = await UIAnswer.ResumeAsync(client, nodes.Second.Address, answer.StreamId);
        Assert.False(await answer.ReadToEndAsync(), $"The lost node has ended the answer: {answer.End} {answer.Error}");
        Assert.True(await rest.ReadToEndAsync());
        TimeSpan time = Stopwatch.GetElapsedTime(start);

        Assert.Equal("finish", rest.End);
        Assert.Equal(1, rest.SeamCount);
        Assert.Equal(answer.MessageId, rest.MessageId);
        Assert.StartsWith(answer.Text, rest.Text, StringComparison.Ordinal);
        Assert.Equal(ServeArguments.DefaultText, rest.Text);
        Assert.Contains("continued from character", nodes.Provider.Log, StringComparison.Ordinal);
        return time;
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (int i = 0; i < 100 && !condition(); i++) await Task.Delay(50);
        Assert.True(condition());
    }
}
