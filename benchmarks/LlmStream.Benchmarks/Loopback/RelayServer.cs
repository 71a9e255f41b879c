using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using LlmStream.AspNetCore;
using LlmStream.Benchmarks.Readers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenAI.Chat;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>A web backend that relays a provider's answer to browsers, at <c>/chat</c>.</summary>
internal static class RelayServer
{
    /// <summary>The endpoint that one writes with the OpenAI package and ASP.NET Core alone.</summary>
    public const string OpenAIPackage = "OpenAI package + TypedResults.ServerSentEvents";

    /// <summary>Runs the backend until its input ends.</summary>
    /// <param name="relay"><see cref="OpenAIPackage"/>, or the name of a <see cref="ChatWire"/>.</param>
    /// <param name="provider">The address of the provider.</param>
    public static async Task RunAsync(string relay, Uri provider)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        if (relay == OpenAIPackage) MapOpenAIPackage(app, provider);
        else MapLlmStream(app, provider, ChatWire.All.First(wire => wire.Name == relay));
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine(new Uri(address).Port);
        while (await Console.In.ReadLineAsync() is not null)
        {
            GC.Collect();
            Console.WriteLine(Environment.CpuUsage.TotalTime.TotalMicroseconds.ToString("0", CultureInfo.InvariantCulture));
        }

        await app.DisposeAsync();
    }

    private static void MapLlmStream(WebApplication app, Uri provider, ChatWire wire)
    {
        var client = new LlmStreamClient(LlmProvider.CreateOpenAICompatible(provider) with { DefaultModel = "m" });
        app.MapGet("/chat", (CancellationToken cancellationToken) =>
            ChatResults.Stream(client.StreamAsync("Why is the sky blue?", cancellationToken: cancellationToken), wire));
    }

    private static void MapOpenAIPackage(WebApplication app, Uri provider)
    {
        ChatClient client = OpenAIPackageReader.CreateClient(new HttpClient(), provider);
        app.MapGet("/chat", (CancellationToken cancellationToken) => TypedResults.ServerSentEvents(PiecesAsync(client, cancellationToken)));
    }

    private static async IAsyncEnumerable<Piece> PiecesAsync(ChatClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChatMessage[] messages = [new UserChatMessage("Why is the sky blue?")];
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(messages, cancellationToken: cancellationToken))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate) yield return new Piece(part.Text);
        }
    }

    private sealed record Piece(string Content);
}
