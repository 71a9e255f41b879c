using LlmStream.Operators.Stages;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators.Stages;

public class TextStageTests
{
    [Fact]
    public async Task Each_choice_has_its_own_stage()
    {
        int stages = 0;
        ChatDelta[] deltas = [new() { Text = "a" }, new() { ChoiceIndex = 1, Text = "b" }, new() { TextOffset = 1, Text = "c" }];
        Assert.Equal(["0a", "1b", "0c", "0rest", "1rest"], await RunAsync(deltas, () =>
        {
            stages++;
            return new Stage("never");
        }));
        Assert.Equal(2, stages);
    }

    [Fact]
    public async Task Ends_when_every_choice_is_stopped_or_finished()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "a" }, new() { ChoiceIndex = 1, Text = "b" }, new() { ChoiceIndex = 1, Text = "stop" },
            new() { TextOffset = 1, FinishReason = ChatFinishReason.Stop }, new() { ChoiceIndex = 1, Text = "not delivered" },
        ];
        // Choice 1 is stopped first; the end of choice 0 is the provider's, so the source is read to its end, for the usage.
        Assert.Equal(["0a", "1b", "1stop", "0", "0rest"], await RunAsync(deltas, () => new Stage("stop")));

        var source = new DeltaSource(
            [new() { Text = "a", FinishReason = ChatFinishReason.Stop }, new() { ChoiceIndex = 1, Text = "stop" }, new() { Text = "b" }]);
        await foreach (ChatDelta _ in TextStage.RunAsync(source, () => new Stage("stop")))
        {
        }

        Assert.Equal((2, 1), (source.Moves, source.Disposals));
    }

    [Fact]
    public async Task Usage_is_delivered_even_for_a_stopped_choice()
    {
        ChatDelta[] deltas =
        [
            new() { ChoiceIndex = 1, Text = "b" }, new() { Text = "stop" },
            new() { Text = "x", TextOffset = 4, Usage = new UsageDetails { OutputTokenCount = 7 } },
        ];
        ChatDelta last = (await TextStage.RunAsync(new DeltaSource(deltas), () => new Stage("stop")).ToListAsync())[2];
        Assert.Equal((7, "", 4), (last.Usage!.OutputTokenCount, last.Text, last.TextOffset));
    }

    private static async Task<List<string>> RunAsync(ChatDelta[] deltas, Func<TextStage> create) =>
        [.. (await TextStage.RunAsync(new DeltaSource(deltas), create).ToListAsync()).Select(delta => $"{delta.ChoiceIndex}{delta.Text}")];

    /// <summary>Passes deltas on until one has a certain text.</summary>
    private sealed class Stage(string last) : TextStage
    {
        private ChatDelta? _last;

        public override ChatDelta? Process(ChatDelta delta)
        {
            _last = delta;
            IsStopped = delta.Text == last;
            return delta;
        }

        public override ChatDelta? Flush() => _last?.WithOnlyText("rest", 0);
    }
}
