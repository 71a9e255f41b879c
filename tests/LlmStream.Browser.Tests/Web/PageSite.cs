using System.Collections.Concurrent;
using System.Threading.Channels;
using LlmStream.Cli.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page of <c>llmstream web</c> with a backend whose every event is chosen by the test, and sent when the test says.</summary>
internal sealed class PageSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<PageAnswer> _answers = Channel.CreateUnbounded<PageAnswer>();
    private readonly Channel<string> _stops = Channel.CreateUnbounded<string>();
    private ConcurrentDictionary<string, bool> _answerIds = new();
    private readonly List<Uri> _peers = [];

    private PageSite()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddCors();
        _app = builder.Build();
        var peers = new WebPeers(_peers);
        LocalAccess.Use(_app, peers);
        WebPage.Map(_app, peers);
        _app.MapPost("/api/chat", http => AnswerAsync(http, Guid.NewGuid().ToString()));
        _app.MapGet(
            "/api/chat/{id}/stream",
            (HttpContext http, string id) => _answerIds.ContainsKey(id) ? AnswerAsync(http, id) : NoAnswerAsync(http));
        _app.MapPost("/api/chat/{id}/stop", (HttpContext http, string id) => KeepsAnswers ? StopAsync(http, id) : NoAnswerAsync(http));
        _app.MapGet("/v1/models", () => Results.Json(new { data = new[] { new { id = "a-model" } } }));
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>Whether answers can be resumed and stopped. If not, a request for one is answered with 404.</summary>
    public bool KeepsAnswers { get; init; }

    /// <summary>Starts a site.</summary>
    /// <param name="keepsAnswers">See <see cref="KeepsAnswers"/>.</param>
    public static async Task<PageSite> StartAsync(bool keepsAnswers = false)
    {
        var site = new PageSite { KeepsAnswers = keepsAnswers };
        await site._app.StartAsync();
        return site;
    }

    /// <summary>Adds another site, whose pages may use this one too, and its answers. To be called before pages are opened.</summary>
    public void AddPeer(PageSite site)
    {
        _peers.Add(site.Address);
        _answerIds = site._answerIds;
    }

    /// <summary>Waits for a request of the page, and starts its answer.</summary>
    public async Task<PageAnswer> NextAnswerAsync() => await _answers.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Waits for the request to stop an answer.</summary>
    /// <returns>The id in its path.</returns>
    public async Task<string> NextStopAsync() => await _stops.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http, string id)
    {
        http.Response.Cookies.Append("owner", "somebody", new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });
        http.Response.Headers["X-Stream-Id"] = id;
        if (KeepsAnswers) _answerIds.TryAdd(id, true);
        using var reader = new StreamReader(http.Request.Body);
        var answer = new PageAnswer(http, await reader.ReadToEndAsync(), id);
        await _answers.Writer.WriteAsync(answer);
        await answer.Ended;
    }

    private static Task NoAnswerAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task StopAsync(HttpContext http, string id)
    {
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        await _stops.Writer.WriteAsync(id);
    }
}
