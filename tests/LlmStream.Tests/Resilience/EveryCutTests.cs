using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// The connection is cut at every byte of a response, and the reader of the deltas must not notice: what he gets is the scripted
/// answer, character for character.
/// </summary>
public class EveryCutTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(ScriptedAnswers.InEveryDialect), MemberType = typeof(ScriptedAnswers))]
    public async Task Nothing_is_lost_or_doubled_by_a_cut_of_the_first_response(string dialect, string name, string answer)
    {
        await using CutHarness harness = await CutHarness.StartAsync(dialect);
        ChatContinuation prefill = dialect.StartsWith("dashscope", StringComparison.Ordinal) ? ChatContinuation.PartialFlag : ChatContinuation.Prefill;
        Script script = Script.Answer(answer).InChunksOf(10).WithUsage();
        await harness.CutEverywhereAsync(script, answer, prefill, at => script.CutAt(at).ThenWithoutFaults());
        // What a reset adds is no business of the dialect's: elsewhere every third byte will do.
        await harness.CutEverywhereAsync(script, answer, prefill, at => script.ResetAt(at).ThenWithoutFaults(), step: dialect is "openai" ? 1 : 3);
        harness.Report(output, $"{dialect}, {name}, prefill");
    }

    [Theory]
    [InlineData("openai", ChatContinuation.PrefixFlag)]
    [InlineData("openai", ChatContinuation.PartialFlag)]
    [InlineData("openai", ChatContinuation.ContinueFinalMessage)]
    public async Task Every_flag_works(string dialect, ChatContinuation how)
    {
        await using CutHarness harness = await CutHarness.StartAsync(dialect);
        Script script = Script.Answer(ScriptedAnswers.Markdown).InChunksOf(10).WithUsage();
        await harness.CutEverywhereAsync(script, ScriptedAnswers.Markdown, how, at => script.ResetAt(at).ThenWithoutFaults());
        harness.Report(output, $"{dialect}, {how}");
    }

    [Fact]
    public async Task An_echoed_prefix_is_taken_off()
    {
        await using CutHarness harness = await CutHarness.StartAsync("openai");
        harness.Provider = harness.Provider with { EchoesPrefix = true };
        Script script = Script.Answer(ScriptedAnswers.Chinese).InChunksOf(8).EchoingPrefix();
        await harness.CutEverywhereAsync(script, ScriptedAnswers.Chinese, ChatContinuation.PrefixFlag, at => script.ResetAt(at).ThenWithoutFaults());
        harness.Report(output, "openai, echo");
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_by_a_second_cut()
    {
        await using CutHarness harness = await CutHarness.StartAsync("openai");
        Script script = Script.Answer(ScriptedAnswers.English).InChunksOf(10).WithUsage();
        int length = await harness.LengthAsync(script);
        for (int second = 0; second < length; second += 97)
        {
            int at2 = second;
            await harness.CutEverywhereAsync(script, ScriptedAnswers.English, ChatContinuation.Prefill, at => script.CutAt(at).Then(script.ResetAt(at2)).ThenWithoutFaults(), step: 13);
        }

        harness.Report(output, "openai, two cuts");
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_of_a_long_answer()
    {
        string answer = ScriptedAnswers.Long(5_000);
        foreach (string dialect in (string[])["openai", "dashscope", "hunyuan", "anthropic", "gemini", "ollama", "cohere"])
        {
            await using CutHarness harness = await CutHarness.StartAsync(dialect);
            Script script = Script.Answer(answer).InChunksOf(4).WithUsage();
            await harness.CutEverywhereAsync(script, answer, ChatContinuation.Prefill, at => script.ResetAt(at).ThenWithoutFaults(), step: 1_511);
            await harness.CutEverywhereAsync(script, answer, ChatContinuation.Instruction, at => script.Overlapping(12).CutAt(at).ThenWithoutFaults(), step: 2_003);
            harness.Report(output, $"{dialect}, long");
        }
    }
}
