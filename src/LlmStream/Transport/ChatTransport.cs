using System.Net;
using LlmStream.Dialects;

namespace LlmStream.Transport;

/// <summary>Sends requests and returns the responses whose bodies are the streams.</summary>
internal sealed class ChatTransport(HttpClient http, LlmProvider provider, ApiKey key, LlmStreamOptions options)
{
    private const int MaxRedirects = 5;

    // Most requests are sent to the same address as the request before them, so the latest one is kept.
    private Endpoint? _latest;

    /// <summary>Sends a request.</summary>
    /// <returns>The response, with a status of success. Its body has not been read.</returns>
    /// <exception cref="ChatStreamException">The provider could not be reached, or returned an error.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<HttpResponseMessage> SendAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        Uri address = AddressOf(request);
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await SendOnceAsync(request, address, cancellationToken).ConfigureAwait(false);
            // A handler that follows redirects by itself may have gone to another server.
            Uri answered = response.RequestMessage?.RequestUri ?? address;
            if (response.IsSuccessStatusCode && IsSameOrigin(answered, address)) return response;

            using (response)
            {
                if (response.IsSuccessStatusCode) throw RedirectFailure(response, answered);
                if ((int)response.StatusCode is < 300 or >= 400)
                {
                    throw await FailedResponse.ReadAsync(
                        response, options.Read.MaxErrorBodyBytes, options.TimeProvider, cancellationToken).ConfigureAwait(false);
                }

                Uri? target = response.Headers.Location is { } location ? new Uri(address, location) : null;
                // Only these two keep the method and the body (RFC 9110, 15.4). The key must not be sent to another server.
                bool keepsRequest = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
                if (target is null || !keepsRequest || !IsSameOrigin(address, target) || redirects == MaxRedirects)
                    throw RedirectFailure(response, target);
                address = target;
            }
        }
    }

    private Uri AddressOf(ChatRequest request)
    {
        Uri origin = request.IsPrefill ? provider.ContinuationBaseAddress ?? provider.BaseAddress : provider.BaseAddress;
        string path = request.Description.Path;
        Endpoint? latest = _latest;
        if (latest is null || !ReferenceEquals(latest.Origin, origin) || !string.Equals(latest.Path, path, StringComparison.Ordinal))
            _latest = latest = new Endpoint(origin, path, new Uri(origin, path));
        return latest.Address;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(ChatRequest request, Uri address, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Description.Method), address)
        {
            Content = request.ToContent(),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("Accept", request.Description.Accept);
        foreach ((string name, string value) in request.Description.Headers) message.Headers.TryAddWithoutValidation(name, value);
        foreach ((string name, string value) in provider.Headers) message.Headers.TryAddWithoutValidation(name, value);
        foreach ((string name, string value) in options.Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (provider.IdempotencyHeader is { } header && !request.IsReplay)
            message.Headers.TryAddWithoutValidation(header, request.IdempotencyKey);
        await AuthenticateAsync(message, request, address, cancellationToken).ConfigureAwait(false);

        try
        {
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw ConnectionFailure(exception, address);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // HttpClient.Timeout of a client that the caller passed.
            string cancelled = $"The HttpClient cancelled the request: {exception.Message}";
            throw new ChatStreamException(ChatStreamError.FirstDeltaTimeout, cancelled, exception) { IsTransient = true };
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
            Provider = provider,
            Key = key.Value,
            TimeProvider = options.TimeProvider,
        };
        await provider.Dialect.Format.AuthenticateAsync(authentication, cancellationToken).ConfigureAwait(false);
        foreach ((string name, string value) in authentication.Headers)
        {
            message.Headers.Remove(name);
            message.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private ChatStreamException ConnectionFailure(HttpRequestException exception, Uri address)
    {
        if (exception.InnerException is ConnectTimeoutException timeout)
            return new ChatStreamException(ChatStreamError.ConnectTimeout, $"{timeout.Message}.", exception) { IsTransient = true };

        bool isPermanent = exception.HttpRequestError is HttpRequestError.SecureConnectionError or HttpRequestError.UserAuthenticationError
            or HttpRequestError.VersionNegotiationError or HttpRequestError.ConfigurationLimitExceeded;
        string target = address.GetLeftPart(UriPartial.Path); // without the query, which may hold a key
        string message = $"{provider.Name} could not be reached at {target}: {exception.Message}";
        return new ChatStreamException(ChatStreamError.Connection, message, exception) { IsTransient = !isPermanent };
    }

    private static ChatStreamException RedirectFailure(HttpResponseMessage response, Uri? target)
    {
        string message = target is null
            ? $"The provider responded with HTTP {(int)response.StatusCode} without a Location header."
            : $"The provider redirects to {target.GetLeftPart(UriPartial.Path)}, which is not followed. Check the base address. "
                + $"Only redirects on the same server that keep the request (HTTP 307 and 308) are followed, at most {MaxRedirects}.";
        return new ChatStreamException(ChatStreamError.InvalidRequest, message)
        {
            StatusCode = response.StatusCode,
            RequestId = FailedResponse.RequestIdOf(response.Headers),
        };
    }

    private static bool IsSameOrigin(Uri left, Uri right) =>
        Uri.Compare(left, right, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private sealed record Endpoint(Uri Origin, string Path, Uri Address);
}
