using LlmStream.Testing.FrontEnds;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing;

/// <summary>
/// An HTTP server on loopback that serves the cases of <see cref="ChatFrontEndSuite"/>, each at its name: a front end is pointed at
/// <c>http://127.0.0.1:PORT/ui-messages/cut</c>, for example.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>request</term><description>response</description></listheader>
/// <item><term><c>GET /</c></term><description>
/// the list of the cases: a web page, or JSON with <c>Accept: application/json</c>
/// </description></item>
/// <item><term><c>POST /{wire}/{ending}</c>, also with <c>/chat/completions</c> behind it, as OpenAI's SDKs do</term><description>
/// the answer
/// </description></item>
/// <item><term><c>GET /{wire}/{ending}</c></term><description>
/// the answer, for <c>EventSource</c>; with <c>Last-Event-ID</c> the rest of it, or 204
/// </description></item>
/// <item><term><c>GET /{wire}/{ending}/{id}/stream</c></term><description>
/// the kept answer, whatever the id is: all of it, or, on the wires <c>openai</c> and <c>json</c>, what follows <c>Last-Event-ID</c> or
/// <c>?after=</c>; 204 or 404 if nothing is kept
/// </description></item>
/// <item><term><c>POST /{wire}/{ending}/{id}/stop</c>, <c>DELETE /{wire}/{ending}/{id}</c></term><description>
/// 202; the answers of the case that are running end as canceled
/// </description></item>
/// </list>
/// </remarks>
public sealed class ChatFrontEndServer : IAsyncDisposable
{
    private readonly ChatFrontEndServerOptions _options;
    private readonly AccessPolicy _access;
    private readonly CaseLog _log = new();
    private Listener? _listener;

    private ChatFrontEndServer(ChatFrontEndServerOptions options)
    {
        _options = options;
        _access = new AccessPolicy(options.AllowedOrigins);
    }

    /// <summary>The address: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>Starts a server, which takes a few milliseconds.</summary>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    /// <param name="cancellationToken">Cancels the start. It has no effect on a started server.</param>
    /// <returns>The listening server. Disposing of it closes all its connections.</returns>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<ChatFrontEndServer> StartAsync(
        ChatFrontEndServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ChatFrontEndServerOptions();
        var server = new ChatFrontEndServer(options);
        server._listener = await Listener.StartAsync(options.Port, server.HandleAsync, cancellationToken).ConfigureAwait(false);
        server.BaseAddress = server._listener.Address;
        return server;
    }

    /// <summary>The address to point a front end at. For OpenAI's SDKs it is the base URL.</summary>
    /// <param name="case">The case.</param>
    /// <returns>The address.</returns>
    public Uri GetAddress(ChatFrontEndCase @case)
    {
        ArgumentNullException.ThrowIfNull(@case);
        return new Uri(BaseAddress, @case.Name);
    }

    /// <summary>Returns the requests to a case since the last call, in the order in which they arrived, and forgets them.</summary>
    /// <param name="case">The case.</param>
    /// <returns>The requests, for <see cref="ChatFrontEndCase.Check"/>.</returns>
    public IReadOnlyList<ChatFrontEndRequest> TakeRequests(ChatFrontEndCase @case)
    {
        ArgumentNullException.ThrowIfNull(@case);
        return _log.Take(@case);
    }

    /// <summary>Stops the server at once. Responses in progress are reset.</summary>
    /// <returns>A task that completes when every connection is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _listener, null) is { } listener) await listener.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext http)
    {
        var responder = new CaseResponder(http, _log, _options);
        if (_access.FindRefusal(http.Request) is { } refusal)
        {
            await responder.WriteAsync(StatusCodes.Status403Forbidden, "text/plain; charset=utf-8", refusal).ConfigureAwait(false);
            return;
        }

        AccessPolicy.AddHeaders(http);
        if (!AccessPolicy.TryAnswerPreflight(http)) await responder.RespondAsync().ConfigureAwait(false);
    }
}
