using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>The same as <see cref="EveryCutTests"/>, but the client continues by an instruction, and the model may repeat itself.</summary>
public class EveryCutByInstructionTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(ScriptedAnswers.InEveryDialect), MemberType = typeof(ScriptedAnswers))]
    public Task Nothing_is_lost_or_doubled_if_the_model_is_asked_to_go_on(string dialect, string name) =>
        CutAsync(dialect, name, ScriptedAnswers.StepOf(dialect, name));

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_or_doubled_at_every_byte_if_the_model_is_asked_to_go_on() =>
        ScriptedAnswers.ForEachAsync((dialect, name) => CutAsync(dialect, name, step: 1));

    private async Task CutAsync(string dialect, string name, int step)
    {
        string answer = ScriptedAnswers.Text(name);
        await using CutHarness harness = await CutHarness.StartAsync(dialect);
        // The most common overlap is none. A sample of the cuts covers each part of an event with the others.
        Script script = Script.Answer(answer).InChunksOf(10).WithUsage();
        await harness.CutEverywhereAsync(script, answer, ChatContinuation.Instruction, at => script.CutAt(at).ThenWithoutFaults(), step);
        foreach (int overlap in (int[])[8, 20])
        {
            await harness.CutEverywhereAsync(script.Overlapping(overlap), answer, ChatContinuation.Instruction, at => script.Overlapping(overlap).CutAt(at).ThenWithoutFaults(), 7 * step);
        }

        await harness.CutEverywhereAsync(script.StartingOver(), answer, ChatContinuation.Restart, at => script.CutAt(at).ThenWithoutFaults(), 7 * step);
        harness.Report(output, $"{dialect}, {name}, instruction");
    }
}
