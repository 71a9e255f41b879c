using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Diagnostics;

/// <summary>A call that is not sampled.</summary>
/// <remarks>Listeners of tests that run at the same time would sample it.</remarks>
[Collection(nameof(SamplesAlone))]
public sealed class UnsampledCallTests
{
    [Fact]
    public async Task Its_requests_belong_to_its_trace()
    {
        using var telemetry = new TelemetryCollector { Unsampled = "chat m-1" };
        var server = new StubServer().Streams(StubServer.Chunk("The sky ")).Streams(StubServer.Stream("is blue."));
        await server.Client(options => options.Provider = options.Provider with { Name = telemetry.Provider }).StreamAsync("Why?").CollectAsync();
        Assert.Empty(telemetry.Attempts);
        Assert.Equal(2, server.Activities.Count);
        Assert.Single(server.Activities.Select(current => current!.SpanId).Distinct());
    }
}

[CollectionDefinition(nameof(SamplesAlone), DisableParallelization = true)]
public sealed class SamplesAlone;
