using System.Net.Http.Json;
using System.Text;
using LlmStream.DependencyInjection;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>
/// An application with a relay, on a free port of loopback, and the scripted LLM server that its client calls.
/// </summary>
internal sealed class RelayApp : IAsyncDisposable
{
    private RelayApp(WebApplication app, ScriptedLlmServer provider, Uri address)
    {
        App = app;
        Provider = provider;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public WebApplication App { get; }

    public ScriptedLlmServer Provider { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    /// <summary>Starts an application whose handler is the README's: it sends the messages to the scripted provider.</summary>
    public static Task<RelayApp> StartAsync(
        Script script, Action<ChatRelayOptions>? configure = null, Action<LlmStreamOptions>? llm = null, TimeProvider? time = null) =>
        StartAsync(
            script,
            app => app.MapChatRelay(
                "/api/chat",
                (ChatRelayRequest chat, LlmStreamClient client, CancellationToken stopped) =>
                    client.StreamAsync(chat.Messages, chat.Options, stopped),
                configure),
            llm,
            time);

    /// <summary>Starts an application with endpoints of its own.</summary>
    public static async Task<RelayApp> StartAsync(
        Script script, Action<WebApplication> map, Action<LlmStreamOptions>? llm = null, TimeProvider? time = null,
        Action<WebApplicationBuilder>? build = null)
    {
        ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(script);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddLlmStream(options =>
        {
            options.Provider = LlmProvider.CreateOpenAICompatible(new Uri(provider.BaseAddress, "v1/"));
            options.Model = "scripted";
            llm?.Invoke(options);
        });
        build?.Invoke(builder);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new RelayApp(app, provider, new Uri(address));
    }

    /// <summary>Starts an application whose handler is the test's, at <c>/api/chat</c>.</summary>
    public static Task<RelayApp> StartAsync(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> handler, Action<ChatRelayOptions>? configure = null, TimeProvider? time = null,
        Action<WebApplicationBuilder>? build = null) =>
        StartAsync(
            Script.Answer("unused"),
            app => app.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken stopped) => handler(stopped), configure),
            time: time,
            build: build);

    /// <summary>Posts a JSON body, and returns the response when its headers are there.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, CancellationToken cancellationToken = default) =>
        Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") },
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
