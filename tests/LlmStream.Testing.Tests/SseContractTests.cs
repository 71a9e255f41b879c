using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.Testing.Tests;

/// <summary>
/// LaunchDarkly's contract tests of clients for server-sent events (github.com/launchdarkly/sse-contract-tests), against
/// <see cref="SseReader.ConnectAsync(HttpClient, Func{HttpRequestMessage}, SseConnectionOptions, CancellationToken)"/>. They are a program in Go,
/// which is built with Go 1.19; <c>LLMSTREAM_SSE_CONTRACT_TESTS</c> is its path.
/// </summary>
public class SseContractTests(ITestOutputHelper output)
{
    private static readonly string? Harness = Environment.GetEnvironmentVariable("LLMSTREAM_SSE_CONTRACT_TESTS");

    private static readonly string[] Capabilities =
        ["bom", "headers", "last-event-id", "post", "report", "read-timeout", "server-directed-shutdown-request"];

    [Fact]
    public async Task All_tests_pass()
    {
        Assert.SkipWhen(Harness is null, "LLMSTREAM_SSE_CONTRACT_TESTS is not set.");
        using var http = new HttpClient();
        await using WebApplication service = await StartServiceAsync(http);
        string url = service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

        string port = FreePort().ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(Harness!, ["-url", url, "-port", port]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string report = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await errors;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        output.WriteLine(report);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("All tests passed", report, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The service that the tests control: docs/service_spec.md there.
    private static async Task<WebApplication> StartServiceAsync(HttpClient http)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var running = new ConcurrentDictionary<string, CancellationTokenSource>(StringComparer.Ordinal);
        int count = 0;
        app.MapGet("/", () => Results.Json(new { capabilities = Capabilities }));
        app.MapPost("/", (JsonElement parameters, HttpContext context) =>
        {
            string id = Interlocked.Increment(ref count).ToString(CultureInfo.InvariantCulture);
            running[id] = new CancellationTokenSource();
            _ = RunAsync(http, parameters, running[id].Token);
            context.Response.Headers.Location = $"/streams/{id}";
            return Results.StatusCode(201);
        });
        app.MapDelete("/streams/{id}", (string id) =>
        {
            if (!running.TryRemove(id, out CancellationTokenSource? cancellation)) return Results.NotFound();
            cancellation.Cancel();
            return Results.NoContent();
        });
        await app.StartAsync(CancellationToken.None);
        return app;
    }

    private static async Task RunAsync(HttpClient http, JsonElement parameters, CancellationToken cancellationToken)
    {
        string Text(string name) => parameters.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        TimeSpan Time(string name, TimeSpan otherwise) =>
            parameters.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? TimeSpan.FromMilliseconds(value.GetInt32()) : otherwise;
        int sent = 0;
        Task SendAsync(object message) => http.PostAsJsonAsync($"{Text("callbackUrl")}/{++sent}", message, CancellationToken.None);

        var options = new SseConnectionOptions
        {
            ReconnectionTime = Time("initialDelayMs", TimeSpan.FromSeconds(1)),
            ReadTimeout = Time("readTimeoutMs", Timeout.InfiniteTimeSpan),
            LastEventId = Text("lastEventId"),
            // Before any later event, because it is called by the loop that awaits these.
            OnReconnecting = reconnection =>
            {
                if (reconnection.Exception is { } failure) SendAsync(new { kind = "error", comment = failure.Message }).GetAwaiter().GetResult();
            },
        };
        try
        {
            await foreach (SseItem<string> item in SseReader.ConnectAsync(http, CreateRequest, options, cancellationToken))
                await SendAsync(new { kind = "event", @event = new { type = item.EventType, data = item.Data, id = item.EventId ?? "" } });
        }
        catch (ChatStreamException exception)
        {
            await SendAsync(new { kind = "error", comment = exception.Message });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The test is done with it.
        }

        HttpRequestMessage CreateRequest()
        {
            string method = Text("method") is { Length: > 0 } name ? name : "GET";
            var request = new HttpRequestMessage(new HttpMethod(method), Text("streamUrl"));
            if (Text("body") is { Length: > 0 } body) request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
            if (!parameters.TryGetProperty("headers", out JsonElement headers) || headers.ValueKind != JsonValueKind.Object) return request;
            foreach (JsonProperty header in headers.EnumerateObject())
            {
                if (request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString())) continue;
                request.Content?.Headers.Remove(header.Name);
                request.Content?.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            }

            return request;
        }
    }
}
