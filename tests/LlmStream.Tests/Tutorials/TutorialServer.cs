using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmStream.Tests.Tutorials;

/// <summary>A server of a tutorial, rebuilt on Kestrel: it listens on loopback, and answers as the original does.</summary>
internal sealed class TutorialServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TutorialServer(WebApplication app)
    {
        _app = app;
        // By default, HttpClient waits two seconds for the end of a body that is not read to its end.
        Http = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Http { get; }

    public Uri Address => Http.BaseAddress!;

    public static async Task<TutorialServer> StartAsync(Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.UseWebSockets();
        map(app);
        await app.StartAsync();
        return new TutorialServer(app);
    }

    public static void AsEventStream(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends text at once, as a generator's <c>yield</c> does.</summary>
    public static async Task SendAsync(HttpContext context, string text)
    {
        await context.Response.WriteAsync(text, Encoding.UTF8, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>A client of the library for the chat completions of this server.</summary>
    public LlmStreamClient Client() => new(new HttpClient { Timeout = Timeout.InfiniteTimeSpan }, new LlmStreamOptions
    {
        Provider = LlmProvider.CreateOpenAICompatible(new Uri(Address, "/v1")) with { DefaultModel = "gpt-4o" },
        ApiKey = "your-api-key",
        TimeProvider = new FakeTimeProvider { SkipDelays = true },
    });

    public Task<HttpResponseMessage> PostAsync(string path, string json = "{}", CancellationToken cancellationToken = default) => Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") },
        HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}

/// <summary>An event of <c>/events</c>.</summary>
internal sealed record Count([property: JsonPropertyName("count")] int Value);

/// <summary>An event of <c>/chat</c>.</summary>
internal sealed record RelayEvent(string? Content, bool Done, int Tokens);

/// <summary>The answer of <c>/api/generate</c>.</summary>
internal sealed record Generated(string Response);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Count))]
[JsonSerializable(typeof(RelayEvent))]
[JsonSerializable(typeof(Generated))]
internal sealed partial class TutorialJson : JsonSerializerContext;
