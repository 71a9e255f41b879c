using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// A server that keeps its answers, and a client. The answer has reasoning, text, and two tool calls, with characters of up to four bytes.
/// </summary>
internal sealed class ReplayHarness : IAsyncDisposable
{
    private const string Reasoning = "**Weather**\n\n两个城市 🌍, so two calls.";
    private const string Text = "Let me see: 天空 🌤️.";
    private const string City = """{"city":"Köln 🌧","days":3}""";
    private const string Json = """{"sky":"天空 🌤️","colors":["blue","red"]}""";

    private readonly ScriptedLlmServer _server;
    private readonly HttpClient _http;
    private readonly ReplayCase _case;
    private readonly JsonObject _body;
    private readonly string _expected;
    private int _firstEvent;

    private ReplayHarness(ScriptedLlmServer server, ReplayCase @case, bool isStructured)
    {
        _server = server;
        _case = @case;
        _body = @case.CreateBody();
        if (isStructured) @case.RequestJson(_body);
        // A connection that has been open for long delays its ACKs, and the server waits for them before a reset.
        SocketsHttpHandler handler = LlmStreamClient.CreateHandler(new LlmStreamOptions());
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        Answer = isStructured ? Script.Answer(Json).WithUsage().InChunksOf(2) : Script.Answer(Text).WithReasoning(@case.HasReasoning ? Reasoning : "").WithUsage()
            .WithToolCall("weather", City).WithToolCall("time", "{}").InChunksOf(5);
        string calls = $"call_1 weather({City}) True|call_2 time({{}}) True|tool_calls";
        _expected = isStructured ? $"{Json}|||stop" : $"{Text}|{(@case.HasReasoning ? Reasoning : "")}|{calls}";
    }

    /// <summary>The answer, without faults.</summary>
    public Script Answer { get; }

    /// <summary>The length of the whole stream, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The number of seams so far.</summary>
    public int Seams { get; private set; }

    /// <summary>The number of answers so far.</summary>
    public int Count { get; private set; }

    public static async Task<ReplayHarness> StartAsync(string name, bool isStructured = false)
    {
        var @case = ReplayCase.Parse(name);
        ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(""), @case.Options);
        var harness = new ReplayHarness(server, @case, isStructured);
        await harness.MeasureAsync();
        return harness;
    }

    /// <summary>Reads an answer over connections with faults, and compares it.</summary>
    /// <param name="script">The faults.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <param name="cut">Where the first connection breaks off.</param>
    /// <param name="isLastWhole">Whether the last connection is not cut: after a finish reason, usage may be missing.</param>
    public async Task CompareAsync(Script script, string what, int cut, bool isLastWhole = true)
    {
        _server.Play(script);
        int before = _server.Requests.Count;
        (ChatStreamResult answer, int seams) = await ReadAsync();
        Seams += seams;
        Count++;
        Assert.True(Show(answer) == _expected, $"{_case.Name}, {what} of {Length}: {Show(answer)}");
        Assert.True(seams == 0 || !isLastWhole || answer.Usage?.TotalTokenCount > 0, $"{_case.Name}, {what}: no usage");
        int posts = _server.Requests.Skip(before).Count(request => request.Method == "POST");
        // Before the id of the answer has arrived, there is nothing to fetch: the request is sent again.
        Assert.True(posts == 1 || (cut < _firstEvent && !_case.IsKnownAtOnce), $"{_case.Name}, {what}: {posts} POSTs");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private async Task MeasureAsync()
    {
        _server.Play(Answer);
        (ChatStreamResult answer, _) = await ReadAsync();
        Assert.True(Show(answer) == _expected, $"{_case.Name}: {Show(answer)}");
        ScriptedRequest request = _server.Requests[^1];
        await request.Finished;
        Length = (int)request.BytesSent;
        using var body = new StringContent(request.BodyText);
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(_server.BaseAddress, "/"), request.Path + request.Query)) { Content = body };
        foreach ((string name, string value) in request.Headers.Where(header => header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase)))
            message.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await _http.SendAsync(message);
        byte[] stream = await response.Content.ReadAsByteArrayAsync();
        _firstEvent = stream.AsSpan().IndexOf("\n\n"u8) + 2;
    }

    private async Task<(ChatStreamResult Answer, int Seams)> ReadAsync()
    {
        using var client = new LlmStreamClient(_http, new LlmStreamOptions
        {
            Provider = _server.Provider,
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero, MaxRetries = 6 },
            Resume = new LlmResumeOptions { PollInterval = TimeSpan.FromMilliseconds(1) },
        });
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in client.StreamAsync(_body)) deltas.Add(delta);
        Assert.All(deltas.Where(delta => delta.Seam is not null), delta => Assert.Equal(ChatSeamKind.Replayed, delta.Seam!.Kind));
        return (await ToAsync(deltas).CollectAsync(), deltas.Count(delta => delta.Seam is not null));
    }

    private static string Show(ChatStreamResult answer)
    {
        string calls = string.Join('|', answer.ToolCalls.Select(call => $"{call.Id} {call.Name}({call.Arguments}) {call.IsComplete}"));
        return $"{answer.Text}|{answer.Reasoning}|{calls}|{answer.FinishReason}";
    }

    private static async IAsyncEnumerable<ChatDelta> ToAsync(IEnumerable<ChatDelta> deltas)
    {
        foreach (ChatDelta delta in deltas) yield return delta;
        await Task.CompletedTask;
    }
}
