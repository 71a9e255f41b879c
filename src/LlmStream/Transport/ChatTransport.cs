using System.Net;
using System.Text;
using LlmStream.Dialects;

namespace LlmStream.Transport;

/// <summary>Sends requests and returns the responses whose bodies are the streams.</summary>
internal sealed class ChatTransport
{
    private const int MaxRedirects = 5;

    private static readonly TimeSpan MaxWaitForStop = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http;
    private readonly LlmProvider _provider;
    private readonly ApiKey _key;
    private readonly LlmStreamOptions _options;
    private readonly KeyValuePair<string, string>[] _headers;
    private readonly Uri _prefillBaseAddress;
    private readonly bool _isKeySent; // as it is; otherwise a dialect signs each request
    private readonly KeyValuePair<string, string>? _keyHeader; // null if there is no key
    private readonly string? _basicCredentials; // those in the base address
    private readonly Version _version;
    private readonly HttpVersionPolicy _versionPolicy;

    /// <exception cref="ArgumentException">
    /// A header name or the path of the provider is invalid, or the HTTP client would send credentials to another server.
    /// </exception>
    public ChatTransport(HttpClient http, LlmProvider provider, ApiKey key, LlmStreamOptions options)
    {
        _http = http;
        _provider = provider;
        _key = key;
        _options = options;
        _headers = RequestHeaders.Create(provider, options);
        RequestAddress.Create(provider.BaseAddress, PathTemplate.Expand(provider.ChatPath, "model")); // the check alone
        List<string> names = [];
        foreach ((string name, _) in _headers) names.Add(name);
        foreach ((string name, _) in http.DefaultRequestHeaders) names.Add(name);
        if (key.Value is not null) names.Add(provider.ApiKeyHeader);
        HandlerRedirects.Check(http, names);

        // An address that was set for this server is not ignored if it is wrong, as that of a preset is below.
        if (provider.Replay?.Protocol.BaseAddress is { } replays && !RequestAddress.IsSameOrigin(replays, provider.BaseAddress))
        {
            throw new ArgumentException(
                $"The address of the replays, {RequestAddress.Display(replays)}, is not on the server of the base address, "
                + $"{RequestAddress.Display(provider.BaseAddress)}. The key would be sent to another server.",
                nameof(provider));
        }

        // A preset whose base address was changed must not send the key to the server of the preset.
        bool hasPrefillAddress = provider.ContinuationBaseAddress is { } other && RequestAddress.IsSameOrigin(other, provider.BaseAddress);
        _prefillBaseAddress = hasPrefillAddress ? provider.ContinuationBaseAddress! : provider.BaseAddress;

        _isKeySent = !provider.Dialect.Format.Signs(key.Value);
        if (key.Value is { } value) _keyHeader = RequestAuthentication.HeaderOf(provider, value);

        if (provider.BaseAddress.UserInfo is { Length: > 0 } userInfo)
            _basicCredentials = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(userInfo)));

        // A client that was left at the defaults of .NET uses HTTP/2 if the server does.
        bool isDefault = http.DefaultRequestVersion == HttpVersion.Version11
            && http.DefaultVersionPolicy == HttpVersionPolicy.RequestVersionOrLower;
        _version = isDefault ? HttpVersion.Version20 : http.DefaultRequestVersion;
        _versionPolicy = http.DefaultVersionPolicy;
    }

    /// <summary>Refuses every request if a header cannot be sent. Its value often comes from a user.</summary>
    /// <exception cref="ArgumentException">The value of a header is not allowed. The message does not contain it.</exception>
    public void CheckHeaderValues() => RequestHeaders.CheckValues(_headers);

    /// <summary>Sends a request.</summary>
    /// <returns>The response, with a status of success. Its body has not been read.</returns>
    /// <exception cref="ChatStreamException">The provider could not be reached, or returned an error.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task<HttpResponseMessage> SendAsync(ChatRequest request, CancellationToken cancellationToken) =>
        SendAsync(request, new ResendCounter(), cancellationToken).AsTask();

    /// <summary>Sends a request, and counts how often handlers sent it again.</summary>
    /// <returns>The response, with a status of success. Its body has not been read.</returns>
    /// <exception cref="ChatStreamException">The provider could not be reached, or returned an error.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<HttpResponseMessage> SendAsync(
        ChatRequest request, ResendCounter resends, CancellationToken cancellationToken)
    {
        Uri address = AddressOf(request);
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await SendOnceAsync(request, address, resends, cancellationToken).ConfigureAwait(false);
            bool isRedirected = IsRedirected(response.RequestMessage, request, address, resends.Server);
            bool isCompressed = CompressedBody.EncodingOf(response.Content.Headers) is not null;
            if (response.IsSuccessStatusCode && !isRedirected && !isCompressed) return response;

            using (response)
            {
                if (isRedirected) throw RedirectFailure(response.RequestMessage!.RequestUri, response);
                if (response.IsSuccessStatusCode) CompressedBody.Check(response);
                if ((int)response.StatusCode is < 300 or >= 400)
                {
                    throw await FailedResponse.ReadAsync(
                        response, _options.Read.MaxErrorBodyBytes, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                }

                Uri? target = response.Headers.Location is { } location ? new Uri(address, location) : null;
                // Only these two keep the method and the body (RFC 9110, 15.4). The key must not be sent to another server.
                bool keepsRequest = (int)response.StatusCode is 307 or 308;
                if (target is null || !keepsRequest || !RequestAddress.IsSameOrigin(address, target) || redirects == MaxRedirects)
                    throw RedirectFailure(target, response);
                address = target;
            }
        }
    }

    /// <summary>
    /// Stops a server that goes on generating without a connection, if there is one. Whether it succeeds is not reported: the call has
    /// ended already.
    /// </summary>
    /// <param name="request">A request whose answer is not read anymore.</param>
    public async ValueTask StopAsync(ChatRequest request)
    {
        using var cancellation = new CancellationTokenSource();
        using ITimer timer = ResponseEnding.CancelAfter(MaxWaitForStop, cancellation, _options.TimeProvider);
        foreach (ChatRequest stop in request.ForStop())
        {
            try
            {
                using HttpResponseMessage response = await SendAsync(stop, cancellation.Token).ConfigureAwait(false);
                return;
            }
            catch (ChatStreamException failure) when (failure.StatusCode is not null)
            {
                // Another version of the server has the next form.
            }
            catch (Exception exception) when (exception is ChatStreamException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private Uri AddressOf(ChatRequest request)
    {
        Uri origin = request.Description.BaseAddress ?? (request.IsPrefill ? _prefillBaseAddress : _provider.BaseAddress);
        return RequestAddress.Create(origin, request.Description.Path);
    }

    /// <summary>
    /// Whether a handler has followed a redirect by itself that this class would not follow: to another server, or without the body.
    /// </summary>
    /// <param name="answered">The request that was answered, or null. Handlers change the one that they were given.</param>
    /// <param name="request">The request.</param>
    /// <param name="address">The address that it was sent to.</param>
    /// <param name="server">The server that its body was sent to, which a handler may have chosen; null if it has none.</param>
    private static bool IsRedirected(HttpRequestMessage? answered, ChatRequest request, Uri address, Uri? server)
    {
        if (answered is null) return false;
        Uri target = answered.RequestUri ?? address;
        bool isFromServer = RequestAddress.IsSameOrigin(target, address)
            || (server is not null && RequestAddress.IsSameOrigin(target, server));
        // After a redirect with HTTP 301, 302 or 303 .NET sends a GET request without the body (RFC 9110, 15.4).
        return !isFromServer || !string.Equals(answered.Method.Method, request.Description.Method, StringComparison.OrdinalIgnoreCase);
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(
        ChatRequest request, Uri address, ResendCounter resends, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(MethodOf(request.Description), address)
        {
            Version = _version,
            VersionPolicy = _versionPolicy,
        };
        RequestContent? content = request.IsReplay ? null : new RequestContent(request.Body, message);
        message.Content = content;
        message.Headers.TryAddWithoutValidation("Accept", request.Description.Accept);
        foreach ((string name, string value) in request.Description.Headers) message.Headers.TryAddWithoutValidation(name, value);
        foreach ((string name, string value) in _headers) AddHeader(message, name, value);
        if (_provider.IdempotencyHeader is { } header && !request.IsReplay)
            message.Headers.TryAddWithoutValidation(header, request.IdempotencyKey);
        if (!_isKeySent) await AuthenticateAsync(message, request, address, cancellationToken).ConfigureAwait(false);
        else if (_keyHeader is { } key) SetHeader(message, key.Key, key.Value);
        if (_basicCredentials is not null && !message.Headers.Contains("Authorization"))
            message.Headers.TryAddWithoutValidation("Authorization", _basicCredentials);

        HttpHandlers.PrepareRequest(message);
        try
        {
            return await _http.SendAsync(
                message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (ForeignRedirectException exception)
        {
            throw RedirectFailure(exception.Target);
        }
        catch (HttpRequestException exception)
        {
            if (exception.InnerException is ForeignRedirectException redirect) throw RedirectFailure(redirect.Target);
            throw ConnectionFailure.Create(exception, _provider, address);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // HttpClient.Timeout of a client that the caller passed.
            string cancelled = $"The HttpClient cancelled the request: {exception.Message}";
            throw new ChatStreamException(ChatStreamError.FirstDeltaTimeout, cancelled, exception) { IsTransient = true };
        }
        finally
        {
            resends.Add(content);
        }
    }

    private async ValueTask AuthenticateAsync(
        HttpRequestMessage message, ChatRequest request, Uri address, CancellationToken cancellationToken)
    {
        var authentication = new RequestAuthentication
        {
            Method = request.Description.Method,
            Address = address,
            Body = request.Body,
            ContentType = request.ContentType,
            Provider = _provider,
            Key = _key.Value,
            TimeProvider = _options.TimeProvider,
        };
        await _provider.Dialect.Format.AuthenticateAsync(authentication, cancellationToken).ConfigureAwait(false);
        foreach ((string name, string value) in authentication.Headers) SetHeader(message, name, value);
    }

    private static void SetHeader(HttpRequestMessage message, string name, string value)
    {
        message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation(name, value);
    }

    private static HttpMethod MethodOf(RequestDescription request) =>
        string.Equals(request.Method, HttpMethod.Post.Method, StringComparison.Ordinal) ? HttpMethod.Post : new HttpMethod(request.Method);

    private static void AddHeader(HttpRequestMessage message, string name, string value)
    {
        if (message.Headers.TryAddWithoutValidation(name, value) || message.Content is not { } content) return;
        content.Headers.Remove(name); // such as Content-Type
        content.Headers.TryAddWithoutValidation(name, value);
    }

    private static ChatStreamException RedirectFailure(Uri? target, HttpResponseMessage? response = null)
    {
        string message = target is null
            ? $"The provider responded with HTTP {(int?)response?.StatusCode} without a Location header."
            : $"The provider redirects to {RequestAddress.Display(target)}, which is not followed. Check the base address. "
                + $"Only redirects on the same server that keep the request (HTTP 307 and 308) are followed, at most {MaxRedirects}.";
        return new ChatStreamException(ChatStreamError.InvalidRequest, message)
        {
            StatusCode = response?.StatusCode,
            RequestId = response is null ? null : FailedResponse.RequestIdOf(response.Headers),
        };
    }
}
