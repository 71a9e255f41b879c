using LlmStream.Relay.Format;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Format;

public class DeltaMergerTests
{
    public static TheoryData<string> Names => [.. ScriptedAnswers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Merged_deltas_are_the_same_answer_in_the_same_order(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        List<ChatDelta> merged = Merge(deltas);
        Assert.True(merged.Count <= 9, $"{deltas.Count} deltas were merged into {merged.Count}");
        Assert.Equal(
            Show.Of(await ScriptedAnswers.ToAsync(deltas).CollectAsync()), Show.Of(await ScriptedAnswers.ToAsync(merged).CollectAsync()));
    }

    [Fact]
    public async Task Text_reasoning_and_calls_are_not_reordered()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "a" },
            new() { Reasoning = "b", TextOffset = 1 },
            new() { Text = "c", TextOffset = 1, ReasoningOffset = 1 },
            new() { Text = "d", TextOffset = 2, ReasoningOffset = 1 },
            new() { ToolCalls = [new ToolCallDelta { Id = "1", Name = "f", Arguments = "{" }], TextOffset = 3 },
            new() { ToolCalls = [new ToolCallDelta { Arguments = "}", ArgumentsOffset = 1, IsComplete = true }], TextOffset = 3 },
            new() { ToolCalls = [new ToolCallDelta { Index = 1, Id = "2", Name = "g" }], TextOffset = 3 },
            new() { Text = "e", TextOffset = 3 },
        ];
        List<ChatDelta> merged = Merge(deltas);
        Assert.Equal(6, merged.Count);
        Assert.Equal("cd", merged[2].Text);
        ToolCallDelta call = Assert.Single(merged[3].ToolCalls);
        Assert.Equal(("{}", true, "f"), (call.Arguments, call.IsComplete, call.Name));
        Assert.Equal(
            Show.Of(await ScriptedAnswers.ToAsync(deltas).CollectAsync()), Show.Of(await ScriptedAnswers.ToAsync(merged).CollectAsync()));
    }

    [Fact]
    public void What_must_stay_apart_is_not_merged()
    {
        var seam = new ChatSeam { Attempt = 2, TextOffset = 1, Reason = ChatStreamError.Connection, Kind = ChatSeamKind.Appended };
        ChatDelta[] others =
        [
            new() { Text = "b", TextOffset = 0 }, // a rewrite
            new() { Text = "b", TextOffset = 2 }, // after something that is missing
            new() { Text = "b", TextOffset = 1, ChoiceIndex = 1 },
            new() { Text = "b", TextOffset = 1, Seam = seam },
            new() { Text = "b", TextOffset = 1, Role = ChatRole.Assistant },
            new() { Text = "b", TextOffset = 1, FinishReason = ChatFinishReason.Stop },
            new() { Text = "b", TextOffset = 1, Usage = new UsageDetails() },
            new() { Text = "b", TextOffset = 1, Reasoning = "r" },
            new() { Text = "b", TextOffset = 1, Refusal = "r" },
            new() { Text = "b", TextOffset = 1, OtherContents = [new TextContent("")] },
            new() { Text = "b", TextOffset = 1, Raw = new ChatRawEvent { EventType = "message", Data = default } },
            new() { Text = "b", TextOffset = 1, Stream = new ChatStreamInfo { Attempt = 2 } },
        ];
        foreach (ChatDelta other in others) Assert.Equal(2, Merge([new ChatDelta { Text = "a" }, other]).Count);
        Assert.Single(Merge([new ChatDelta { Text = "a" }, new ChatDelta { Text = "b", TextOffset = 1 }]));
    }

    private static List<ChatDelta> Merge(IEnumerable<ChatDelta> deltas)
    {
        var merger = new DeltaMerger();
        var merged = new List<ChatDelta>();
        foreach (ChatDelta delta in deltas)
        {
            if (merger.TryAdd(delta)) continue;
            merged.Add(merger.Take());
            Assert.True(merger.TryAdd(delta));
        }

        if (!merger.IsEmpty) merged.Add(merger.Take());
        return merged;
    }
}
