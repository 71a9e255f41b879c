using System.Collections.Immutable;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing;

/// <summary>
/// A real HTTP server on loopback that speaks the providers' dialects, follows a <see cref="Script"/>, and fails exactly
/// where it is told to.
/// </summary>
/// <remarks>
/// The first request gets the first step of the script, the second the second, and so on; the last step repeats.
/// <c>GET …/models</c> lists one model and takes no step. An answer of Responses that was asked for with <c>background: true</c> is kept, and
/// <c>GET …/responses/ID</c> (<c>?stream=true&amp;starting_after=N</c>) sends it again: such a request takes a step too, whose faults it
/// has, and whose answer does not count.
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
    private readonly Action<ScriptedRequest>? _received;
#if NET9_0_OR_GREATER
    private readonly Lock _lock = new();
#else
    private readonly object _lock = new();
#endif
    private readonly SemaphoreSlim _disposing = new(1, 1);
    private readonly KeptReplies _kept = new();
    private ImmutableList<ScriptedRequest> _requests = [];
    private Script _script;
    private int _nextStep;
    private Listener? _listener;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ScriptedLlmServer(Script script, ScriptedLlmServerOptions options)
    {
        _script = script;
        _time = options.TimeProvider;
        _received = options.RequestReceived;
        _dialect = options.Dialect is null ? null : ServerDialect.All.FirstOrDefault(dialect => dialect.Dialect == options.Dialect)
            ?? throw new NotSupportedException($"The server does not speak the dialect {options.Dialect}.");
    }

    /// <summary>
    /// What a client takes as the base of its URLs: <c>http://127.0.0.1:PORT/v1</c>, or with another path when
    /// <see cref="ScriptedLlmServerOptions.Dialect"/> is another than OpenAI: <c>/api/v1</c> for DashScope, <c>/v1beta</c> for Gemini, <c>/api</c> for Ollama.
    /// </summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>
    /// The server as a provider, for an <see cref="LlmStreamClient"/>. It needs no key; it asks for usage; how it continues an
    /// answer can be chosen: <c>server.Provider with { Continuation = ChatContinuation.PrefixFlag }</c>.
    /// </summary>
    public LlmProvider Provider
    {
        get
        {
            // The provider whose format it is, if there is a preset; OpenAI's is everybody's.
            ChatDialect dialect = _dialect?.Dialect ?? ChatDialect.OpenAI;
            LlmProvider? preset = dialect == ChatDialect.OpenAI ? null : LlmProvider.All.FirstOrDefault(provider => provider.Dialect == dialect);
            LlmProvider provider = preset ?? LlmProvider.Compatible(BaseAddress);
            return provider with
            {
                Name = "scripted",
                BaseAddress = BaseAddress,
                Dialect = dialect,
                ApiKeyVariable = null,
                DefaultModel = "scripted-model",
            };
        }
    }

    /// <summary>The requests so far, in the order in which they arrived. A snapshot.</summary>
    public IReadOnlyList<ScriptedRequest> Requests => Volatile.Read(ref _requests);

    /// <summary>Starts a server, in milliseconds.</summary>
    /// <param name="script">What it answers.</param>
    /// <param name="options">How it runs; <see langword="null"/> means the defaults.</param>
    /// <param name="cancellationToken">Ends the start, not the server.</param>
    /// <returns>The server, listening. Dispose of it to end it, and all its connections with it.</returns>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="NotSupportedException">The server does not speak the dialect.</exception>
    public static Task<ScriptedLlmServer> StartAsync(Script script, ScriptedLlmServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(script);
        return StartCoreAsync(new ScriptedLlmServer(script, options ?? new()), options?.Port ?? 0, cancellationToken);

        static async Task<ScriptedLlmServer> StartCoreAsync(ScriptedLlmServer server, int port, CancellationToken cancellationToken)
        {
            server._listener = await Listener.StartAsync(port, server.HandleAsync, cancellationToken).ConfigureAwait(false);
            server.BaseAddress = new Uri(server._listener.Address, (server._dialect ?? ServerDialect.All[0]).BasePath);
            return server;
        }
    }

    /// <summary>Plays another script from its first step on, from the next request on.</summary>
    /// <param name="script">What the server answers from now on.</param>
    public void Play(Script script)
    {
        ArgumentNullException.ThrowIfNull(script);
        lock (_lock) (_script, _nextStep) = (script, 0);
    }

    /// <summary>Waits until a request has arrived.</summary>
    /// <param name="number">The number of the request; 0 is the first.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The request.</returns>
    public async Task<ScriptedRequest> WaitForRequestAsync(int number = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        while (true)
        {
            Task arrived = Volatile.Read(ref _arrived).Task;
            if (Requests is { } requests && number < requests.Count) return requests[number];
            await arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the server at once: replies that are under way are reset.</summary>
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
        var headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        ScriptedRequest request;
        lock (_lock)
        {
            request = new ScriptedRequest(_requests.Count, http.Request.Method, http.Request.Path.Value ?? "", http.Request.QueryString.Value ?? "", headers, body.ToArray());
            Volatile.Write(ref _requests, _requests.Add(request));
            Interlocked.Exchange(ref _arrived, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }

        _received?.Invoke(request);
        await new Responder(http, request, _kept, _time).RespondAsync(() => DialectOf(request), TakeStep).ConfigureAwait(false);
    }

    private ServerDialect? DialectOf(ScriptedRequest request) =>
        HttpMethods.IsPost(request.Method)
            ? ServerDialect.All.FirstOrDefault(dialect => (_dialect is null || dialect.Dialect == _dialect.Dialect) && dialect.Matches(request)) ?? _dialect
        : HttpMethods.IsGet(request.Method) ? ServerDialect.All.FirstOrDefault(dialect => dialect.ReadRetrieval(request) is not null)
        : null;

    private Step TakeStep()
    {
        lock (_lock)
        {
            ImmutableArray<Step> steps = _script.Steps;
            return steps[Math.Min(_nextStep++, steps.Length - 1)];
        }
    }
}
