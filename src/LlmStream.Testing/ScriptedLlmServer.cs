using System.Collections.Immutable;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing;

/// <summary>
/// An HTTP server on loopback that speaks the providers' dialects, answers according to a <see cref="Script"/>, and fails exactly where
/// the script says.
/// </summary>
/// <remarks>
/// The first request is answered with the first step of the script, the second with the second, and so on; the last step repeats.
/// <c>GET …/models</c> lists one model and takes no step. An answer of the Responses API that was requested with <c>background: true</c>
/// is stored, and <c>GET …/responses/ID</c> (<c>?stream=true&amp;starting_after=N</c>) sends it again; so does
/// <c>GET …/interactions/ID</c> (<c>?stream=true&amp;last_event_id=E</c>), unless an interaction was requested with
/// <c>store: false</c>, and the requests of <see cref="ScriptedLlmServerOptions.Replay"/>. Such a request takes a step too: the faults
/// of the step apply, its answer does not. A <c>DELETE</c> takes none.
/// </remarks>
/// <example>
/// <code>
/// await using var server = await ScriptedLlmServer.StartAsync(
///     Script.Answer("The sky is blue because of Rayleigh scattering.").ResetAt(1200).ThenWithoutFaults());
/// var client = new LlmStreamClient(server.Provider);
/// </code>
/// </example>
public sealed class ScriptedLlmServer : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ServerDialect? _dialect;
    private readonly Action<ScriptedRequest>? _requestReceived;
    private readonly AccessPolicy _access;
#if NET9_0_OR_GREATER
    private readonly Lock _lock = new();
#else
    private readonly object _lock = new();
#endif
    private readonly SemaphoreSlim _disposing = new(1, 1);
    private readonly ReplyStore _replies = new();
    private readonly StreamStore _streams;
    private readonly ReplayKind _replay;
    private readonly TimeSpan _streamReplayLimit;
    private ImmutableList<ScriptedRequest> _requests = [];
    private Script _script;
    private int _nextStep;
    private Listener? _listener;
    private TaskCompletionSource _nextRequest = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ScriptedLlmServer(Script script, ScriptedLlmServerOptions options)
    {
        _script = script;
        _time = options.TimeProvider;
        _requestReceived = options.OnRequestReceived;
        _access = new AccessPolicy(options.AllowedOrigins);
        _replay = options.Replay;
        _streams = new StreamStore(_replay);
        _streamReplayLimit = options.StreamReplayLimit;
        if (options.Dialect is not { } dialect) return;
        _dialect = ServerDialect.All.FirstOrDefault(known => known.Dialect == dialect)
            ?? throw new NotSupportedException($"The server does not support the dialect {dialect}.");
    }

    /// <summary>
    /// The base URL for clients: <c>http://127.0.0.1:PORT</c> and the path of the dialect in <see cref="ScriptedLlmServerOptions"/>, such
    /// as <c>/v1</c> for OpenAI, which is the default, <c>/api/v1</c> for DashScope or <c>/v1beta</c> for Gemini.
    /// </summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>
    /// The server as a provider, for an <see cref="LlmStreamClient"/>. It needs no API key and requests usage. To choose how answers are
    /// continued: <c>server.Provider with { Continuation = ChatContinuation.PrefixFlag }</c>.
    /// </summary>
    public LlmProvider Provider
    {
        get
        {
            // The preset of the dialect knows its paths. OpenAI's dialect is that of many presets, so the generic one is used.
            ChatDialect dialect = (_dialect ?? ServerDialect.Default).Dialect;
            LlmProvider? preset = dialect == ChatDialect.OpenAI
                ? null
                : LlmProvider.All.FirstOrDefault(provider => provider.Dialect == dialect);
            return (preset ?? LlmProvider.CreateOpenAICompatible(BaseAddress)) with
            {
                Name = "scripted",
                BaseAddress = BaseAddress,
                Dialect = dialect,
                ApiKeyVariable = null,
                SigningKeyVariables = [],
                DefaultModel = "scripted-model",
                Replay = _replay switch
                {
                    ReplayKind.LlamaCpp => LlmReplay.LlamaCpp,
                    ReplayKind.CloudflareGateway => LlmReplay.CreateCloudflareGateway(new Uri(BaseAddress, "/gateways/scripted/")),
                    _ => null,
                },
            };
        }
    }

    /// <summary>A snapshot of the requests so far, in the order in which they arrived.</summary>
    public IReadOnlyList<ScriptedRequest> Requests => Volatile.Read(ref _requests);

    /// <summary>Starts a server, which takes a few milliseconds.</summary>
    /// <param name="script">What the server answers.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    /// <param name="cancellationToken">Cancels the start. It has no effect on a started server.</param>
    /// <returns>The listening server. Disposing of it closes all its connections.</returns>
    /// <exception cref="IOException">The port is in use.</exception>
    /// <exception cref="NotSupportedException">The server does not support the dialect.</exception>
    public static Task<ScriptedLlmServer> StartAsync(
        Script script, ScriptedLlmServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(script);
        return StartCoreAsync(new ScriptedLlmServer(script, options ?? new()), options?.Port ?? 0, cancellationToken);

        static async Task<ScriptedLlmServer> StartCoreAsync(ScriptedLlmServer server, int port, CancellationToken cancellationToken)
        {
            server._listener = await Listener.StartAsync(port, server.HandleAsync, cancellationToken).ConfigureAwait(false);
            server.BaseAddress = new Uri(server._listener.Address, (server._dialect ?? ServerDialect.Default).BasePath);
            return server;
        }
    }

    /// <summary>Replaces the script: the next request is answered with the first step of the new one.</summary>
    /// <param name="script">What the server answers from now on.</param>
    public void Play(Script script)
    {
        ArgumentNullException.ThrowIfNull(script);
        lock (_lock) (_script, _nextStep) = (script, 0);
    }

    /// <summary>Waits until a request has arrived.</summary>
    /// <param name="number">The number of the request, starting at 0.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The request.</returns>
    public async Task<ScriptedRequest> WaitForRequestAsync(int number = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        while (true)
        {
            // Before Requests is read: a request that arrives in between completes this task.
            Task nextRequest = Volatile.Read(ref _nextRequest).Task;
            if (Requests is { } requests && number < requests.Count) return requests[number];
            await nextRequest.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops the server at once. Replies in progress are reset.</summary>
    /// <returns>A task that completes when every connection is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _disposing.WaitAsync().ConfigureAwait(false);
        Listener? listener = _listener;
        _listener = null;
        _disposing.Release();
        if (listener is not null) await listener.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
        ScriptedRequest request = Record(http.Request, body.ToArray());
        _requestReceived?.Invoke(request);
        var responder = new Responder(http, request, _replies, _time)
        {
            ErrorDialect = GetErrorDialect(request), Streams = _streams, StreamReplayLimit = _streamReplayLimit,
        };
        if (_access.FindRefusal(http.Request) is { } refusal)
        {
            await responder.RefuseAsync(refusal).ConfigureAwait(false);
            return;
        }

        AccessPolicy.AddHeaders(http);
        await responder.RespondAsync(() => GetDialect(request), TakeStep).ConfigureAwait(false);
    }

    private ScriptedRequest Record(HttpRequest http, byte[] body)
    {
        var headers = http.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        lock (_lock)
        {
            var request = new ScriptedRequest(
                _requests.Count, http.Method, http.Path.Value ?? "", http.QueryString.Value ?? "", headers, body);
            Volatile.Write(ref _requests, _requests.Add(request));
            Interlocked.Exchange(ref _nextRequest, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            return request;
        }
    }

    /// <summary>The dialect in which a request is refused that no dialect has: that of similar requests.</summary>
    private ServerDialect GetErrorDialect(ScriptedRequest request) => _dialect
        ?? ServerDialect.All.Reverse().Where(dialect => dialect.IsLikely(request)).MaxBy(dialect => dialect.BasePath.Length)
        ?? ServerDialect.Default;

    private ServerDialect? GetDialect(ScriptedRequest request)
    {
        if (HttpMethods.IsGet(request.Method))
            return ServerDialect.All.FirstOrDefault(dialect => dialect.ParseReplay(request) is not null);
        if (!HttpMethods.IsPost(request.Method)) return null;

        // A dialect may have several server sides, such as Gemini's events and its array; the request still selects among them.
        return ServerDialect.All
            .Where(dialect => _dialect is null || dialect.Dialect == _dialect.Dialect)
            .FirstOrDefault(dialect => dialect.Matches(request)) ?? _dialect;
    }

    private Step TakeStep()
    {
        lock (_lock)
        {
            ImmutableArray<Step> steps = _script.Steps;
            return steps[Math.Min(_nextStep++, steps.Length - 1)];
        }
    }
}
