using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>A real llama-server, at the address <c>LLMSTREAM_LLAMA_SERVER</c>, such as <c>http://127.0.0.1:8080</c>, with any model.</summary>
public class LlamaServerTests(ITestOutputHelper output)
{
    private const string Answer = "The sky is blue, because air scatters short waves of light:\n\n- red less 🌅,\n- 短波光 more.\n";

    private static readonly string? Server = Environment.GetEnvironmentVariable("LLMSTREAM_LLAMA_SERVER");

    private static readonly ChatOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 40 };

    /// <summary>
    /// A server of 2026 repeats a message that it continues, unless <c>continue_final_message</c> is set
    /// (github.com/ggml-org/llama.cpp/pull/23089); an older one ignores that field.
    /// </summary>
    [Fact]
    public async Task The_message_is_continued_and_not_repeated()
    {
        StubServer server = new StubServer().Streams(StubServer.Chunk("The ")).Streams(StubServer.Stream("sky."));
        using LlmStreamClient client = server.Client(options => options.Provider = LlmProvider.LlamaCpp with { BaseAddress = new Uri("http://llm.test/v1") });
        Assert.Equal("The sky.", (await client.StreamAsync("Why?").CollectAsync()).Text);
        JsonNode body = JsonNode.Parse(server.Bodies[1])!;
        Assert.Equal((true, false), ((bool)body["continue_final_message"]!, (bool)body["add_generation_prompt"]!));
        Assert.Equal("The", (string?)body["messages"]!.AsArray()[^1]!["content"]);
    }

    /// <summary>Without the flag, which a caller may not have set, it is repeated, and must not be sent twice.</summary>
    [Theory]
    [InlineData("The sky is blue", "The sky is blue.")]
    [InlineData(" blue", "The sky is blue.")]
    public async Task A_prefill_of_the_caller_that_was_repeated_is_sent_once(string streamed, string sent)
    {
        StubServer server = new StubServer().Streams(StubServer.Chunk(streamed + ".") + StubServer.Chunk(" ")).Streams(StubServer.Stream("Yes."));
        using LlmStreamClient client = server.Client(options => options.Provider = LlmProvider.LlamaCpp with { BaseAddress = new Uri("http://llm.test/v1") });
        ChatStreamResult answer = await client.StreamAsync(new ChatMessage[] { new(ChatRole.User, "Why?"), new(ChatRole.Assistant, "The sky is") }).CollectAsync();
        Assert.Equal(streamed + ". Yes.", answer.Text);
        Assert.Equal(sent, (string?)JsonNode.Parse(server.Bodies[1])!["messages"]!.AsArray()[^1]!["content"]);
    }

    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_continues_an_answer_of_another_provider_at_any_byte(bool isPrefill)
    {
        LlmProvider llama = Llama(isPrefill);
        await using ScriptedLlmServer first = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).InChunksOf(6).WithUsage());
        using var recorder = new Recorder();
        using var http = new HttpClient(recorder) { Timeout = Timeout.InfiniteTimeSpan };
        using var client = new LlmStreamClient(http, new LlmStreamOptions
        {
            Provider = first.Provider with { Name = "first" },
            Fallbacks = { new LlmFallback { Provider = llama, Model = "local" } },
            Retry = LlmRetryOptions.Off,
            CircuitBreaker = LlmCircuitBreakerOptions.Off,
        });
        await client.StreamAsync("Why?", Greedy).CollectAsync();
        await first.Requests[^1].Finished;
        int length = (int)first.Requests[^1].BytesSent, cuts = 0, seams = 0, generated = 0;

        for (int at = 0; at < length; at += 53)
        {
            first.Play((at % 2 == 0 ? Script.Answer(Answer).InChunksOf(6).WithUsage().CutAt(at) : Script.Answer(Answer).InChunksOf(6).WithUsage().ResetAt(at)).Then(Script.Status(503)));
            recorder.Clear();
            cuts++;
            List<ChatDelta> deltas;
            try
            {
                deltas = await client.StreamAsync("Why?", Greedy).ToListAsync();
            }
            catch (ChatStreamException failure) when (failure.ResumeRefusal == ChatResumeRefusal.NothingToGain)
            {
                continue; // only the closing event is missing
            }

            string text = Join(deltas);
            if (deltas.TrueForAll(delta => delta.Seam is null))
            {
                Assert.True(text == Answer || deltas[0].Stream.Provider == llama.Name, $"{at}: {text}");
                continue;
            }

            seams++;
            ChatSeam seam = Assert.Single(deltas, delta => delta.Seam is not null).Seam!;
            Assert.Equal((llama.Name, "local"), (seam.Provider, seam.Model));
            string delivered = Answer[..seam.TextOffset];
            JsonNode body = JsonNode.Parse(recorder.Bodies[^1])!;
            JsonArray messages = body["messages"]!.AsArray();
            string sent = isPrefill ? delivered.TrimEnd() : delivered;
            Assert.Equal(("assistant", sent), ((string?)messages[1]!["role"], (string?)messages[1]!["content"]));
            Assert.Equal(isPrefill ? 2 : 3, messages.Count);

            (string rest, int input, int outputTokens) = await GenerateAsync(recorder.Bodies[^1]);
            // White space at the end of a prefill is not sent. The model may generate it again.
            int again = delivered[sent.Length..].AsSpan().CommonPrefixLength(rest);
            Assert.True(text == delivered + rest[again..], $"{at}: '{text}' instead of '{delivered}' + '{rest}'");
            generated += outputTokens;

            ChatStreamResult result = await deltas.ToAsyncEnumerable().CollectAsync();
            Assert.Equal([ChatTokenSource.Estimated, ChatTokenSource.Reported], result.Attempts.Select(attempt => attempt.OutputTokens.Source));
            Assert.Equal((input, outputTokens), ((int)result.Attempts[1].InputTokens.Value!, (int)result.Attempts[1].OutputTokens.Value!));
            Assert.Equal(["first", llama.Name], result.Attempts.Select(attempt => attempt.Provider));
        }

        Assert.True(seams > 0);
        output.WriteLine($"{(isPrefill ? "prefill" : "instruction")}: {cuts} cuts, {seams} seams, {generated} tokens generated, 0 differences");
    }

    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_own_answer_goes_on_after_a_cut_at_any_byte(bool isReplay)
    {
        await using var proxy = new CuttingProxy(Llama(true).BaseAddress);
        using var recorder = new Recorder();
        using var http = new HttpClient(recorder) { Timeout = Timeout.InfiniteTimeSpan };
        using var client = new LlmStreamClient(http, new LlmStreamOptions
        {
            Provider = LlmProvider.LlamaCpp with { BaseAddress = proxy.Address, Replay = isReplay ? LlmReplay.LlamaCpp : null },
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.FromMilliseconds(1) },
            CircuitBreaker = LlmCircuitBreakerOptions.Off,
        });
        ChatStreamResult whole = await client.StreamAsync("Why?", Greedy).CollectAsync();
        int cuts = 0, seams = 0;
        for (int at = 500; at < 9000; at += 311)
        {
            proxy.Cuts.Enqueue(at);
            if (isReplay && at % 2 == 0) proxy.Cuts.Enqueue(400);
            recorder.Clear();
            List<ChatDelta> deltas = await client.StreamAsync("Why?", Greedy).ToListAsync();
            proxy.Cuts.Clear();
            cuts++;
            string text = Join(deltas);
            ChatSeam[] all = [.. deltas.Select(delta => delta.Seam).OfType<ChatSeam>()];
            seams += all.Length;
            if (isReplay)
            {
                Assert.True(text == whole.Text, $"{at}: '{text}' instead of '{whole.Text}'");
                Assert.All(all, seam => Assert.Equal(ChatSeamKind.Replayed, seam.Kind));
                // If not even the header came, the request is sent again.
                Assert.True(all.Length == 0 || recorder.Bodies.Count(body => body.Length > 0) == 1, $"{at}: {recorder.Bodies.Count} requests");
                ChatStreamResult result = await deltas.ToAsyncEnumerable().CollectAsync();
                Assert.Equal(whole.Usage!.OutputTokenCount, result.Usage!.OutputTokenCount);
            }
            else if (all.Length > 0)
            {
                string delivered = whole.Text[..all[0].TextOffset];
                (string rest, _, _) = await GenerateAsync(recorder.Bodies[^1]);
                int again = delivered[delivered.TrimEnd().Length..].AsSpan().CommonPrefixLength(rest);
                Assert.True(text == delivered + rest[again..], $"{at}: '{text}' instead of '{delivered}' + '{rest}'");
            }
        }

        Assert.True(seams > 0);
        output.WriteLine($"{(isReplay ? "replay" : "prefill")}: {cuts} cuts, {seams} seams, 0 differences");
    }

    [Fact(Explicit = true)]
    public async Task It_is_stopped_when_the_caller_leaves()
    {
        using var recorder = new Recorder();
        using var http = new HttpClient(recorder) { Timeout = Timeout.InfiniteTimeSpan };
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = Llama(true) with { Replay = LlmReplay.LlamaCpp } });
        await foreach (ChatDelta delta in client.StreamAsync("Why?", new ChatOptions { MaxOutputTokens = 3000, Temperature = 0 }))
        {
            if (delta.Text.Length > 0) break;
        }

        (HttpMethod method, Uri address, HttpStatusCode status) = recorder.Requests[^1];
        Assert.Equal((HttpMethod.Delete, HttpStatusCode.NoContent), (method, status));
        using HttpResponseMessage gone = await http.GetAsync(new Uri(address + "&from=0"));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    private static LlmProvider Llama(bool isPrefill)
    {
        Assert.SkipWhen(Server is null, "LLMSTREAM_LLAMA_SERVER is not the address of a llama-server.");
        var address = new Uri(Server!.TrimEnd('/') + "/v1/");
        return isPrefill ? LlmProvider.LlamaCpp with { BaseAddress = address } : LlmProvider.CreateOpenAICompatible(address, "compatible");
    }

    private static string Join(IEnumerable<ChatDelta> deltas)
    {
        string text = "";
        foreach (ChatDelta delta in deltas)
        {
            Assert.Equal(text.Length, delta.TextOffset);
            text += delta.Text;
        }

        return text;
    }

    /// <summary>What the server answers to this body without this library.</summary>
    private static async Task<(string Text, int Input, int Output)> GenerateAsync(string body)
    {
        using var http = new HttpClient();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri(Server!.TrimEnd('/') + "/v1/chat/completions"), content);
        string[] lines = (await response.Content.ReadAsStringAsync()).Split('\n');
        JsonNode[] events = [.. lines.Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[6..])!)];
        string text = string.Concat(events.Where(json => json["choices"]!.AsArray().Count > 0).Select(json => (string?)json["choices"]![0]!["delta"]!["content"]));
        JsonNode usage = events.Select(json => json["usage"]).Last(json => json is not null)!;
        return (text, (int)usage["prompt_tokens"]!, (int)usage["completion_tokens"]!);
    }

    private sealed class Recorder() : DelegatingHandler(CreateHandler())
    {
        public List<string> Bodies { get; } = [];

        public List<(HttpMethod Method, Uri Address, HttpStatusCode Status)> Requests { get; } = [];

        public void Clear() => Bodies.Clear();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            Requests.Add((request.Method, request.RequestUri!, response.StatusCode));
            return response;
        }

        private static SocketsHttpHandler CreateHandler()
        {
            SocketsHttpHandler handler = LlmStreamClient.CreateHandler(new LlmStreamOptions());
            handler.PooledConnectionLifetime = TimeSpan.Zero; // each request has a connection, for the proxy
            return handler;
        }
    }
}
