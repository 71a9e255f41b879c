using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// An answer that the provider keeps is cut at any byte: in its reasoning, its text, its tool calls, between events, and
/// before the first. The deltas are the whole answer, without repetition, and one request creates it.
/// </summary>
public sealed class EveryCutByReplayTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const string Reasoning = "**Weather**\n\n两个城市 🌍, so two calls.";
    private const string City = """{"city":"Köln 🌧","days":3}""";

    private static readonly Script Everything = Script.Answer("Let me see: 天空 🌤️.").WithReasoning(Reasoning)
        .WithToolCall("weather", City).WithToolCall("time", "{}").InChunksOf(5);

    private readonly HttpClient _http = new(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
    private ScriptedLlmServer _server = null!;
    private int _firstEvent;

    [Theory]
    [InlineData("cut", 11)]
    [InlineData("reset", 37)]
    [InlineData("abort", 83)]
    [InlineData("cut", 1, Explicit = true)]
    [InlineData("reset", 3, Explicit = true)]
    [InlineData("abort", 7, Explicit = true)]
    public async Task Nothing_is_lost_doubled_or_requested_twice(string fault, int step)
    {
        int length = await StartAsync(Everything);
        int tried = 0, seams = 0;
        for (int at = 0; at < length; at += step, tried++)
        {
            Script broken = fault switch
            {
                "cut" => Everything.CutAt(at),
                "reset" => Everything.ResetAt(at),
                _ => Everything.AbortAt(at),
            };
            seams += await CompareAsync(broken.ThenWithoutFaults(), $"{fault} at {at} of {length}", IsKnown(at));
        }

        Assert.True(seams > tried / 2);
        output.WriteLine($"{fault}: {tried} cuts, {seams} seams, 0 lost or doubled, one POST each");
    }

    [Theory]
    [InlineData(397, 211)]
    [InlineData(197, 61, Explicit = true)]
    public async Task Nor_if_the_replay_breaks_off_too(int firstStep, int secondStep)
    {
        int length = await StartAsync(Everything);
        int tried = 0;
        for (int first = 400; first < length; first += firstStep)
        {
            for (int second = 0; second < length - first; second += secondStep)
            {
                await CompareAsync(Everything.CutAt(first).Then(Everything.ResetAt(second)).ThenWithoutFaults(), $"cut at {first}, reset at {second}", IsKnown(first));
                tried++;
            }
        }

        output.WriteLine($"{tried} pairs of cuts, 0 lost or doubled, one POST each");
    }

    [Theory]
    [InlineData(67)]
    [InlineData(31, Explicit = true)]
    public async Task Nor_if_the_server_first_answers_the_replay_with_an_error(int step)
    {
        int length = await StartAsync(Everything);
        for (int at = 400; at < length; at += step)
            await CompareAsync(Everything.CutAt(at).Then(Script.Status(503)).Then(Everything), $"cut at {at}, then 503", IsKnown(at));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }

    private async Task<int> StartAsync(Script script)
    {
        _server = await ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Responses });
        using var question = new StringContent("""{"model":"m","input":"Why?","stream":true,"background":true}""");
        using HttpResponseMessage response = await _http.PostAsync(new Uri(_server.BaseAddress + "/responses"), question);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        _firstEvent = body.AsSpan().IndexOf("\n\n"u8) + 2;
        return body.Length;
    }

    /// <summary>Whether the first event, which has the id of the answer, is complete before the cut.</summary>
    private bool IsKnown(int cut) => cut >= _firstEvent;

    private async Task<int> CompareAsync(Script script, string what, bool isKnown)
    {
        _server.Play(script);
        int before = _server.Requests.Count;
        (ChatStreamResult answer, int seams) = await ReadAsync();
        string actual = $"{answer.Text}|{answer.Reasoning}|{string.Join('|', answer.ToolCalls.Select(call => $"{call.Id} {call.Name}({call.Arguments}) {call.IsComplete}"))}|{answer.FinishReason}|{answer.Usage?.TotalTokenCount > 0}";
        Assert.True(actual == $"Let me see: 天空 🌤️.|{Reasoning}|call_1 weather({City}) True|call_2 time({{}}) True|tool_calls|True", $"{what}: {actual}");
        int posts = _server.Requests.Skip(before).Count(request => request.Method == "POST");
        // Before the id of the answer has arrived, there is nothing to fetch: the request is sent again.
        Assert.True(posts == 1 || !isKnown, $"{what}: {posts} POSTs");
        return seams;
    }

    private async Task<(ChatStreamResult Answer, int Seams)> ReadAsync()
    {
        using var client = new LlmStreamClient(_http, new LlmStreamOptions { Provider = _server.Provider, Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero } });
        List<ChatDelta> deltas = [];
        var body = new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = true };
        await foreach (ChatDelta delta in client.StreamAsync(body)) deltas.Add(delta);
        Assert.All(deltas.Where(delta => delta.Seam is not null), delta => Assert.Equal(ChatSeamKind.Replayed, delta.Seam!.Kind));
        return (await ToAsync(deltas).CollectAsync(), deltas.Count(delta => delta.Seam is not null));
    }

    private static async IAsyncEnumerable<ChatDelta> ToAsync(IEnumerable<ChatDelta> deltas)
    {
        foreach (ChatDelta delta in deltas) yield return delta;
        await Task.CompletedTask;
    }

    private static SocketsHttpHandler Handler()
    {
        // A connection that has been open for long delays its ACKs, and the server waits for them before a reset.
        SocketsHttpHandler handler = LlmStreamClient.CreateHandler(new LlmStreamOptions());
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        return handler;
    }
}
