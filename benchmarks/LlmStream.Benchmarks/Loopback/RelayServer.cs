using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
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
using Yarp.ReverseProxy.Forwarder;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>A web backend that relays a provider's answer to browsers, at <c>/chat/MODE/CHUNKS</c>.</summary>
internal static class RelayServer
{
    /// <summary>The endpoint that one writes with the OpenAI package and ASP.NET Core alone.</summary>
    public const string OpenAIPackage = "OpenAI package + TypedResults.ServerSentEvents";

    /// <summary>YARP's forwarder, which copies the bytes of the response without reading them.</summary>
    public const string ReverseProxy = "YARP, copies bytes";

    /// <summary>The least that a backend does: it reads into a buffer and writes it.</summary>
    public const string CopyLoop = "loop that copies bytes";

    private const string Pattern = "/chat/{mode}/{chunks}";

    /// <summary>Runs the backend until its input ends.</summary>
    /// <param name="relay">One of the names above, or that of a <see cref="ChatWire"/>.</param>
    /// <param name="provider">The port of the provider.</param>
    public static async Task RunAsync(string relay, int provider)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        builder.Services.AddHttpForwarder();
        WebApplication app = builder.Build();
        if (relay == OpenAIPackage) MapOpenAIPackage(app, provider);
        else if (relay == ReverseProxy) MapReverseProxy(app, provider);
        else if (relay == CopyLoop) MapCopyLoop(app, provider);
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

    private static void MapLlmStream(WebApplication app, int provider, ChatWire wire)
    {
        var clients = new ConcurrentDictionary<(string, int), LlmStreamClient>();
        app.MapGet(Pattern, (string mode, int chunks, CancellationToken cancellationToken) =>
        {
            LlmStreamClient client = clients.GetOrAdd((mode, chunks), key =>
            {
                Uri endpoint = LoopbackServer.GetEndpoint(provider, key.Item1, key.Item2);
                return new LlmStreamClient(LlmProvider.CreateOpenAICompatible(endpoint) with { DefaultModel = "m" });
            });
            return ChatResults.Stream(client.StreamAsync("Why is the sky blue?", cancellationToken: cancellationToken), wire);
        });
    }

    private static void MapOpenAIPackage(WebApplication app, int provider)
    {
        var clients = new ConcurrentDictionary<(string, int), ChatClient>();
        app.MapGet(Pattern, (string mode, int chunks, CancellationToken cancellationToken) =>
        {
            ChatClient client = clients.GetOrAdd((mode, chunks), key =>
                OpenAIPackageReader.CreateClient(new HttpClient(), LoopbackServer.GetEndpoint(provider, key.Item1, key.Item2)));
            return TypedResults.ServerSentEvents(PiecesAsync(client, cancellationToken));
        });
    }

    private static async IAsyncEnumerable<Piece> PiecesAsync(
        ChatClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChatMessage[] messages = [new UserChatMessage("Why is the sky blue?")];
        await foreach (StreamingChatCompletionUpdate update in
            client.CompleteChatStreamingAsync(messages, cancellationToken: cancellationToken))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate) yield return new Piece(part.Text);
        }
    }

    private static void MapReverseProxy(WebApplication app, int provider)
    {
        // As YARP's documentation recommends for direct forwarding.
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
            ConnectTimeout = TimeSpan.FromSeconds(15),
        });
        IHttpForwarder forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var config = new ForwarderRequestConfig { Version = HttpVersion.Version11 };
        app.MapGet(Pattern, async (HttpContext http, string mode, int chunks) =>
        {
            Uri endpoint = LoopbackServer.GetEndpoint(provider, mode, chunks);
            var address = new Uri(endpoint.AbsoluteUri + "/chat/completions");
            ForwarderError error = await forwarder.SendAsync(http, endpoint.AbsoluteUri, invoker, config, (_, request) =>
            {
                request.RequestUri = address;
                return default;
            });
            if (error != ForwarderError.None) http.Abort();
        });
    }

    private static void MapCopyLoop(WebApplication app, int provider)
    {
        var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        app.MapGet(Pattern, async (HttpContext http, string mode, int chunks) =>
        {
            var address = new Uri(LoopbackServer.GetEndpoint(provider, mode, chunks).AbsoluteUri + "/chat/completions");
            using HttpResponseMessage response = await client.GetAsync(
                address, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
            await using Stream body = await response.Content.ReadAsStreamAsync(http.RequestAborted);
            http.Response.ContentType = "text/event-stream";
            byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
            int count;
            while ((count = await body.ReadAsync(buffer, http.RequestAborted)) > 0)
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, count), http.RequestAborted); // Kestrel sends it at once
            ArrayPool<byte>.Shared.Return(buffer);
        });
    }

    private sealed record Piece(string Content);
}
