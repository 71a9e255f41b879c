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
                if (_provider.Equals(activity.GetTagItem("gen_ai.provider.name"))) _activities.Enqueue(activity);
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

        Assert.Single(Named("gen_ai.client.operation.duration"));
        Assert.Single(Named("gen_ai.client.operation.time_to_first_chunk"));
        Assert.Equal(2, Named("gen_ai.client.operation.time_per_output_chunk").Count);
        Assert.Equal([5d, 7d], Named("gen_ai.client.token.usage").Select(m => m.Value));
        Assert.Equal(["input", "output"], Named("gen_ai.client.token.usage").Select(m => m.Tags["gen_ai.token.type"]));
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
        Assert.Equal("Truncated", Assert.Single(Named("gen_ai.client.operation.duration")).Tags["error.type"]);
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

        Assert.Equal([5d, 7d], Named("gen_ai.client.token.usage").Select(m => m.Value)); // as of the attempt that reported it
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
        Assert.Empty(Named("gen_ai.client.token.usage"));
        Assert.Equal(1, Assert.Single(_activities).GetTagItem("llmstream.usage.unknown_input_attempts"));
    }

    [Fact]
    public async Task Reports_an_abandoned_stream()
    {
        var logged = new LogCollector();
        await foreach (ChatDelta _ in Client(new StubServer().Streams(Answer), logged).StreamAsync(new JsonObject { ["model"] = "m-1" }))
            break;

        Assert.Single(_activities);
        Assert.Single(Named("gen_ai.client.operation.duration"));
        Assert.Contains(logged.Lines, line => line.StartsWith("Debug 6 ", StringComparison.Ordinal));
    }

    private List<(string Name, double Value, Dictionary<string, object?> Tags)> Named(string name) =>
        [.. _measurements.Where(m => m.Name == name)];

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> kept = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
        if (_provider.Equals(kept["gen_ai.provider.name"])) _measurements.Enqueue((instrument.Name, value, kept));
    }

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
