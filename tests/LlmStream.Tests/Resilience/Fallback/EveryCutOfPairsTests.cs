using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience.Fallback;

/// <summary>
/// The first provider is cut for good at any byte of its response, a second one of any dialect takes over, and the text is the scripted
/// answer, character for character.
/// </summary>
public class EveryCutOfPairsTests(ITestOutputHelper output)
{
    private const string Answer = "The sky is blue,\nweil Luft 短波光 stärker scatters 🌅. At dusk:\n\n- red\n- 👩‍🚀 `gold`\n";

    private static readonly (string Name, ChatDialect Dialect)[] Dialects =
    [
        ("openai", ChatDialect.OpenAI), ("responses", ChatDialect.Responses), ("anthropic", ChatDialect.Anthropic), ("gemini", ChatDialect.Gemini),
        ("dashscope", ChatDialect.DashScope), ("ollama", ChatDialect.Ollama), ("cohere", ChatDialect.Cohere), ("bedrock", ChatDialect.Bedrock),
    ];

    public static TheoryData<string> Names => [.. Dialects.Select(dialect => dialect.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Nothing_is_lost_or_doubled_if_another_provider_takes_over(string first) => CutAsync(first, step: 149);

    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_or_doubled_at_any_byte_of_any_pair()
    {
        foreach ((string first, _) in Dialects) await CutAsync(first, step: 1);
    }

    private async Task CutAsync(string firstName, int step)
    {
        Script script = Script.Answer(Answer).InChunksOf(6).WithUsage();
        await using ScriptedLlmServer first = await StartAsync(firstName, script);
        int length = await LengthAsync(first);
        int total = 0;
        foreach ((string name, _) in Dialects)
        {
            await using ScriptedLlmServer second = await StartAsync(name, script);
            // A model that is asked by an instruction may repeat itself.
            if (second.Provider.Continuation == ChatContinuation.Instruction && name.Length % 2 == 0) second.Play(script.Overlapping(12));
            using HttpClient http = CreateHttpClient();
            using LlmStreamClient client = Create(http, first, second);
            int seams = 0, cuts = 0;
            foreach (int at in EveryByte.Offsets(length - 1, step))
            {
                first.Play((at % 3 == 0 ? script.ResetAt(at) : script.CutAt(at)).Then(Script.Status(503)));
                seams += await ReadAsync(client, $"{firstName} cut at {at} of {length}, then {name}");
                cuts++;
            }

            Assert.True(seams > 0, $"{firstName}, {name}: no answer was continued");
            total += cuts;
            output.WriteLine($"{firstName} → {name}: {cuts} cuts, {seams} seams, 0 lost, 0 doubled");
        }

        output.WriteLine($"{firstName}: {total} cuts");
    }

    /// <returns>The number of seams.</returns>
    private static async Task<int> ReadAsync(LlmStreamClient client, string what)
    {
        string text = "";
        int seams = 0, finishes = 0;
        try
        {
            await foreach (ChatDelta delta in client.StreamAsync("Why?"))
            {
                Assert.True(delta.TextOffset == text.Length, $"{what}: offset {delta.TextOffset} after {text.Length} characters");
                text += delta.Text;
                seams += delta.Seam is null ? 0 : 1;
                finishes += delta.FinishReason is null ? 0 : 1;
                if (delta.Seam is { } seam) Assert.Equal(("second", 2), (seam.Provider, seam.Attempt));
            }
        }
        catch (ChatStreamException failure) when (failure.ResumeRefusal == ChatResumeRefusal.NothingToGain)
        {
            // Only the closing event is missing, without which the answer is not known to be complete.
            Assert.Equal(ChatFallbackRefusal.NotResumable, failure.FallbackRefusal);
        }

        Assert.True(text == Answer, $"{what}: '{text}'");
        Assert.True(finishes == 1, $"{what}: {finishes} finish reasons");
        return seams;
    }

    private static HttpClient CreateHttpClient()
    {
        // A connection that has been open for long delays its ACKs, and the server waits for them before a reset.
        SocketsHttpHandler handler = LlmStreamClient.CreateHandler(new LlmStreamOptions());
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static LlmStreamClient Create(HttpClient http, ScriptedLlmServer first, ScriptedLlmServer second) => new(http, new LlmStreamOptions
    {
        Provider = first.Provider with { Name = "first" },
        Fallbacks = { new LlmFallback { Provider = second.Provider with { Name = "second" } } },
        Retry = LlmRetryOptions.Off,
        CircuitBreaker = LlmCircuitBreakerOptions.Off,
    });

    private static Task<ScriptedLlmServer> StartAsync(string name, Script script) => ScriptedLlmServer.StartAsync(
        script, new ScriptedLlmServerOptions { Dialect = Dialects.Single(dialect => dialect.Name == name).Dialect });

    private static async Task<int> LengthAsync(ScriptedLlmServer server)
    {
        using var client = new LlmStreamClient(server.Provider);
        await client.StreamAsync("Why?").CollectAsync();
        ScriptedRequest request = server.Requests[^1];
        await request.Finished;
        return (int)request.BytesSent;
    }
}
