using System.Text.Json.Nodes;
using LlmStream.Diagnostics;
using LlmStream.Dialects;
using LlmStream.Resilience;
using LlmStream.Resilience.Fallback;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>
/// Sends requests to a provider and streams the answers, with retries and resumes. Thread-safe; create one for each provider and reuse
/// it.
/// </summary>
/// <remarks>
/// Traces and metrics, both named <c>LlmStream</c>, follow version 0.1.0 of OpenTelemetry's semantic conventions for generative AI
/// (github.com/open-telemetry/semantic-conventions-genai): a span <c>chat {model}</c> for each call, with a child for each attempt,
/// <c>gen_ai.client.inference.duration</c>, and the tokens. No prompt and no answer is recorded.
/// </remarks>
/// <example>
/// <code>
/// using var client = new LlmStreamClient(LlmProvider.DeepSeek, apiKey);
/// await foreach (ChatDelta delta in client.StreamAsync("Why is the sky blue?", cancellationToken: cancellationToken))
/// {
///     Console.Write(delta.Text);
/// }
/// </code>
/// </example>
public sealed partial class LlmStreamClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private readonly LlmStreamOptions _options;
    private readonly ProviderTarget _target;
    private readonly ProviderTarget[] _fallbacks;
    private readonly RetryPipeline _pipeline;
    private readonly CancellationTokenSource _disposal = new();
    private readonly CancellationToken _disposedToken;

    /// <summary>Creates a client for a provider, with its own connections and default options.</summary>
    /// <param name="provider">The provider to use.</param>
    /// <param name="apiKey">
    /// The API key, or <see langword="null"/> for the value of the environment variable <see cref="LlmProvider.ApiKeyVariable"/>. A
    /// provider on a loopback address needs no key.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="provider"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// There is no API key, or it contains characters that are not allowed; or a header name or the path of the provider is invalid.
    /// </exception>
    public LlmStreamClient(LlmProvider provider, string? apiKey = null)
        : this(
            null,
            new LlmStreamOptions { Provider = provider ?? throw new ArgumentNullException(nameof(provider)), ApiKey = apiKey },
            nameof(apiKey))
    {
    }

    /// <summary>Creates a client with its own connections.</summary>
    /// <param name="options">The options. They are copied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// There is no API key, or it contains characters that are not allowed; or a header name or the path of the provider is invalid.
    /// </exception>
    public LlmStreamClient(LlmStreamOptions options)
        : this(null, options, nameof(options))
    {
    }

    /// <summary>Creates a client that sends its requests with a given <see cref="HttpClient"/>.</summary>
    /// <param name="httpClient">
    /// The HTTP client. It is never disposed of. Set its <see cref="HttpClient.Timeout"/> to infinite, because it would limit the time
    /// until the response begins; <see cref="LlmStreamOptions.Timeouts"/> applies instead. Create its handler with
    /// <see cref="CreateHandler"/>, or set <c>AllowAutoRedirect = false</c>: on a redirect to another host .NET removes the
    /// <c>Authorization</c> header, but not an API key in another header, such as Azure's <c>api-key</c>. The HTTP version that the
    /// client was set to is used; if it was not set, HTTP/2 if the server supports it.
    /// </param>
    /// <param name="options">The options. They are copied.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// There is no API key, or it contains characters that are not allowed; a header name or the path of the provider is invalid; or the
    /// handler follows redirects, and the API key or other credentials are sent in a header that is not <c>Authorization</c>.
    /// </exception>
    public LlmStreamClient(HttpClient httpClient, LlmStreamOptions options)
        : this(httpClient ?? throw new ArgumentNullException(nameof(httpClient)), options, nameof(options))
    {
    }

    private LlmStreamClient(HttpClient? httpClient, LlmStreamOptions options, string keyParameter)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options = options.Copy();
        var key = ApiKey.Resolve(
            options.ApiKey, options.Provider, keyParameter, RequestHeaders.SecretsOf(options.Provider, options));
        _ownsHttp = httpClient is null;
        _http = httpClient ?? CreateHttpClient(options);
        ProviderCircuit? circuit = options.Fallbacks.Count > 0 ? ProviderCircuit.Get(options.Provider, options) : null;
        _target = new ProviderTarget(
            options, key, new ChatTransport(_http, options.Provider, key, options), circuit, Fallback: null);
        _fallbacks = ProviderTarget.Create(_http, options, keyParameter);
        _pipeline = new RetryPipeline(options);
        // Disposing of a client that does not own its connections has no effect.
        if (_ownsHttp) _disposedToken = _disposal.Token;
    }

    internal LlmProvider Provider => _options.Provider;

    internal string? DefaultModel => _target.Model;

    /// <summary>Sends a prompt and streams the answer.</summary>
    /// <param name="prompt">The text of the user message.</param>
    /// <param name="options">The options of the request, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">
    /// Closes the connection at once; the enumeration ends with a <see cref="ChatStreamCanceledException"/>.
    /// </param>
    /// <returns>The deltas. Each enumeration sends the request.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="prompt"/> is null or empty, no model is specified, or the value of a header contains a control character.
    /// </exception>
    /// <exception cref="ChatStreamException">During the enumeration: the request or the stream failed.</exception>
    public IAsyncEnumerable<ChatDelta> StreamAsync(
        string prompt, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prompt);
        return options is null && CreateRequest(prompt) is { } request
            ? Stream(request, new ChatCall(this, _options.Provider.Name, prompt), cancellationToken)
            : StreamAsync([new ChatMessage(ChatRole.User, prompt)], options, cancellationToken);
    }

    /// <summary>Sends a conversation and streams the answer.</summary>
    /// <param name="messages">The messages of the conversation; at least one.</param>
    /// <param name="options">The options of the request, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">
    /// Closes the connection at once; the enumeration ends with a <see cref="ChatStreamCanceledException"/>.
    /// </param>
    /// <returns>The deltas. Each enumeration sends the request.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// There are no messages, the provider's format cannot express a message or an option, no model is specified, or the value of a
    /// header contains a control character.
    /// </exception>
    /// <exception cref="ChatStreamException">During the enumeration: the request or the stream failed.</exception>
    public IAsyncEnumerable<ChatDelta> StreamAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        IReadOnlyList<ChatMessage> list = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        JsonObject body = _options.Provider.BuildRequest(list, options, DefaultModel, seed: null);
        return Stream(
            body, continued: null, cancellationToken, options, new ChatCall(this, _options.Provider.Name, list, options),
            CreateFallback(list, options, seed: null));
    }

    /// <summary>
    /// Continues an answer that broke off in an earlier call, perhaps of another process: requests the rest, as a resume does, and streams
    /// it. If the rest breaks off too, it is resumed.
    /// </summary>
    /// <remarks>
    /// What rules out a resume rules out a continuation: the enumeration then fails with an error that states the
    /// <see cref="ChatStreamException.ResumeRefusal"/>. <see cref="LlmResumeOptions.MaxResumes"/> does not apply to the continuation
    /// itself. It is requested by <see cref="LlmResumeOptions.Continuation"/>, or in the provider's way, but not by a
    /// <see cref="ChatContinuation.Replay"/>.
    /// </remarks>
    /// <param name="messages">The messages of the conversation that were sent then, without the partial answer.</param>
    /// <param name="partial">
    /// The part of the answer that has arrived, such as <see cref="ChatStreamException.Partial"/>. If it is empty, the request is sent
    /// again.
    /// </param>
    /// <param name="options">The options of the request that was sent then, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">
    /// Closes the connection at once; the enumeration ends with an <see cref="OperationCanceledException"/>.
    /// </param>
    /// <returns>
    /// The deltas of the rest, whose offsets are those in the whole answer. The first one has a <see cref="ChatDelta.Seam"/>. Each
    /// enumeration sends the request.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> or <paramref name="partial"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="partial"/> is complete; there are no messages, the provider's format cannot express a message or an option, no
    /// model is specified, or the value of a header contains a control character.
    /// </exception>
    /// <exception cref="ChatStreamException">During the enumeration: the answer is not continued, or the rest failed.</exception>
    /// <example>
    /// <code>
    /// catch (ChatStreamException failure) when (failure.IsTransient)
    /// {
    ///     // Later, with the same messages:
    ///     await foreach (ChatDelta delta in client.ContinueAsync(messages, failure.Partial)) Console.Write(delta.Text);
    /// }
    /// </code>
    /// </example>
    public IAsyncEnumerable<ChatDelta> ContinueAsync(
        IEnumerable<ChatMessage> messages,
        ChatStreamResult partial,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(partial);
        if (partial.IsComplete) throw new ArgumentException("The answer is complete, so that nothing can be continued.", nameof(partial));
        IReadOnlyList<ChatMessage> list = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        return Stream(
            _options.Provider.BuildRequest(list, options, DefaultModel, seed: null), partial, cancellationToken, options,
            fallback: CreateFallback(list, options, seed: null));
    }

    /// <summary>
    /// Sends a request body as it is, so that every parameter of a provider can be used, and streams the answer. Only the fields that
    /// request a stream are added.
    /// </summary>
    /// <param name="body">
    /// The body, in the provider's own format. It is not changed. Added are <c>stream: true</c> and, if the provider sends token counts
    /// only on request, <c>stream_options.include_usage</c> (see <see cref="LlmStreamOptions.RequestUsage"/>). In formats
    /// whose address requests the stream, neither is added, and <c>model</c> is sent in the address instead of the body.
    /// </param>
    /// <param name="cancellationToken">
    /// Closes the connection at once; the enumeration ends with a <see cref="ChatStreamCanceledException"/>.
    /// </param>
    /// <returns>The deltas. Each enumeration sends the request.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The model cannot be part of the address, or the value of a header contains a control character.
    /// </exception>
    /// <exception cref="ChatStreamException">During the enumeration: the request or the stream failed.</exception>
    public IAsyncEnumerable<ChatDelta> StreamAsync(JsonObject body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Stream((JsonObject)body.DeepClone(), continued: null, cancellationToken);
    }

    /// <summary>
    /// Returns the client as an <see cref="IChatClient"/>, for everything that is built on Microsoft.Extensions.AI, such as function
    /// invocation and caching.
    /// </summary>
    /// <returns>A chat client. Disposing of it does not dispose of this client.</returns>
    /// <example>
    /// <code>
    /// using var client = new LlmStreamClient(LlmProvider.DeepSeek, apiKey);
    /// IChatClient chat = client.AsIChatClient().AsBuilder().UseFunctionInvocation().Build(); // package Microsoft.Extensions.AI
    /// </code>
    /// </example>
    public IChatClient AsIChatClient() => new LlmStreamChatClient(this);

    /// <summary>
    /// Closes the client's own connections. Answers that are being streamed end with <see cref="ChatStreamError.ClientDisposed"/>; a
    /// later call throws an <see cref="ObjectDisposedException"/>. Does nothing if an <see cref="HttpClient"/> was passed to the
    /// constructor.
    /// </summary>
    public void Dispose()
    {
        if (!_ownsHttp || _disposedToken.IsCancellationRequested) return;
        _disposal.Cancel(); // before the connections: the calls end because of it
        _disposal.Dispose();
        _http.Dispose();
    }

#if !NETSTANDARD
    /// <summary>
    /// Creates a handler like that of the client's own connections, for an <see cref="HttpClient"/>: it follows no redirects, so that the
    /// API key is not sent to another server; it closes the connection of a stream that is left early; it replaces connections after 15
    /// minutes; and it applies <see cref="LlmTimeoutOptions.Connect"/>.
    /// </summary>
    /// <param name="options">The options, for the clock and the time budget.</param>
    /// <returns>A new handler, to be disposed of by the caller.</returns>
    /// <exception cref="PlatformNotSupportedException">The code runs in a browser, which makes the connections itself.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public static SocketsHttpHandler CreateHandler(LlmStreamOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return HttpHandlers.Create(options.TimeProvider, options.Timeouts.Connect);
    }
#endif

    /// <summary>The number of choices that a request asks for; null if it does not say.</summary>
    /// <exception cref="ArgumentException">
    /// As for <see cref="StreamAsync(IEnumerable{ChatMessage}, ChatOptions?, CancellationToken)"/>.
    /// </exception>
    internal long? ChoicesOf(IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        _options.Provider.Dialect.Format.ChoicesOf(_options.Provider.BuildRequest(messages, options, DefaultModel, seed: null));

    private static HttpClient CreateHttpClient(LlmStreamOptions options) =>
        new(HttpHandlers.CreateForPlatform(options.TimeProvider, options.Timeouts.Connect)) { Timeout = Timeout.InfiniteTimeSpan };
}
