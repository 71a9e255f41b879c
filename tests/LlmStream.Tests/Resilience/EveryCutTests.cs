using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// The connection is cut at any byte of a response, and the deltas are the scripted answer, character for character.
/// The client continues by prefill.
/// </summary>
public class EveryCutTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(ScriptedAnswers.InEveryDialect), MemberType = typeof(ScriptedAnswers))]
    public Task Nothing_is_lost_or_doubled_by_a_cut_of_the_first_response(string dialect, string name)
    {
        int step = ScriptedAnswers.StepOf(dialect, name);
        return CutAsync(dialect, name, step, resetStep: 3 * step);
    }

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_or_doubled_by_a_cut_at_every_byte_of_the_first_response() => ScriptedAnswers.ForEachAsync((dialect, name) =>
        // What a reset adds does not depend on the dialect: a third of the bytes is enough for the others.
        CutAsync(dialect, name, step: 1, resetStep: dialect is "openai" ? 1 : 3));

    [Theory]
    [InlineData(ChatContinuation.PrefixFlag, 13)]
    [InlineData(ChatContinuation.PartialFlag, 13)]
    [InlineData(ChatContinuation.ContinueFinalMessage, 13)]
    [InlineData(ChatContinuation.PrefixFlag, 1, Explicit = true)]
    [InlineData(ChatContinuation.PartialFlag, 1, Explicit = true)]
    [InlineData(ChatContinuation.ContinueFinalMessage, 1, Explicit = true)]
    public async Task Every_flag_works(ChatContinuation how, int step)
    {
        await using CutHarness harness = await CutHarness.StartAsync("openai");
        Script script = Script.Answer(ScriptedAnswers.Markdown).InChunksOf(10).WithUsage();
        await harness.CutEverywhereAsync(script, ScriptedAnswers.Markdown, how, at => script.ResetAt(at).ThenWithoutFaults(), step);
        harness.Report(output, $"openai, {how}");
    }

    [Theory]
    [InlineData(13)]
    [InlineData(1, Explicit = true)]
    public async Task An_echoed_prefix_is_removed(int step)
    {
        await using CutHarness harness = await CutHarness.StartAsync("openai");
        harness.Provider = harness.Provider with { EchoesPrefix = true };
        Script script = Script.Answer(ScriptedAnswers.Chinese).InChunksOf(8).EchoingPrefix();
        await harness.CutEverywhereAsync(script, ScriptedAnswers.Chinese, ChatContinuation.PrefixFlag, at => script.ResetAt(at).ThenWithoutFaults(), step);
        harness.Report(output, "openai, echo");
    }

    [Theory]
    [InlineData(29, 197)]
    [InlineData(13, 97, Explicit = true)]
    public async Task Nothing_is_lost_or_doubled_by_a_second_cut(int step, int secondStep)
    {
        await using CutHarness harness = await CutHarness.StartAsync("openai");
        Script script = Script.Answer(ScriptedAnswers.English).InChunksOf(10).WithUsage();
        int length = await harness.LengthAsync(script);
        for (int second = 0; second < length; second += secondStep)
        {
            int at2 = second;
            await harness.CutEverywhereAsync(script, ScriptedAnswers.English, ChatContinuation.Prefill, at => script.CutAt(at).Then(script.ResetAt(at2)).ThenWithoutFaults(), step);
        }

        harness.Report(output, "openai, two cuts");
    }

    [Theory]
    [InlineData(4_001)]
    [InlineData(1_511, Explicit = true)]
    public async Task Nothing_is_lost_or_doubled_of_a_long_answer(int step)
    {
        string answer = ScriptedAnswers.Long(5_000);
        foreach (string dialect in (string[])["openai", "dashscope", "hunyuan", "anthropic", "gemini", "ollama", "cohere"])
        {
            await using CutHarness harness = await CutHarness.StartAsync(dialect);
            Script script = Script.Answer(answer).InChunksOf(4).WithUsage();
            await harness.CutEverywhereAsync(script, answer, ChatContinuation.Prefill, at => script.ResetAt(at).ThenWithoutFaults(), step);
            await harness.CutEverywhereAsync(script, answer, ChatContinuation.Instruction, at => script.Overlapping(12).CutAt(at).ThenWithoutFaults(), step);
            harness.Report(output, $"{dialect}, long");
        }
    }

    private async Task CutAsync(string dialect, string name, int step, int resetStep)
    {
        string answer = ScriptedAnswers.Text(name);
        await using CutHarness harness = await CutHarness.StartAsync(dialect);
        ChatContinuation prefill = dialect.StartsWith("dashscope", StringComparison.Ordinal) ? ChatContinuation.PartialFlag : ChatContinuation.Prefill;
        Script script = Script.Answer(answer).InChunksOf(10).WithUsage();
        await harness.CutEverywhereAsync(script, answer, prefill, at => script.CutAt(at).ThenWithoutFaults(), step);
        await harness.CutEverywhereAsync(script, answer, prefill, at => script.ResetAt(at).ThenWithoutFaults(), resetStep);
        harness.Report(output, $"{dialect}, {name}, prefill");
    }
}
