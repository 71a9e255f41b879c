using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LlmStream.AspNetCore;
using LlmStream.Browser.Tests.Browsing;
using LlmStream.DependencyInjection;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.Browser.Tests.Serving;

/// <summary>
/// An application as the README shows it, on a free port of loopback: the pages of the tests, and relays that a page's front end finds at
/// its usual path. The provider is a scripted server in the same process.
/// </summary>
internal sealed class ChatSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<HttpContext> _requests;

    private ChatSite(WebApplication app, ConcurrentQueue<HttpContext> requests, ScriptedLlmServer provider, Uri address)
    {
        _app = app;
        _requests = requests;
        Provider = provider;
        Address = address;
    }

    public ScriptedLlmServer Provider { get; }

    public Uri Address { get; }

    /// <summary>Starts a site. Faults are not repaired, so that the browser gets them.</summary>
    /// <param name="script">What the provider answers.</param>
    /// <param name="bundles">The pages that need npm packages.</param>
    /// <param name="keepsStreams">Whether streams are kept.</param>
    /// <param name="rest">The rest of an answer, after its first text, is held back until this completes.</param>
    public static async Task<ChatSite> StartAsync(Script script, Bundles? bundles = null, bool keepsStreams = false, Task? rest = null)
    {
        ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(script);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddLlmStream(options =>
        {
            options.Provider = provider.Provider;
            options.Retry = LlmRetryOptions.Off;
            options.Resume = LlmResumeOptions.Off;
        });
        if (keepsStreams) builder.Services.AddChatRelay();

        WebApplication app = builder.Build();
        var requests = new ConcurrentQueue<HttpContext>();
        app.Use((http, next) =>
        {
            // Not those of pages, and of favicon.ico, which a browser requests at some time.
            if (http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)) requests.Enqueue(http);
            return next(http);
        });
        app.MapChatRelay(
            "/api/chat",
            (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
                rest is null ? Answer(chat, llm, stopped) : HoldBackAsync(Answer(chat, llm, stopped), rest, stopped),
            options => options.AllowGet = true);
        app.MapChatRelay("/chat", Answer, options => options.Wire = ChatWire.Json);
        app.MapChatRelay("/v1/chat/completions", Answer);
        app.MapGet("/api/stream", (string prompt, LlmStreamClient llm, CancellationToken stopped) =>
            ChatResults.Stream(llm.StreamAsync(prompt, cancellationToken: stopped), ChatWire.OpenAI));
        app.MapGet("/favicon.ico", () => Results.NoContent());
        app.MapGet("/{page}", (string page) => Results.Content(Shell(page), "text/html; charset=utf-8"));
        app.MapGet("/pages/{file}", (string file) => File(Bundles.Sources, file));
        app.MapGet("/bundles/{file}", (string file) => File(bundles!.Folder, file));
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ChatSite(app, requests, provider, new Uri(address));
    }

    /// <summary>Resets the connection of the last request to the relay, which must not have ended.</summary>
    public void AbortLastRequest() => _requests.Last().Abort();

    public async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        await _app.DisposeAsync();
    }

    private static IAsyncEnumerable<ChatDelta> Answer(ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
        llm.StreamAsync(chat.Messages, chat.Options, stopped);

    private static async IAsyncEnumerable<ChatDelta> HoldBackAsync(
        IAsyncEnumerable<ChatDelta> answer, Task rest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ChatDelta delta in answer.WithCancellation(cancellationToken))
        {
            yield return delta;
            if (delta.Text.Length > 0) await rest.WaitAsync(cancellationToken);
        }
    }

    private static string Shell(string page) => System.IO.File.Exists(Path.Combine(Bundles.Sources, page + ".js"))
        ? $"<!doctype html><title>{page}</title><body><script type=\"module\" src=\"/pages/{page}.js\"></script>"
        : $"""
            <!doctype html><meta charset="utf-8"><title>{page}</title><link rel="stylesheet" href="/bundles/{page}.css">
            <div id="root"></div><script src="/bundles/{page}.js"></script>
            """;

    private static IResult File(string folder, string name)
    {
        string path = Path.Combine(folder, Path.GetFileName(name));
        if (!System.IO.File.Exists(path)) return Results.NoContent();
        return Results.File(path, name.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript; charset=utf-8");
    }
}
