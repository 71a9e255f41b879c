using LlmStream.Browser.Tests.Browsing;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace LlmStream.Browser.Tests.Blazor;

/// <summary>The packages in an application that runs in the browser, and asks a server of another origin.</summary>
public class BlazorTests(Chromium chromium)
{
    private const string Answer = "Rayleigh scattering: short waves are scattered most, für alle 🌈.";

    [Theory(Explicit = true)] // two minutes, and packages of 100 MB
    [InlineData("net10.0", "10.0.12")]
    [InlineData("net8.0", "8.0.34")]
    public async Task A_page_streams_cancels_and_resumes(string framework, string version)
    {
        string? packages = Environment.GetEnvironmentVariable("LLMSTREAM_PACKAGES");
        Assert.SkipWhen(packages is null, "LLMSTREAM_PACKAGES is not set.");
        using BlazorApp app = await BlazorApp.PublishAsync(framework, version, packages!, TestContext.Current.CancellationToken);
        await using WebApplication site = await ServeAsync(app.WebRoot);
        var origin = new Uri(site.Urls.First());
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Answer(Answer), new ScriptedLlmServerOptions { AllowedOrigins = [origin.GetLeftPart(UriPartial.Authority)] });
        await File.WriteAllTextAsync(
            Path.Combine(app.WebRoot, "appsettings.json"), $$"""{ "Server": "{{server.Provider.BaseAddress}}" }""", TestContext.Current.CancellationToken);

        await using Tab tab = await chromium.OpenAsync(origin);
        await tab.ShowsAsync("#state", "ready");
        foreach (string button in new[] { "#injected", "#own" })
        {
            server.Play(Script.Answer(Answer).StallAtEvent(4));
            await tab.Page.ClickAsync(button);
            await tab.ShowsAsync("#text", "Rayleigh scattering"); // what follows is never sent
            await tab.ShowsAsync("#state", "streaming");
            await tab.Page.ClickAsync("#cancel");
            await tab.ShowsAsync("#state", "cancelled");
            await server.Requests[^1].Finished.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

            // Not a reset: the browser may discard what arrived just before it, and the request is retried if that was everything.
            server.Play(Script.Answer(Answer).CutAtEvent(5).ThenWithoutFaults());
            await tab.Page.ClickAsync(button);
            await tab.ShowsAsync("#state", "complete");
            await tab.ShowsAsync("#text", Answer);
            await tab.ShowsAsync("#seams", "1");
        }

        Assert.Empty(tab.Errors);
    }

    private static async Task<WebApplication> ServeAsync(string folder)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication site = builder.Build();
        var files = new PhysicalFileProvider(folder);
        site.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".dat"] = "application/octet-stream";
        site.UseStaticFiles(new StaticFileOptions { FileProvider = files, ContentTypeProvider = types, ServeUnknownFileTypes = true });
        await site.StartAsync();
        return site;
    }
}
