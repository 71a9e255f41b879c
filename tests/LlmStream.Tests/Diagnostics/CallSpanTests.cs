using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Diagnostics;

/// <summary>The spans of calls and attempts, and how a call ended.</summary>
public sealed class CallSpanTests : IDisposable
{
    private const string FinishWithUsage = """
        data: {"id":"c-1","model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":50,"completion_tokens":20,"total_tokens":70,"prompt_tokens_details":{"cached_tokens":40,"audio_tokens":9},"completion_tokens_details":{"reasoning_tokens":12}}}

        data: [DONE]


        """;

    private readonly FakeTimeProvider _time = new() { SkipDelays = true };
    private readonly TelemetryCollector _telemetry = new();

    public void Dispose() => _telemetry.Dispose();

    [Fact]
    public async Task A_sampler_sees_the_provider_the_model_and_the_settings()
    {
        var options = new ChatOptions
        {
            Temperature = 0.7f, TopP = 0.5f, MaxOutputTokens = 100, StopSequences = ["a", "b"], Seed = 7, FrequencyPenalty = 1.5f,
        };
        await Client(new StubServer().Streams(StubServer.Stream("a"))).StreamAsync("Why?", options).CollectAsync();

        (string name, Dictionary<string, object?> tags) = Assert.Single(_telemetry.Sampled);
        Assert.Equal("chat m-1", name);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.provider.name"] = _telemetry.Provider,
                ["server.address"] = "llm.test",
                ["server.port"] = 443,
                ["gen_ai.request.model"] = "m-1",
                ["gen_ai.request.stream"] = true,
                ["gen_ai.request.temperature"] = 0.7,
                ["gen_ai.request.top_p"] = 0.5,
                ["gen_ai.request.frequency_penalty"] = 1.5,
                ["gen_ai.request.seed"] = 7L,
                ["gen_ai.request.max_tokens"] = 100L,
                ["gen_ai.request.stop_sequences"] = new[] { "a", "b" },
            },
            tags);
    }

    [Fact]
    public async Task A_complete_answer_has_its_outcome_its_tokens_and_the_time_to_the_first_chunk()
    {
        await Client(new StubServer().Streams(StubServer.Chunk("a") + FinishWithUsage)).StreamAsync("Why?").CollectAsync();

        Activity call = _telemetry.Call;
        Assert.Equal(("complete", ActivityStatusCode.Unset), (call.GetTagItem("llmstream.outcome"), call.Status));
        Assert.Equal(
            [50L, 20L, 40L, 12L, 9L],
            new[] { "input", "output", "cache_read.input", "reasoning.output", "audio.input" }
                .Select(name => call.GetTagItem($"gen_ai.usage.{name}_tokens")));
        Assert.Equal(0d, call.GetTagItem("gen_ai.response.time_to_first_chunk"));
        Assert.Equal("complete", Assert.Single(_telemetry.Named("gen_ai.client.inference.duration")).Tags["llmstream.outcome"]);
        Assert.Equal(
            [("audio", 9d), ("unknown", 41d)],
            _telemetry.Named("gen_ai.client.inference.usage.input_tokens").Select(m => ((string)m.Tags["gen_ai.token.modality"]!, m.Value)));
        Assert.Equal(40, Assert.Single(_telemetry.Named("gen_ai.client.inference.usage.cache_read.input_tokens")).Value);
        Assert.Equal(12, Assert.Single(_telemetry.Named("gen_ai.client.inference.usage.reasoning.output_tokens")).Value);
        Assert.Equal(50, Assert.Single(_telemetry.Named("gen_ai.client.inference.operation.input_tokens")).Value);
    }

    [Fact]
    public async Task The_source_and_the_meter_have_the_version_of_the_package_and_the_schema_of_the_conventions()
    {
        await Client(new StubServer().Streams(StubServer.Stream("a"))).StreamAsync("Why?").CollectAsync();
        string version = typeof(LlmStreamClient).Assembly.GetName().Version!.ToString(3);
        Assert.Equal(version, _telemetry.Call.Source.Version);
        Meter meter = _telemetry.Named("gen_ai.client.inference.duration").Single().Meter;
        Assert.Equal(version, meter.Version);
        Assert.StartsWith("https://opentelemetry.io/schemas/gen-ai", _telemetry.Call.Source.TelemetrySchemaUrl, StringComparison.Ordinal);
        Assert.Equal(_telemetry.Call.Source.TelemetrySchemaUrl, meter.TelemetrySchemaUrl);
    }

    [Theory]
    [InlineData("openai", "thread-7", "thread-7", null)] // not sent; the application correlates calls by it
    [InlineData("responses", "conv_7", "conv_7", null)]
    [InlineData("responses", "resp_7", null, "resp_7")] // the answer from which the conversation goes on
    public async Task A_sampler_sees_the_conversation(string dialect, string id, string? conversation, string? previous)
    {
        LlmProvider provider = dialect == "openai" ? LlmProvider.Vllm : LlmProvider.OpenAIResponses;
        LlmStreamClient client = Client(
            new StubServer().Answers(HttpStatusCode.BadRequest),
            options => options.Provider = provider with { Name = _telemetry.Provider, TelemetryName = null, DefaultModel = "m" });
        await Assert.ThrowsAsync<ChatStreamException>(
            () => client.StreamAsync("Why?", new ChatOptions { ConversationId = id }).CollectAsync());
        Dictionary<string, object?> tags = Assert.Single(_telemetry.Sampled).Tags;
        Assert.Equal(conversation, tags.GetValueOrDefault("gen_ai.conversation.id"));
        Assert.Equal(previous, tags.GetValueOrDefault("gen_ai.request.previous_response.id"));
    }

    [Fact]
    public async Task An_abandoned_call_did_not_fail()
    {
        await foreach (ChatDelta _ in Client(new StubServer().Streams(StubServer.Stream("a", "b"))).StreamAsync("Why?")) break;
        AssertOutcome("abandoned", errorType: null);
    }

    [Fact]
    public async Task A_cancelled_call_did_not_fail()
    {
        using var caller = new CancellationTokenSource();
        await Assert.ThrowsAsync<ChatStreamCanceledException>(async () =>
        {
            await foreach (ChatDelta _ in Client(new StubServer().Streams(StubServer.Stream("a", "b"))).StreamAsync("Why?", null, caller.Token))
                await caller.CancelAsync();
        });
        AssertOutcome("canceled", errorType: null);
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_was_answered_is_not_abandoned()
    {
        using var caller = new CancellationTokenSource();
        var server = new StubServer().Hangs();
        Task read = Client(server).StreamAsync("Why?", null, caller.Token).CollectAsync();
        while (server.Requests.Count == 0) await Task.Yield();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        AssertOutcome("canceled", errorType: null);
        Assert.Equal(true, Assert.Single(_telemetry.Attempts).GetTagItem("llmstream.attempt.canceled"));
    }

    [Fact]
    public async Task A_failed_call_has_the_error()
    {
        await Assert.ThrowsAsync<ChatStreamException>(
            () => Client(new StubServer().Answers(HttpStatusCode.Unauthorized)).StreamAsync("Why?").CollectAsync());
        AssertOutcome("failed", "Unauthorized");
        Assert.Equal(ActivityStatusCode.Error, _telemetry.Call.Status);
    }

    [Fact]
    public async Task An_exception_of_the_application_is_a_failure()
    {
        using LlmStreamClient failing = Client(new StubServer().Throws(new InvalidOperationException("in a handler")));
        await Assert.ThrowsAnyAsync<Exception>(() => failing.StreamAsync("Why?").CollectAsync());
        Assert.Equal("failed", _telemetry.Call.GetTagItem("llmstream.outcome"));
    }

    [Fact]
    public async Task The_time_that_the_caller_takes_is_part_of_the_duration_and_not_of_the_waits()
    {
        var body = new LiveStream();
        int count = 0;
        body.Write(StubServer.Chunk("a"));
        var time = new FakeTimeProvider();
        await foreach (ChatDelta _ in Client(new StubServer().Streams(body), options => options.TimeProvider = time).StreamAsync("Why?"))
        {
            time.Advance(TimeSpan.FromSeconds(10));
            if (count++ == 0) body.Write(StubServer.Stream("b"));
        }

        Assert.Equal(3, count);
        Assert.Equal(30, Assert.Single(_telemetry.Named("gen_ai.client.inference.duration")).Value);
        Assert.Equal(0, Assert.Single(_telemetry.Named("llmstream.client.wait.duration")).Value);
        Assert.Equal([0d, 0d], _telemetry.Named("gen_ai.client.inference.time_per_output_chunk").Select(m => m.Value));
        Assert.Equal(0d, _telemetry.Call.GetTagItem("llmstream.wait.duration"));
    }

    [Fact]
    public async Task The_time_until_a_delta_arrives_is_a_wait()
    {
        var body = new LiveStream();
        body.Write(StubServer.Chunk("a"));
        var time = new FakeTimeProvider(); // the other one skips the wait for the end of the body, too
        Task<ChatStreamResult> read =
            Client(new StubServer().Streams(body), options => options.TimeProvider = time).StreamAsync("Why?").CollectAsync();
        while (body.Reads < 2) await Task.Yield();
        time.Advance(TimeSpan.FromSeconds(4));
        body.Write(StubServer.Stream("b"));
        await read;

        Assert.Equal(4, Assert.Single(_telemetry.Named("llmstream.client.wait.duration")).Value);
        Assert.Equal([4d, 0d], _telemetry.Named("gen_ai.client.inference.time_per_output_chunk").Select(m => m.Value));
    }

    [Fact]
    public async Task Each_attempt_is_a_child_and_the_parent_of_its_request()
    {
        var server = new StubServer().Answers(HttpStatusCode.BadGateway).Streams(StubServer.Chunk("The sky ")).Streams(StubServer.Stream("is blue."));
        await Client(server).StreamAsync("Why?").CollectAsync();

        Activity call = _telemetry.Call;
        Activity[] attempts = [.. _telemetry.Attempts];
        Assert.Equal([1, 2, 3], attempts.Select(attempt => attempt.GetTagItem("llmstream.attempt")));
        Assert.Equal(["ServerError", "Truncated", null], attempts.Select(attempt => attempt.GetTagItem("error.type")));
        Assert.All(attempts, attempt => Assert.Equal((call.SpanId, call.TraceId), (attempt.ParentSpanId, attempt.TraceId)));
        Assert.Equal(attempts.Select(attempt => attempt.SpanId), server.Activities.Select(current => current!.SpanId));
        Assert.All(attempts, attempt => Assert.Null(attempt.GetTagItem("gen_ai.operation.name"))); // a call is not counted twice
        Assert.Equal(["llmstream.retry", "llmstream.resume", "llmstream.seam"], call.Events.Select(e => e.Name));
        Dictionary<string, object?> seam = call.Events.Last().Tags.ToDictionary();
        Assert.Equal((3, 8, "Truncated"), (seam["llmstream.attempt"], seam["llmstream.seam.offset"], seam["error.type"]));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task A_body_in_a_providers_own_format_has_its_settings_too()
    {
        LlmProvider gemini = LlmProvider.Gemini with { Name = _telemetry.Provider, TelemetryName = null };
        var body = (JsonObject)JsonNode.Parse("""{"model":"g","contents":[],"generationConfig":{"temperature":1,"topK":3,"maxOutputTokens":9,"stopSequences":["x"],"candidateCount":2}}""")!;
        using var caller = new CancellationTokenSource();
        var server = new StubServer().Hangs();
        Task read = Client(server, options => options.Provider = gemini).StreamAsync(body, caller.Token).CollectAsync();
        while (server.Requests.Count == 0) await Task.Yield();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Dictionary<string, object?> tags = Assert.Single(_telemetry.Sampled).Tags;
        Assert.Equal(
            [1d, 3L, 9L, 2L],
            new[] { "temperature", "top_k", "max_tokens", "choice.count" }.Select(name => tags[$"gen_ai.request.{name}"]));
    }

    private void AssertOutcome(string outcome, string? errorType)
    {
        Activity call = _telemetry.Call;
        Assert.Equal((outcome, errorType), (call.GetTagItem("llmstream.outcome"), call.GetTagItem("error.type")));
        IReadOnlyDictionary<string, object?> tags = Assert.Single(_telemetry.Named("gen_ai.client.inference.duration")).Tags;
        Assert.Equal((outcome, errorType), (tags["llmstream.outcome"], tags.GetValueOrDefault("error.type")));
        Assert.Equal(["error"], Assert.IsType<string[]>(call.GetTagItem("gen_ai.response.finish_reasons")));
        Assert.Single(_telemetry.Attempts);
    }

    private LlmStreamClient Client(StubServer server, Action<LlmStreamOptions>? configure = null) => server.Client(options =>
    {
        options.Provider = options.Provider with { Name = _telemetry.Provider };
        options.TimeProvider = _time;
        configure?.Invoke(options);
    });
}
