using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>A server, a client, and the number of cuts and seams.</summary>
internal sealed class CutHarness : IAsyncDisposable
{
    private readonly ScriptedLlmServer _server;
    private readonly JsonObject _body;
    private readonly HttpClient _http;
    private int _tried;
    private int _resumed;

    private CutHarness(ScriptedLlmServer server, JsonObject body)
    {
        _server = server;
        _body = body;
        // A connection that has been open for long delays its ACKs, and the server waits for them before a reset.
        SocketsHttpHandler handler = LlmStreamClient.CreateHandler(new LlmStreamOptions());
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        Provider = server.Provider;
    }

    public LlmProvider Provider { get; set; }

    public static async Task<CutHarness> StartAsync(string dialect)
    {
        ChatDialect wire = dialect switch
        {
            "openai" => ChatDialect.OpenAI,
            "hunyuan" => ChatDialect.Hunyuan,
            "gemini" => ChatDialect.Gemini,
            "anthropic" => ChatDialect.Anthropic,
            "ollama" => ChatDialect.Ollama,
            "cohere" => ChatDialect.Cohere,
            "responses" => ChatDialect.Responses,
            _ => ChatDialect.DashScope,
        };
        ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(""), new ScriptedLlmServerOptions { Dialect = wire });
        return new CutHarness(server, Body(dialect));
    }

    public async Task<int> LengthAsync(Script script)
    {
        _server.Play(script);
        await ReadAsync(ChatContinuation.Prefill);
        ScriptedRequest request = _server.Requests[^1];
        await request.Finished;
        return (int)request.BytesSent;
    }

    public async Task CutEverywhereAsync(Script whole, string answer, ChatContinuation how, Func<int, Script> cut, int step = 1)
    {
        int length = await LengthAsync(whole);
        foreach (int at in EveryByte.Offsets(length - 1, step))
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
            Resume = new LlmResumeOptions { Continuation = how },
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero },
        });
        string text = "";
        int seams = 0, finishes = 0;
        try
        {
            await foreach (ChatDelta delta in client.StreamAsync(_body))
            {
                text = text[..delta.TextOffset] + delta.Text;
                seams += delta.Seam is null ? 0 : 1;
                finishes += delta.FinishReason is null ? 0 : 1;
            }
        }
        catch (ChatStreamException failure) when (failure.ResumeRefusal == ChatResumeRefusal.NothingToGain && Provider.Dialect == ChatDialect.Anthropic)
        {
            // Only the closing event is missing, without which the answer is not known to be complete.
            Assert.Equal(text, failure.Partial.Text);
        }

        return (text, seams, finishes);
    }

    internal static JsonObject Body(string dialect)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" });
        return dialect switch
        {
            "openai" or "ollama" or "cohere" => new JsonObject { ["model"] = "m", ["messages"] = messages },
            "anthropic" => new JsonObject { ["model"] = "m", ["max_tokens"] = 4096, ["messages"] = messages },
            "hunyuan" => new JsonObject { ["Model"] = "m", ["Stream"] = true, ["Messages"] = new JsonArray(new JsonObject { ["Role"] = "user", ["Content"] = "Why?" }) },
            "gemini" => new JsonObject { ["model"] = "m", ["contents"] = new JsonArray(new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = "Why?" }) }) },
            "responses" => new JsonObject { ["model"] = "m", ["input"] = messages },
            "interactions" => new JsonObject { ["model"] = "m", ["input"] = "Why?" },
            _ => new JsonObject
            {
                ["model"] = "m",
                ["input"] = new JsonObject { ["messages"] = messages },
                ["parameters"] = new JsonObject { ["result_format"] = "message", ["incremental_output"] = dialect == "dashscope" },
            },
        };
    }
}
