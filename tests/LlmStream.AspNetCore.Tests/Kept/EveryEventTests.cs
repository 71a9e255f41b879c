using System.Diagnostics;
using LlmStream.Redis.Tests.Fakes;
using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>
/// What can happen while a client reads an answer, after each event that it has. What it and others get is compared with what the answer is
/// without a server. Cuts are in <see cref="CutTests"/>; nodes that die or shut down, in <see cref="NodesTests"/>.
/// </summary>
public class EveryEventTests(ITestOutputHelper output)
{
    private static readonly string[] Names = [.. Situations.All.Keys];

    /// <summary>Each situation with each answer, each time on another wire.</summary>
    public static TheoryData<string, string, string> Some
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            for (int i = 0; i < Names.Length; i++)
            {
                for (int j = 0; j < 4; j++) data.Add(Names[i], KeptRequests.Wires[(i + j) % 4], ScriptedAnswers.Names[j]);
            }

            return data;
        }
    }

    public static TheoryData<string> All => [.. Names];

    [Theory]
    [MemberData(nameof(Some))]
    public async Task After_some_events(string situation, string wire, string answer)
    {
        await using TwoNodes nodes = await TwoNodes.InMemoryAsync();
        await RunAsync(nodes, situation, wire, answer, step: 9);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(All))]
    public async Task After_every_event(string situation)
    {
        await using TwoNodes nodes = await TwoNodes.InMemoryAsync();
        await RunAllAsync(nodes, situation);
    }

    [Fact]
    public async Task After_some_events_with_Redis()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using TwoNodes nodes = await TwoNodes.InRedisAsync(server);
        for (int i = 0; i < Names.Length; i++)
            await RunAsync(nodes, Names[i], KeptRequests.Wires[i % 4], ScriptedAnswers.Names[i / 2 % 4], step: 13);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(All))]
    public async Task After_every_event_with_Redis(string situation)
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using TwoNodes nodes = await TwoNodes.InRedisAsync(server);
        await RunAllAsync(nodes, situation);
    }

    public static TheoryData<string, string> Answers => new()
    {
        { "json", "chinese" }, { "openai", "english" }, { "ui-messages", "reasoning" }, { "ag-ui", "tools" },
    };

    /// <summary>The server of the store is killed and started again with its data after each event.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Answers))]
    public async Task Redis_is_restarted_after_every_event(string wire, string answer)
    {
        await using RedisProcess server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using TwoNodes nodes = await TwoNodes.InRedisAsync(server);
        await RunAsync(
            nodes, (turn, count) => Situations.RestartAsync(turn, count, server.RestartAsync), "restart of Redis", wire, answer, step: 1);
    }

    private async Task RunAllAsync(TwoNodes nodes, string situation)
    {
        foreach (string wire in KeptRequests.Wires)
        {
            foreach (string answer in ScriptedAnswers.Names) await RunAsync(nodes, situation, wire, answer, step: 1);
        }
    }

    private Task RunAsync(TwoNodes nodes, string situation, string wire, string answer, int step) =>
        RunAsync(nodes, Situations.All[situation], situation, wire, answer, step);

    private async Task RunAsync(
        TwoNodes nodes, Func<Turn, int, Task<int>> situation, string name, string wire, string answer, int step)
    {
        IReadOnlyList<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(answer);
        IReadOnlyList<int> counts = new SteppedAnswer(deltas).EventCounts(KeptRequests.Wire(wire));
        int places = 0, readers = 0;
        long begun = Stopwatch.GetTimestamp();
        for (int count = 0; count <= counts[^1]; count += count == 0 ? 1 : step)
        {
            await using var turn = new Turn(nodes, wire, deltas, counts);
            try
            {
                readers += await situation(turn, count);
                await nodes.WaitForReportsAsync(turn.Chat, turn.AnswerCount);
                places++;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{name}, {wire}, {answer}, after {count} of {counts[^1]} events", exception);
            }
        }

        output.WriteLine(
            $"{name}, {wire}, {answer}: after {places} of {counts[^1] + 1} numbers of events, {readers} readers, "
            + $"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s; 0 lost, 0 doubled, 0 hung, 0 false ends");
    }
}
