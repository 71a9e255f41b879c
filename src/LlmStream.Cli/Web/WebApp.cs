using System.Net;
using LlmStream.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Cli.Web;

/// <summary>The web application: the page, and the relay that it uses.</summary>
internal static class WebApp
{
    // Part of what the keys are derived from: nodes of another version must have the same.
    private const string ApplicationName = "llmstream web";

    // What is left after the answers were told to end.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMilliseconds(300);

    // Answers are handed over to another node, whose text still goes through this one until the pages reconnect.
    private static readonly TimeSpan HandOverTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HandOverTimeout = TimeSpan.FromSeconds(5);

    /// <param name="arguments">The arguments of the command.</param>
    /// <param name="client">The client of the provider.</param>
    /// <param name="model">The name of the model, for the list of models.</param>
    /// <param name="redis">Where answers are kept, or null to keep them in this process.</param>
    /// <param name="warnings">Where warnings are written.</param>
    /// <param name="finished">Called with the path of the endpoint when an answer has ended.</param>
    /// <returns>The application, which is not started.</returns>
    public static WebApplication Create(
        WebArguments arguments,
        LlmStreamClient client,
        string model,
        ConnectionMultiplexer? redis,
        ILoggerProvider warnings,
        Action<string, ChatRelayResult> finished)
    {
        // Without the files, variables and log messages that other builders use.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, arguments.Port);
        });
        builder.Services.AddRouting();
        builder.Services.AddCors();
        builder.Services.AddLogging(logging => logging.AddProvider(warnings));
        builder.Services.AddSingleton(client);
        KeepAnswers(builder.Services, arguments, redis);
        // Signals are handled by the command line.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(
            options => options.ShutdownTimeout = redis is null ? ShutdownTimeout : HandOverTimeout);

        WebApplication app = builder.Build();
        var peers = new WebPeers(arguments.Peers);
        LocalAccess.Use(app, peers);
        WebPage.Map(app, peers);
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
                options.ShutdownTimeout = redis is null ? TimeSpan.Zero : HandOverTime;
                options.CanResumeFinished = true; // nobody else has the conversation
                options.OnFinished = result =>
                {
                    finished(pattern, result);
                    return Task.CompletedTask;
                };
            });
    }

    private static void KeepAnswers(IServiceCollection services, WebArguments arguments, ConnectionMultiplexer? redis)
    {
        IChatRelayBuilder relay = services.AddChatRelay(options =>
        {
            if (arguments.Redis is { } shared) options.Store = options.Store with { LeaseDuration = shared.Lease };
        });
        if (redis is null) return;
        relay.UseRedis(redis);
        // The keys are in a folder of the user, so that all nodes that the user runs have the same.
        services.AddDataProtection().SetApplicationName(ApplicationName);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
