using System.Runtime.CompilerServices;
using LlmStream.Redis.Tests.Fakes;
using LlmStream.Relay;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace LlmStream.Redis.Tests;

/// <summary>The server goes away in the middle of an answer, and comes back, with its data or without.</summary>
public class OutageTests(ITestOutputHelper output)
{
    private const int Step = 8; // between the events at which it goes away, unless all are tried

    public static TheoryData<string> Names => [.. ScriptedAnswers.Names];

    [Fact]
    public Task A_server_that_is_killed_and_restarted_with_its_data_loses_nothing() => KillAsync("english", Step);

    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public Task A_server_that_is_killed_at_any_event_and_restarted_with_its_data_loses_nothing(string name) => KillAsync(name, 1);

    [Fact]
    public Task A_server_that_stands_still_for_a_while_loses_nothing() => FreezeAsync("chinese", Step * 2);

    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public Task A_server_that_stands_still_at_any_event_loses_nothing(string name) => FreezeAsync(name, 1);

    [Fact]
    public Task A_server_that_is_restarted_without_its_data_ends_producers_and_readers_with_an_error() => LoseAsync("english", Step);

    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public Task A_server_that_loses_its_data_at_any_event_ends_producers_and_readers_with_an_error(string name) => LoseAsync(name, 1);

    [Fact]
    public Task Connections_that_are_closed_lose_nothing() => DisconnectAsync("reasoning", Step / 2);

    [Theory(Explicit = true)]
    [MemberData(nameof(Names))]
    public Task Connections_that_are_closed_at_any_event_lose_nothing(string name) => DisconnectAsync(name, 1);

    [Fact]
    public async Task A_server_that_stays_away_ends_producers_and_readers_with_an_error()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        ChatStreamRelayOptions options = Nodes.RelayOptions with
        {
            StoreTimeout = TimeSpan.FromSeconds(1),
            StoreCallTimeout = TimeSpan.FromMilliseconds(300),
        };
        await using Nodes nodes = await Nodes.ConnectAsync(server, relay: options);
        ChatStreamLease lease = await nodes.BeginAsync();
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync("english");
        Task<ReadStream> reader = nodes.ReadAsync(lease.StreamId);
        ChatProducerResult result = await nodes.First.ProduceAsync(lease, _ => AtAsync(nodes.FirstCalls, deltas, 5, () =>
        {
            server.Kill();
            return Task.CompletedTask;
        })).WaitAsync(ReadStream.Bound);
        Assert.Equal(ChatProducerEnding.StoreUnavailable, result.Ending);
        AssertFailure(ChatStreamRelayError.StoreUnavailable, result.Exception);
        AssertFailure(ChatStreamRelayError.StoreUnavailable, (await reader).Failure);
    }

    private async Task KillAsync(string name, int step)
    {
        int restarts = 0;
        await using RedisProcess server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using Nodes nodes = await Nodes.ConnectAsync(server);
        await EachEventAsync(nodes, name, step, async () =>
        {
            restarts++;
            server.Kill();
            await nodes.WhenDisconnectedAsync().WaitAsync(ReadStream.Bound);
            await server.RestartAsync();
        });
        output.WriteLine($"{name}: killed and restarted {restarts} times with two readers; 0 lost, 0 doubled, 0 hung, 0 false ends");
    }

    private async Task FreezeAsync(string name, int step)
    {
        int freezes = 0;
        await using RedisProcess server = await RedisProcess.StartAsync();
        var logs = new LogCollector();
        ChatStreamRelayOptions options =
            Nodes.RelayOptions with { StoreCallTimeout = TimeSpan.FromMilliseconds(200), LoggerFactory = logs };
        await using Nodes nodes = await Nodes.ConnectAsync(server, relay: options);
        await EachEventAsync(nodes, name, step, async () =>
        {
            freezes++;
            logs.Entries.Clear();
            await server.SignalAsync("STOP");
            await logs.WaitForAsync(LogLevel.Warning, "A call of the stream store failed");
            await server.SignalAsync("CONT");
        });
        output.WriteLine($"{name}: stood still {freezes} times with two readers; 0 lost, 0 doubled, 0 hung, 0 false ends");
    }

    private async Task DisconnectAsync(string name, int step)
    {
        int disconnects = 0;
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using Nodes nodes = await Nodes.ConnectAsync(server);
        await EachEventAsync(nodes, name, step, async () =>
        {
            disconnects++;
            await server.CallAsync("CLIENT", "KILL", "TYPE", "pubsub");
            if (disconnects % 2 == 0) await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        });
        output.WriteLine($"{name}: disconnected {disconnects} times with two readers; 0 lost, 0 doubled, 0 hung, 0 false ends");
    }

    /// <summary>Does something to the server at each of some events of an answer, which must be complete nevertheless.</summary>
    private static async Task EachEventAsync(Nodes nodes, string name, int step, Func<Task> harm)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        string expected = Show.Of(await ScriptedAnswers.ResultAsync(name));
        for (int count = 0; count <= deltas.Count; count += step)
        {
            (ChatStreamLease lease, FaultyStore calls, ChatStreamRelay relay) = await nodes.BeginOnNewNodeAsync();
            Task<ReadStream>[] readers = [nodes.ReadAsync(lease.StreamId), ReadStream.Of(nodes.First.ReadAsync(lease.StreamId))];
            ChatProducerResult result =
                await relay.ProduceAsync(lease, _ => AtAsync(calls, deltas, count, harm)).WaitAsync(ReadStream.Bound);
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
            foreach (ReadStream read in await Task.WhenAll([.. readers, nodes.ReadAsync(lease.StreamId)]))
            {
                Assert.Null(read.Failure);
                Assert.Equal(expected, Show.Of(await read.CollectAsync()));
                long[] sequences = [.. read.Items.Select(item => item.Position.Sequence)];
                Assert.Equal(sequences.Order().Distinct(), sequences);
            }
        }
    }

    private async Task LoseAsync(string name, int step)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        int losses = 0, late = 0;
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using Nodes nodes = await Nodes.ConnectAsync(server);
        for (int count = 0; count < deltas.Count; count += step)
        {
            losses++;
            (ChatStreamLease lease, FaultyStore calls, ChatStreamRelay relay) = await nodes.BeginOnNewNodeAsync();
            Task<ReadStream>[] readers = [nodes.ReadAsync(lease.StreamId), ReadStream.Of(nodes.First.ReadAsync(lease.StreamId))];
            ChatProducerResult result = await relay.ProduceAsync(lease, _ => AtAsync(calls, deltas, count, async () =>
            {
                server.Kill();
                await server.RestartAsync();
            })).WaitAsync(ReadStream.Bound);
            Assert.Equal((ChatProducerEnding.Lost, null), (result.Ending, result.Verdict));
            AssertFailure(ChatStreamRelayError.NotFound, result.Exception);
            foreach (ReadStream read in await Task.WhenAll(readers))
            {
                AssertFailure(ChatStreamRelayError.NotFound, read.Failure);
                string text = (await read.CollectAsync()).Text;
                Assert.StartsWith(text, (await ScriptedAnswers.ResultAsync(name)).Text, StringComparison.Ordinal);
            }

            AssertFailure(ChatStreamRelayError.NotFound, (await nodes.ReadAsync(lease.StreamId)).Failure);
            late++;
        }

        output.WriteLine($"{name}: data lost {losses} times; {losses * 2} readers and {late} late ones got an error, 0 hung, 0 false ends");
    }

    private static void AssertFailure(ChatStreamRelayError expected, Exception? actual)
    {
        var failure = Assert.IsType<ChatStreamException>(actual);
        Assert.Equal(expected, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
    }

    /// <summary>Deltas, each stored before the next; then something happens while the others come.</summary>
    private static async IAsyncEnumerable<ChatDelta> AtAsync(
        FaultyStore calls,
        List<ChatDelta> deltas,
        int count,
        Func<Task> happens,
        [EnumeratorCancellation] CancellationToken stopped = default)
    {
        await foreach (ChatDelta delta in Nodes.PacedAsync(calls, deltas.Take(count), stopped)) yield return delta;
        Task happening = happens();
        foreach (ChatDelta delta in deltas.Skip(count))
        {
            yield return delta;
            await Task.Delay(5, CancellationToken.None);
        }

        await happening;
    }
}
