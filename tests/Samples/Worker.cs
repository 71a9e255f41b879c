#:project ../../src/LlmStream.DependencyInjection/LlmStream.DependencyInjection.csproj
#:project ../../src/LlmStream.Testing/LlmStream.Testing.csproj
#:package Microsoft.Extensions.Hosting
#:package OpenTelemetry.Exporter.Console
#:package OpenTelemetry.Exporter.OpenTelemetryProtocol
#:package OpenTelemetry.Extensions.Hosting

// A background service with dependency injection and OpenTelemetry. It summarizes two texts, and ends.
//
//   dotnet run tests/Samples/Worker.cs    with a scripted server, without a key; traces and metrics go to the console
//
// To the Aspire dashboard, at http://localhost:18888:
//
//   docker run --rm -p 18888:18888 -p 4317:18889 -e DASHBOARD__FRONTEND__AUTHMODE=Unsecured \
//     -e DASHBOARD__OTLP__AUTHMODE=Unsecured mcr.microsoft.com/dotnet/aspire-dashboard
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 dotnet run tests/Samples/Worker.cs

using LlmStream;
using LlmStream.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
    Script.Answer("Air scatters blue light more than red light.").WithUsage().ResetAtEvent(3).ThenWithoutFaults());

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddLlmStream(options => options.Provider = server.Provider); // or LlmProvider.DeepSeek
builder.Services.AddHostedService<Summaries>();

// Spans and metrics of the library are both named "LlmStream"; those of kept streams "LlmStream.Relay".
OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry()
    .ConfigureResource(resource => resource.AddService("summaries"))
    .WithTracing(tracing => tracing.AddSource("LlmStream"))
    .WithMetrics(metrics => metrics.AddMeter("LlmStream"));
if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not null) telemetry.UseOtlpExporter();
else telemetry.WithTracing(tracing => tracing.AddConsoleExporter()).WithMetrics(metrics => metrics.AddConsoleExporter());

await builder.Build().RunAsync();

/// <summary>Summarizes texts, one after the other.</summary>
internal sealed class Summaries(IChatClient chat, IHostApplicationLifetime lifetime, ILogger<Summaries> logger) : BackgroundService
{
    private static readonly string[] Texts = ["Why is the sky blue? …", "Why is the sunset red? …"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (string text in Texts)
        {
            // The answer is streamed although it is awaited as a whole: one that breaks off is resumed, and never taken for complete.
            ChatResponse answer = await chat.GetResponseAsync($"Summarize: {text}", new ChatOptions { Temperature = 0.2f }, stoppingToken);
            logger.LogInformation("{Summary}", answer.Text);
        }

        lifetime.StopApplication();
    }
}
