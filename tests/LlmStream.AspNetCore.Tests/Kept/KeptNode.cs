using System.Net;
using System.Text;
using LlmStream.DependencyInjection;
using LlmStream.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>A node of an application whose streams are kept, on a free port of loopback, and a browser that has cookies.</summary>
internal sealed class KeptNode : IAsyncDisposable
{

    private KeptNode(WebApplication app, Uri address, CookieContainer cookies)
    {
        App = app;
        Client = Create(address, cookies);
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public ChatStreamRelay Relay => App.Services.GetRequiredService<ChatStreamRelay>();

    public IChatStreamStore Store => Relay.Store;

    /// <summary>Starts a node with endpoints of its own.</summary>
    public static async Task<KeptNode> StartAsync(
        Action<WebApplication> map,
        Action<KeptStreamOptions>? configure = null,
        Func<IChatRelayBuilder, IChatRelayBuilder>? store = null,
        TimeProvider? time = null,
        Action<WebApplicationBuilder>? build = null,
        CookieContainer? cookies = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (time is not null) builder.Services.AddSingleton(time);
        IChatRelayBuilder relay = builder.Services.AddChatRelay(options =>
        {
            // Each delta is a record, whatever the clock.
            options.Relay = new ChatStreamRelayOptions { GroupBytes = 1 };
            configure?.Invoke(options);
        });
        store?.Invoke(relay);
        build?.Invoke(builder);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new KeptNode(app, new Uri(address), cookies ?? new CookieContainer());
    }

    /// <summary>Starts a node whose handler is the test's, at <c>/api/chat</c>.</summary>
    public static Task<KeptNode> StartAsync(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> handler,
        Action<ChatRelayOptions>? options = null,
        Action<KeptStreamOptions>? configure = null,
        TimeProvider? time = null) =>
        StartAsync(
            app => app.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken stopped) => handler(stopped), options),
            configure,
            time: time);

    /// <summary>Another browser, without the cookies of the first.</summary>
    public HttpClient CreateStranger() => Create(Client.BaseAddress!, new CookieContainer());

    /// <summary>Posts a JSON body, and returns the response when its headers are there.</summary>
    public Task<HttpResponseMessage> PostAsync(
        string json, string path = "/api/chat", string? idempotencyKey = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return (client ?? Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Gets a stream, and returns the response when its headers are there.</summary>
    public Task<HttpResponseMessage> GetAsync(string path, string? lastEventId = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        return (client ?? Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<HttpStatusCode> StopAsync(string id, string query = "", HttpClient? client = null)
    {
        using HttpResponseMessage response = await (client ?? Client).PostAsync($"/api/chat/{id}/stop{query}", null);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }

    private static HttpClient Create(Uri address, CookieContainer cookies) =>
        new(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
}
