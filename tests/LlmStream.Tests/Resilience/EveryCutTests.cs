using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// The connection is cut at every byte of a response, and the reader of the deltas must not notice: what he gets is the scripted
/// answer, character for character.
/// </summary>
public class EveryCutTests(ITestOutputHelper output)
{
    private const string English = "The sky is blue because air scatters short waves of light far more than long ones. At dusk the light comes a longer way, and what is left of it is red.";

    private const string Chinese = "天空之所以是蓝色的，是因为空气对短波光的散射远强于长波光。🌅 傍晚时分，光要走更长的路，👩‍🚀剩下的便是红色𝄞。";

    private const string Markdown = "Here is a loop:\n\n```csharp\nfor (int i = 0; i < 3; i++)\n{\n    Console.WriteLine(i);\n}\n```\n\nIt prints:\n\n- `0`\n- `1`\n- `2`\n\nThat is all.\n";

    public static TheoryData<string, string, string> Answers
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string dialect in (string[])["openai", "dashscope", "dashscope-cumulative", "hunyuan"])
            {
                data.Add(dialect, "English", English);
                data.Add(dialect, "Chinese", Chinese);
                data.Add(dialect, "Markdown", Markdown);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Nothing_is_lost_or_doubled_by_a_cut_of_the_first_response(string dialect, string name, string answer)
    {
        await using Harness harness = await Harness.StartAsync(dialect);
        ChatContinuation prefill = dialect.StartsWith("dashscope", StringComparison.Ordinal) ? ChatContinuation.PartialFlag : ChatContinuation.TrailingMessage;
        Script script = Script.Answer(answer).InChunksOf(8).WithUsage();
        await harness.CutEverywhereAsync(script, answer, prefill, at => script.CutAt(at).ThenWithoutFaults());
        await harness.CutEverywhereAsync(script, answer, prefill, at => script.ResetAt(at).ThenWithoutFaults());
        harness.Report(output, $"{dialect}, {name}, prefill");
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Nothing_is_lost_or_doubled_where_the_model_is_asked_to_go_on(string dialect, string name, string answer)
    {
        await using Harness harness = await Harness.StartAsync(dialect);
        // Every byte with the commonest overlap, none; a sample, which hits every kind of place, with the others.
        Script script = Script.Answer(answer).InChunksOf(8).WithUsage();
        await harness.CutEverywhereAsync(script, answer, ChatContinuation.Instruction, at => script.CutAt(at).ThenWithoutFaults());
        foreach (int overlap in (int[])[8, 20])
        {
            await harness.CutEverywhereAsync(script.Overlapping(overlap), answer, ChatContinuation.Instruction, at => script.Overlapping(overlap).CutAt(at).ThenWithoutFaults(), step: 7);
        }

        await harness.CutEverywhereAsync(script.StartingOver(), answer, ChatContinuation.Restart, at => script.CutAt(at).ThenWithoutFaults(), step: 7);
        harness.Report(output, $"{dialect}, {name}, instruction");
    }

    [Theory]
    [InlineData("openai", ChatContinuation.PrefixFlag)]
    [InlineData("openai", ChatContinuation.PartialFlag)]
    [InlineData("openai", ChatContinuation.ContinueFinalMessage)]
    public async Task Every_flag_works(string dialect, ChatContinuation how)
    {
        await using Harness harness = await Harness.StartAsync(dialect);
        Script script = Script.Answer(Markdown).InChunksOf(8).WithUsage();
        await harness.CutEverywhereAsync(script, Markdown, how, at => script.ResetAt(at).ThenWithoutFaults());
        harness.Report(output, $"{dialect}, {how}");
    }

    [Fact]
    public async Task An_echoed_prefix_is_taken_off()
    {
        await using Harness harness = await Harness.StartAsync("openai");
        harness.Provider = harness.Provider with { EchoesPrefix = true };
        Script script = Script.Answer(Chinese).InChunksOf(8).EchoingPrefix();
        await harness.CutEverywhereAsync(script, Chinese, ChatContinuation.PrefixFlag, at => script.ResetAt(at).ThenWithoutFaults());
        harness.Report(output, "openai, echo");
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_by_a_second_cut()
    {
        await using Harness harness = await Harness.StartAsync("openai");
        Script script = Script.Answer(English).InChunksOf(8).WithUsage();
        int length = await harness.LengthAsync(script);
        for (int second = 0; second < length; second += 97)
        {
            int at2 = second;
            await harness.CutEverywhereAsync(script, English, ChatContinuation.TrailingMessage, at => script.CutAt(at).Then(script.ResetAt(at2)).ThenWithoutFaults(), step: 13);
        }

        harness.Report(output, "openai, two cuts");
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_of_a_long_answer()
    {
        string answer = Long(5_000);
        foreach (string dialect in (string[])["openai", "dashscope", "hunyuan"])
        {
            await using Harness harness = await Harness.StartAsync(dialect);
            Script script = Script.Answer(answer).InChunksOf(4).WithUsage();
            await harness.CutEverywhereAsync(script, answer, ChatContinuation.TrailingMessage, at => script.ResetAt(at).ThenWithoutFaults(), step: 1_511);
            await harness.CutEverywhereAsync(script, answer, ChatContinuation.Instruction, at => script.Overlapping(12).CutAt(at).ThenWithoutFaults(), step: 2_003);
            harness.Report(output, $"{dialect}, long");
        }
    }

    private static string Long(int length)
    {
        var text = new StringBuilder();
        for (int i = 1; text.Length < length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i}. The square of {i} is {i * i}, and its cube {(long)i * i * i}. 第{i}行，完。\n");
        }

        return text.ToString(0, length);
    }

    /// <summary>A server, a client, and the count of what was tried and lost.</summary>
    private sealed class Harness : IAsyncDisposable
    {
        private readonly ScriptedLlmServer _server;
        private readonly JsonObject _body;
        private readonly HttpClient _http = new(LlmStreamClient.CreateHandler(new LlmStreamOptions())) { Timeout = Timeout.InfiniteTimeSpan };
        private int _tried;
        private int _resumed;

        private Harness(ScriptedLlmServer server, JsonObject body)
        {
            _server = server;
            _body = body;
            Provider = server.Provider;
        }

        public LlmProvider Provider { get; set; }

        public static async Task<Harness> StartAsync(string dialect)
        {
            ChatDialect wire = dialect switch
            {
                "openai" => ChatDialect.OpenAI,
                "hunyuan" => ChatDialect.Hunyuan,
                _ => ChatDialect.DashScope,
            };
            ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(""), new ScriptedLlmServerOptions { Dialect = wire });
            return new Harness(server, Body(dialect));
        }

        public async Task<int> LengthAsync(Script script)
        {
            _server.Play(script);
            await ReadAsync(ChatContinuation.TrailingMessage);
            ScriptedRequest request = _server.Requests[^1];
            await request.Finished;
            return (int)request.BytesSent;
        }

        public async Task CutEverywhereAsync(Script whole, string answer, ChatContinuation how, Func<int, Script> cut, int step = 1)
        {
            int length = await LengthAsync(whole);
            for (int at = 0; at < length; at += step)
            {
                _server.Play(cut(at));
                (string text, int seams, int finishes) = await ReadAsync(how);
                _tried++;
                _resumed += seams;
                Assert.True(text == answer, $"Cut at {at} of {length}, {how}: '{text}'");
                Assert.True(finishes == 1, $"Cut at {at} of {length}, {how}: {finishes} finish reasons");
            }
        }

        public void Report(ITestOutputHelper output, string what)
        {
            Assert.True(_resumed > 0);
            output.WriteLine($"{what}: {_tried} cuts tried, {_resumed} seams, 0 lost or doubled");
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _server.DisposeAsync();
        }

        private async Task<(string Text, int Seams, int Finishes)> ReadAsync(ChatContinuation how)
        {
            using var client = new LlmStreamClient(_http, new LlmStreamOptions
            {
                Provider = Provider,
                Resume = new ResumeOptions { Strategy = how },
                Retry = new RetryOptions { BaseDelay = TimeSpan.Zero },
            });
            string text = "";
            int seams = 0, finishes = 0;
            await foreach (ChatDelta delta in client.StreamAsync(_body))
            {
                text = text[..delta.TextOffset] + delta.Text;
                seams += delta.Seam is null ? 0 : 1;
                finishes += delta.FinishReason is null ? 0 : 1;
            }

            return (text, seams, finishes);
        }

        private static JsonObject Body(string dialect)
        {
            var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" });
            return dialect switch
            {
                "openai" => new JsonObject { ["model"] = "m", ["messages"] = messages },
                "hunyuan" => new JsonObject { ["Model"] = "m", ["Stream"] = true, ["Messages"] = new JsonArray(new JsonObject { ["Role"] = "user", ["Content"] = "Why?" }) },
                _ => new JsonObject
                {
                    ["model"] = "m",
                    ["input"] = new JsonObject { ["messages"] = messages },
                    ["parameters"] = new JsonObject { ["result_format"] = "message", ["incremental_output"] = dialect == "dashscope" },
                },
            };
        }
    }
}
