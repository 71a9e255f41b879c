using System.Threading.Channels;
using LlmStream.Cli.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page of <c>llmstream web</c> with a backend whose every event is chosen by the test, and sent when the test says.</summary>
internal sealed class PageSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<PageAnswer> _answers = Channel.CreateUnbounded<PageAnswer>();

    private PageSite()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        WebPage.Map(_app);
        _app.MapPost("/api/chat", AnswerAsync);
        _app.MapGet("/v1/models", () => Results.Json(new { data = new[] { new { id = "a-model" } } }));
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<PageSite> StartAsync()
    {
        var site = new PageSite();
        await site._app.StartAsync();
        return site;
    }

    /// <summary>Waits for a request of the page, and starts its answer.</summary>
    public async Task<PageAnswer> NextAnswerAsync() => await _answers.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var answer = new PageAnswer(http, await reader.ReadToEndAsync());
        await _answers.Writer.WriteAsync(answer);
        await answer.Ended;
    }
}
