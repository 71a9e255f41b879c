using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using LlmStream.Resilience;
using LlmStream.Transport;
using Microsoft.Extensions.AI;
using Polly;

namespace LlmStream;

/// <summary>Asks a provider, and streams what it answers. Safe for use by many at once; meant to be kept.</summary>
/// <example>
/// <code>
/// var client = new LlmStreamClient(LlmProvider.DeepSeek, apiKey);
/// await foreach (ChatDelta delta in client.StreamAsync("Why is the sky blue?", cancellationToken: cancellationToken))
/// {
///     Console.Write(delta.Text);
/// }
/// </code>
/// </example>
public sealed class LlmStreamClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private readonly LlmStreamOptions _options;
    private readonly ApiKey _key;
    private readonly ChatTransport _transport;
    private readonly ResiliencePipeline _pipeline;

    /// <summary>Makes a client for a provider.</summary>
    /// <param name="provider">Whom to ask.</param>
    /// <param name="apiKey">
    /// The key, or <see langword="null"/> for the environment variable that <see cref="LlmProvider.ApiKeyVariable"/> names. A
    /// provider on a loopback address needs none.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="provider"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no key.</exception>
    public LlmStreamClient(LlmProvider provider, string? apiKey = null)
        : this(new LlmStreamOptions { Provider = provider ?? throw new ArgumentNullException(nameof(provider)), ApiKey = apiKey })
    {
    }

    /// <summary>Makes a client that keeps its own connections.</summary>
    /// <param name="options">Whom to ask, and how. Not to be changed afterwards.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no key.</exception>
    public LlmStreamClient(LlmStreamOptions options)
        : this(CreateHttpClient(options), options, ownsHttp: true)
    {
    }

    /// <summary>Makes a client over an <see cref="HttpClient"/> of one's own, which is never disposed of.</summary>
    /// <param name="httpClient">
    /// The client to send with. Its <see cref="HttpClient.Timeout"/> ends a request whose response takes longer to begin:
    /// set it to infinite, and leave time to <see cref="LlmStreamOptions.Timeouts"/>. Its handler should be one of
    /// <see cref="CreateHandler"/>, or follow no redirects either (<c>AllowAutoRedirect = false</c>): .NET takes
    /// <c>Authorization</c> off a request that is redirected to another host, but not a key in another header, such as
    /// Azure's <c>api-key</c>.
    /// </param>
    /// <param name="options">Whom to ask, and how. Not to be changed afterwards.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">There is no key.</exception>
    public LlmStreamClient(HttpClient httpClient, LlmStreamOptions options)
        : this(httpClient ?? throw new ArgumentNullException(nameof(httpClient)), options, ownsHttp: false)
    {
    }

    private LlmStreamClient(HttpClient httpClient, LlmStreamOptions options, bool ownsHttp)
    {
        ArgumentNullException.ThrowIfNull(options);
        _http = httpClient;
        _ownsHttp = ownsHttp;
        _options = options;
        _key = ApiKey.Resolve(options.ApiKey, options.Provider);
        _transport = new ChatTransport(httpClient, options.Provider, _key, options);
        _pipeline = RetryPipeline.Create(options);
    }

    internal LlmProvider Provider => _options.Provider;

    internal string? DefaultModel => _options.Model ?? _options.Provider.DefaultModel;

    /// <summary>Asks one question.</summary>
    /// <param name="prompt">What the user says.</param>
    /// <param name="options">How it is to be answered, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Closes the connection at once, and ends the sequence with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas. The request is sent when they are enumerated, and again for each enumeration.</returns>
    /// <exception cref="ArgumentException"><paramref name="prompt"/> is null or empty, or no model is known.</exception>
    /// <exception cref="ChatStreamException">While it is enumerated: the request or the stream failed.</exception>
    public IAsyncEnumerable<ChatDelta> StreamAsync(string prompt, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prompt);
        return StreamAsync([new ChatMessage(ChatRole.User, prompt)], options, cancellationToken);
    }

    /// <summary>Carries on a conversation.</summary>
    /// <param name="messages">What has been said.</param>
    /// <param name="options">How it is to be answered, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Closes the connection at once, and ends the sequence with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas. The request is sent when they are enumerated, and again for each enumeration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> is null.</exception>
    /// <exception cref="ArgumentException">There are no messages, one cannot be sent, or no model is known.</exception>
    /// <exception cref="ChatStreamException">While it is enumerated: the request or the stream failed.</exception>
    public IAsyncEnumerable<ChatDelta> StreamAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        return StreamAsync(messages, options, null, cancellationToken);
    }

    /// <summary>Sends a body as it is, so that any parameter that a provider invents can be used; only the wish for a stream is added.</summary>
    /// <param name="body">
    /// The body of the request, in the provider's own format. It is not changed. Added are <c>stream: true</c> and, where the provider counts
    /// tokens only on request, <c>stream_options.include_usage</c> (see <see cref="LlmStreamOptions.RequestUsage"/>). Gemini's has neither:
    /// its <c>model</c> is not sent in the body, but in the address.
    /// </param>
    /// <param name="cancellationToken">Closes the connection at once, and ends the sequence with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas. The request is sent when they are enumerated, and again for each enumeration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ChatStreamException">While it is enumerated: the request or the stream failed.</exception>
    public IAsyncEnumerable<ChatDelta> StreamAsync(JsonObject body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Stream((JsonObject)body.DeepClone(), cancellationToken);
    }

    /// <summary>The client as Microsoft.Extensions.AI knows clients: for function invocation, caching, and all that is built on it.</summary>
    /// <returns>A chat client. Disposing of it leaves this client alone.</returns>
    public IChatClient AsIChatClient() => new LlmStreamChatClient(this);

    /// <summary>Closes the client's own connections. An <see cref="HttpClient"/> that was handed in is left alone.</summary>
    public void Dispose()
    {
        if (_ownsHttp) _http.Dispose();
    }

    /// <summary>
    /// Makes the handler that a client makes for itself, for an <see cref="HttpClient"/> of one's own: it follows no redirect,
    /// so that a key goes to no other server; it closes the connection under a stream that is left; it renews connections after
    /// 15 minutes; and it keeps <see cref="TimeBudgets.Connect"/>.
    /// </summary>
    /// <param name="options">The options whose clock and time budget it keeps.</param>
    /// <returns>A new handler, that the caller disposes of.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public static SocketsHttpHandler CreateHandler(LlmStreamOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return HttpHandlers.Create(options.TimeProvider, options.Timeouts.Connect);
    }

    /// <summary>The same, for a chat client whose caller may have made the request's body himself.</summary>
    internal IAsyncEnumerable<ChatDelta> StreamAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, JsonObject? seed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Stream(_options.Provider.BuildRequest(messages, options, DefaultModel, seed), cancellationToken);
    }

    private static HttpClient CreateHttpClient(LlmStreamOptions options) => new(CreateHandler(options)) { Timeout = Timeout.InfiniteTimeSpan };

    private IAsyncEnumerable<ChatDelta> Stream(JsonObject body, CancellationToken cancellationToken) =>
        StreamCore(ChatRequest.Create(body, _options.Provider, _options.RequestUsage), cancellationToken);

    private async IAsyncEnumerable<ChatDelta> StreamCore(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var call = new CallContext(_options, _key, cancellationToken);
        var answer = new ResumableAnswer(_transport, _pipeline, call, request);
        await using (answer.ConfigureAwait(false))
        {
            await answer.StartAsync().ConfigureAwait(false);
            do
            {
                while (answer.TryTake(out ChatDelta? delta))
                {
                    call.Telemetry.DeltaReceived(delta);
                    yield return delta;
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
            while (await answer.ReadAsync().ConfigureAwait(false));
        }

        call.Telemetry.Completed();
    }
}
