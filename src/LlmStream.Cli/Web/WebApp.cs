using System.Net;
using LlmStream.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmStream.Cli.Web;

/// <summary>The web application: the page, and the relay that it uses.</summary>
internal static class WebApp
{
    // What is left after the answers were told to end.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMilliseconds(300);

    /// <param name="port">The port, or 0 for any free one.</param>
    /// <param name="client">The client of the provider.</param>
    /// <param name="model">The name of the model, for the list of models.</param>
    /// <param name="finished">Called with the path of the endpoint when an answer has ended.</param>
    /// <returns>The application, which is not started.</returns>
    public static WebApplication Create(int port, LlmStreamClient client, string model, Action<string, ChatRelayResult> finished)
    {
        // Without the files, variables and log messages that other builders use.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddRouting();
        builder.Services.AddCors();
        builder.Services.AddSingleton(client);
        // Signals are handled by the command line.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);

        WebApplication app = builder.Build();
        LocalAccess.Use(app);
        WebPage.Map(app);
        MapRelay("/api/chat", wire: null);
        MapRelay("/v1/chat/completions", ChatWire.OpenAI);
        return app;

        void MapRelay(string pattern, ChatWire? wire) => app.MapChatRelay(
            pattern,
            (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
                llm.StreamAsync(chat.Messages, chat.Options, stopped),
            options =>
            {
                options.Wire = wire;
                options.Models = [model];
                options.ShutdownTimeout = TimeSpan.Zero;
                options.OnFinished = result =>
                {
                    finished(pattern, result);
                    return Task.CompletedTask;
                };
            });
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
