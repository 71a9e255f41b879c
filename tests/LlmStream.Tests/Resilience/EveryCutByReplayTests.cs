using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// An answer that the provider or its server keeps is cut at any byte: in its reasoning, its text, its tool calls, between events, and
/// before the first; and so are the replays. The deltas are the whole answer, without repetition, and one request creates it.
/// </summary>
public sealed class EveryCutByReplayTests(ITestOutputHelper output)
{
    private static readonly string[] All =
    [
        "llamacpp", "cloudflare-openai", "cloudflare-anthropic", "cloudflare-gemini", "cloudflare-interactions", "cloudflare-cohere",
        "cloudflare-dashscope", "cloudflare-hunyuan", "interactions", "interactions-polled", "responses", "responses-polled", "cloudflare-responses",
    ];

    public static TheoryData<string> Names => [.. All];

    [Theory, MemberData(nameof(Names))]
    public Task Nothing_is_lost_doubled_or_requested_twice(string name) => CutAsync(name, 353);

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_doubled_or_requested_twice_at_any_byte() => EveryByte.ForEachAsync(All, name => CutAsync(name, 1));

    [Theory, MemberData(nameof(Names))]
    public Task Nor_if_the_replay_breaks_off_too(string name) => CutTwiceAsync(name, 1187, 883);

    [Fact(Explicit = true)]
    public Task Nor_if_the_replay_breaks_off_too_at_any_byte() => EveryByte.ForEachAsync(All, name => CutTwiceAsync(name, 97, 31));

    [Theory, MemberData(nameof(Names))]
    public Task Nor_if_the_answer_is_structured_output(string name) => CutStructuredAsync(name, 307);

    [Fact(Explicit = true)]
    public Task Nor_if_the_answer_is_structured_output_at_any_byte() => EveryByte.ForEachAsync(All, name => CutStructuredAsync(name, 1));

    [Theory, MemberData(nameof(Names))]
    public async Task Nor_if_the_server_first_answers_the_replay_with_an_error(string name)
    {
        await using ReplayHarness harness = await ReplayHarness.StartAsync(name);
        for (int at = 400; at < harness.Length; at += 1571)
            await harness.CompareAsync(harness.Answer.CutAt(at).Then(Script.Status(503)).Then(harness.Answer), $"cut at {at}, then 503", at);
        Assert.True(harness.Seams > 0);
    }

    /// <summary>The stream is not a multiple of the writes, and the lines end otherwise.</summary>
    [Theory]
    [InlineData("llamacpp", LineEnding.CrLf, 17)]
    [InlineData("llamacpp", LineEnding.Cr, 11)]
    [InlineData("cloudflare-openai", LineEnding.CrLf, 17)]
    [InlineData("cloudflare-anthropic", LineEnding.Cr, 11)]
    public async Task Nor_with_other_line_endings_comments_and_small_writes(string name, LineEnding lineEnding, int size)
    {
        await using ReplayHarness harness = await ReplayHarness.StartAsync(name);
        Script answer = harness.Answer.WithLineEndings(lineEnding).WithKeepAlives().InWritesOf(size);
        for (int at = 0; at < harness.Length; at += 379)
            await harness.CompareAsync(answer.CutAt(at).Then(answer.InWritesOf(size + 1).CutAt(at / 2)).Then(answer), $"cut at {at} and {at / 2}", at);
        Assert.True(harness.Seams > 0);
    }

    private async Task CutAsync(string name, int step)
    {
        await using ReplayHarness harness = await ReplayHarness.StartAsync(name);
        int count = 0;
        for (int at = 0; at < harness.Length; at += step)
        {
            Script broken = (count++ % 3) switch
            {
                0 => harness.Answer.CutAt(at),
                1 => harness.Answer.ResetAt(at),
                _ => harness.Answer.AbortAt(at),
            };
            await harness.CompareAsync(broken.ThenWithoutFaults(), $"broken at {at}", at);
        }

        Report(harness, name);
    }

    private async Task CutTwiceAsync(string name, int firstStep, int secondStep)
    {
        await using ReplayHarness harness = await ReplayHarness.StartAsync(name);
        for (int first = 400; first < harness.Length; first += firstStep)
        {
            for (int second = 0; second < harness.Length - first; second += secondStep)
            {
                Script script = harness.Answer.CutAt(first).Then(harness.Answer.ResetAt(second)).Then(harness.Answer.CutAt(second / 2)).ThenWithoutFaults();
                await harness.CompareAsync(script, $"cut at {first}, reset at {second}, cut at {second / 2}", first, isLastWhole: false);
            }
        }

        Report(harness, name);
    }

    private async Task CutStructuredAsync(string name, int step)
    {
        await using ReplayHarness harness = await ReplayHarness.StartAsync(name, isStructured: true);
        for (int at = step / 2; at < harness.Length; at += step)
            await harness.CompareAsync(harness.Answer.CutAt(at).ThenWithoutFaults(), $"cut at {at}", at);
        Report(harness, name);
    }

    private void Report(ReplayHarness harness, string name)
    {
        Assert.True(harness.Seams > harness.Count / 2);
        output.WriteLine($"{name}: {harness.Count} answers, {harness.Seams} seams, 0 lost or doubled, one POST each");
    }
}
