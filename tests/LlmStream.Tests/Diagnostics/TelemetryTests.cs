using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Diagnostics;

/// <summary>Traces, metrics and logs, with the names of OpenTelemetry's conventions.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string Answer = """
        data: {"id":"c-1","model":"m-1-0613","choices":[{"index":0,"delta":{"content":"Secret "},"finish_reason":null}]}

        data: {"id":"c-1","model":"m-1-0613","choices":[{"index":0,"delta":{"content":"answer"},"finish_reason":null}]}

        data: {"id":"c-1","model":"m-1-0613","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}

        data: [DONE]


        """;

    private readonly ConcurrentQueue<Activity> _activities = new();
    private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> _measurements = new();
    private readonly ActivityListener _listener;
    private readonly MeterListener _meters = new();
    private readonly string _provider = $"test-{Guid.NewGuid():N}"; // other tests report at the same time

    public TelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LlmStream",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.Kind == ActivityKind.Client && IsOwn(activity.GetTagItem("gen_ai.provider.name"))) _activities.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _meters.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name == "LlmStream") meters.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Reports_a_complete_answer()
    {
        var logged = new LogCollector();
        await DrainAsync(new StubServer().Streams(Answer, ("x-request-id", "req-1")), logged);

        Activity activity = Assert.Single(_activities);
        Assert.Equal("chat m-1", activity.DisplayName);
        Assert.Equal(ActivityKind.Client, activity.Kind);
        Assert.Equal("m-1", activity.GetTagItem("gen_ai.request.model"));
        Assert.Equal("m-1-0613", activity.GetTagItem("gen_ai.response.model"));
        Assert.Equal("c-1", activity.GetTagItem("gen_ai.response.id"));
        Assert.Equal(7L, activity.GetTagItem("gen_ai.usage.output_tokens"));
        Assert.Equal(["stop"], Assert.IsType<string[]>(activity.GetTagItem("gen_ai.response.finish_reasons")));
        Assert.Equal(ActivityStatusCode.Unset, activity.Status);

        Assert.Single(Named("gen_ai.client.inference.duration"));
        Assert.Single(Named("gen_ai.client.inference.time_to_first_chunk"));
        Assert.Equal(2, Named("gen_ai.client.inference.time_per_output_chunk").Count);
        foreach (string name in new[] { "gen_ai.client.inference.usage.", "gen_ai.client.inference.operation." })
            Assert.Equal([5d, 7d], TokensOf(name).Select(m => m.Value));
        Assert.All(TokensOf("gen_ai.client.inference.usage."), m => Assert.Equal("unknown", m.Tags["gen_ai.token.modality"]));
        Assert.All(_measurements, m => Assert.Equal(("chat", "llm.test"), (m.Tags["gen_ai.operation.name"], m.Tags["server.address"])));
        Assert.DoesNotContain(logged.Lines, line => line.Contains("Secret", StringComparison.Ordinal));
        Assert.Contains(logged.Lines, line => line.StartsWith("Debug 4 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reports_a_retry_and_a_truncated_stream()
    {
        var logged = new LogCollector();
        var server = new StubServer().Answers(HttpStatusCode.BadGateway).Streams(StubServer.Chunk("Secret"));
        await Assert.ThrowsAsync<ChatStreamException>(() => DrainAsync(server, logged));

        Assert.Equal("ServerError", Assert.Single(Named("llmstream.client.retries")).Tags["error.type"]);
        Assert.Single(Named("llmstream.client.truncations"));
        Assert.Equal("Truncated", Assert.Single(Named("gen_ai.client.inference.duration")).Tags["error.type"]);
        Activity activity = Assert.Single(_activities);
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Assert.Equal("llmstream.retry", Assert.Single(activity.Events).Name);
        Assert.Contains(logged.Lines, line => line.StartsWith("Warning 3 ", StringComparison.Ordinal));
        Assert.Contains(
            logged.Lines,
            line => line.StartsWith("Error 5 ", StringComparison.Ordinal) && line.Contains("6 characters", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_provider_did_not_report_is_measured_separately()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky is ")).Streams(Answer);
        ChatMessage question = new(ChatRole.User, "Why is the sky blue?!");
        await foreach (ChatDelta _ in Client(server, new LogCollector()).StreamAsync([question]))
        {
            // The measurements are of interest.
        }

        Assert.Equal([5d, 7d], TokensOf("gen_ai.client.inference.usage.").Select(m => m.Value)); // as of the attempt that reported it
        Assert.Equal([11d, 4d], Named("llmstream.client.token.usage.estimated").Select(m => m.Value));
        Assert.Equal(["input", "output"], Named("llmstream.client.token.usage.estimated").Select(m => m.Tags["gen_ai.token.type"]));
        Assert.Empty(Named("llmstream.client.token.usage.unknown"));
        Activity activity = Assert.Single(_activities);
        Assert.Equal(
            [5L, 7L, 11L, 4L],
            new[] { "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "llmstream.usage.estimated_input_tokens", "llmstream.usage.estimated_output_tokens" }
                .Select(activity.GetTagItem));
    }

    [Fact]
    public async Task What_cannot_be_estimated_is_counted_as_unknown()
    {
        var server = new StubServer().Streams(StubServer.Stream("The sky is "));
        ChatMessage question = new(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        await foreach (ChatDelta _ in Client(server, new LogCollector()).StreamAsync([question]))
        {
            // The measurements are of interest.
        }

        Assert.Equal((1d, "input"), Assert.Single(Named("llmstream.client.token.usage.unknown")) is var unknown ? (unknown.Value, unknown.Tags["gen_ai.token.type"]) : default);
        Assert.Equal(4d, Assert.Single(Named("llmstream.client.token.usage.estimated")).Value);
        Assert.Equal([0d, 0d], TokensOf("gen_ai.client.inference.usage.").Select(m => m.Value)); // nothing was reported
        Assert.Empty(TokensOf("gen_ai.client.inference.operation."));
        Assert.Equal(1, Assert.Single(_activities).GetTagItem("llmstream.usage.unknown_input_attempts"));
    }

    [Fact]
    public async Task Reports_an_abandoned_stream()
    {
        var logged = new LogCollector();
        await foreach (ChatDelta _ in Client(new StubServer().Streams(Answer), logged).StreamAsync(new JsonObject { ["model"] = "m-1" }))
            break;

        Assert.Single(_activities);
        Assert.Single(Named("gen_ai.client.inference.duration"));
        Assert.Contains(logged.Lines, line => line.StartsWith("Debug 6 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reports_a_fallback_and_the_tokens_of_each_provider_under_its_name()
    {
        const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2,\"total_tokens\":6}}\n\n";
        var logged = new LogCollector();
        StubServer server = new StubServer().Streams(StubServer.Chunk("Secret") + Usage).Streams(Answer);
        using LlmStreamClient client = FallbackClient(server, logged, options => options.Retry = LlmRetryOptions.Off);
        await client.StreamAsync("Why?").CollectAsync();

        Dictionary<string, object?> fallback = Assert.Single(Named("llmstream.client.fallbacks")).Tags;
        Assert.Equal(
            [_provider, $"{_provider}-2", "Truncated"],
            new[] { "gen_ai.provider.name", "llmstream.fallback.provider", "error.type" }.Select(name => fallback[name]));
        Assert.Equal(
            [(_provider, 4d), (_provider, 2d), ($"{_provider}-2", 5d), ($"{_provider}-2", 7d)],
            TokensOf("gen_ai.client.inference.usage.").Select(m => ((string)m.Tags["gen_ai.provider.name"]!, m.Value)));
        Dictionary<string, object?> duration = Assert.Single(Named("gen_ai.client.inference.duration")).Tags;
        Assert.Equal(
            [$"{_provider}-2", "second.test", "m-2", true],
            new[] { "gen_ai.provider.name", "server.address", "gen_ai.request.model", "llmstream.fallback" }.Select(name => duration[name]));
        Activity activity = Assert.Single(_activities);
        Assert.Equal(("chat m-2", 9L, 9L), (activity.DisplayName, activity.GetTagItem("gen_ai.usage.input_tokens"), activity.GetTagItem("gen_ai.usage.output_tokens")));
        Assert.Equal(["llmstream.fallback", "llmstream.seam"], activity.Events.Select(e => e.Name));
        string line = Assert.Single(Lines(logged), line => line.StartsWith($"Warning 11 {_provider} failed (Truncated", StringComparison.Ordinal));
        Assert.EndsWith($"after 6 characters; falling back to {_provider}-2, model m-2", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_why_there_is_no_fallback()
    {
        const string Call = """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{"}}]}}]}""";
        var logged = new LogCollector();
        using LlmStreamClient client = FallbackClient(
            new StubServer().Streams(Call + "\n\n"), logged, options => options.Retry = LlmRetryOptions.Off);
        await Assert.ThrowsAsync<ChatStreamException>(async () => await client.StreamAsync("Why?").CollectAsync());
        Assert.Contains(
            $"Warning 13 Stream of {_provider} broke off after 0 characters (Truncated) and is not resumed (InsideToolCall) "
            + "nor continued by another provider (NotResumable)",
            Lines(logged));
    }

    [Theory]
    [InlineData(true, "won")]
    [InlineData(false, "lost")]
    public async Task Reports_a_hedge_and_its_outcome(bool isHedgeSooner, string outcome)
    {
        var logged = new LogCollector();
        StubServer server = isHedgeSooner ? new StubServer().Hangs().Streams(Answer) : new StubServer().Hangs();
        var slow = new LiveStream();
        if (!isHedgeSooner) server = new StubServer().Streams(slow).Hangs();
        using LlmStreamClient client = FallbackClient(server, logged, options => options.HedgeAfter = TimeSpan.FromSeconds(3));
        Task<ChatStreamResult> read = client.StreamAsync("Why?").CollectAsync();
        if (!isHedgeSooner)
        {
            while (server.Requests.Count < 2) await Task.Yield();
            slow.Write(Answer);
        }

        await read;
        Dictionary<string, object?> hedge = Assert.Single(Named("llmstream.client.hedges")).Tags;
        Assert.Equal((_provider, outcome), (hedge["gen_ai.provider.name"], hedge["llmstream.hedge.outcome"]));
        Assert.Equal(["llmstream.hedge"], Assert.Single(_activities).Events.Select(e => e.Name));
        Assert.Contains($"Information 14 {_provider} has not answered after 3000 ms; sending the request to {_provider}-2 too", Lines(logged));
        Assert.Contains(logged.Lines, line => line.StartsWith("Information 15 ", StringComparison.Ordinal));
    }

    private LlmStreamClient FallbackClient(StubServer server, LogCollector logged, Action<LlmStreamOptions> configure) => server.Client(options =>
    {
        options.Provider = options.Provider with { Name = _provider };
        LlmProvider second = options.Provider with { Name = $"{_provider}-2", BaseAddress = new Uri("https://second.test/v1"), DefaultModel = "m-2" };
        options.Fallbacks.Add(new LlmFallback { Provider = second, ApiKey = "key" });
        options.LoggerFactory = logged;
        configure(options);
    });

    private static IEnumerable<string> Lines(LogCollector logged) => logged.Lines.Select(line => line.TrimEnd());

    private List<(string Name, double Value, Dictionary<string, object?> Tags)> Named(string name) =>
        [.. _measurements.Where(m => m.Name == name)];

    private IEnumerable<(string Name, double Value, Dictionary<string, object?> Tags)> TokensOf(string prefix) =>
        _measurements.Where(m => m.Name == prefix + "input_tokens" || m.Name == prefix + "output_tokens");

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> kept = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
        if (IsOwn(kept["gen_ai.provider.name"])) _measurements.Enqueue((instrument.Name, value, kept));
    }

    private bool IsOwn(object? provider) => provider is string name && name.StartsWith(_provider, StringComparison.Ordinal);

    private LlmStreamClient Client(StubServer server, LogCollector logged) => server.Client(options =>
    {
        options.Provider = options.Provider with { Name = _provider };
        options.LoggerFactory = logged;
    });

    private async Task DrainAsync(StubServer server, LogCollector logged)
    {
        await foreach (ChatDelta _ in Client(server, logged).StreamAsync(new JsonObject { ["model"] = "m-1" }))
        {
        }
    }
}
