using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>The same as <see cref="EveryCutTests"/>, where the model is asked to go on, and may repeat itself.</summary>
public class EveryCutByInstructionTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(ScriptedAnswers.InEveryDialect), MemberType = typeof(ScriptedAnswers))]
    public async Task Nothing_is_lost_or_doubled_where_the_model_is_asked_to_go_on(string dialect, string name, string answer)
    {
        await using CutHarness harness = await CutHarness.StartAsync(dialect);
        // Every byte with the commonest overlap, none; a sample, which hits every kind of place, with the others.
        Script script = Script.Answer(answer).InChunksOf(10).WithUsage();
        await harness.CutEverywhereAsync(script, answer, ChatContinuation.Instruction, at => script.CutAt(at).ThenWithoutFaults());
        foreach (int overlap in (int[])[8, 20])
        {
            await harness.CutEverywhereAsync(script.Overlapping(overlap), answer, ChatContinuation.Instruction, at => script.Overlapping(overlap).CutAt(at).ThenWithoutFaults(), step: 7);
        }

        await harness.CutEverywhereAsync(script.StartingOver(), answer, ChatContinuation.Restart, at => script.CutAt(at).ThenWithoutFaults(), step: 7);
        harness.Report(output, $"{dialect}, {name}, instruction");
    }
}
