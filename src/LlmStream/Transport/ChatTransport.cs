using System.Net;
using LlmStream.Dialects;

namespace LlmStream.Transport;

/// <summary>Sends a request and brings the response whose body is the stream.</summary>
internal sealed class ChatTransport(HttpClient http, LlmProvider provider, ApiKey key, LlmStreamOptions options)
{
    private const int MaxRedirects = 5;

    // Nearly all requests go to the same address as the one before: they share it.
    private Endpoint? _latest;

    /// <summary>Sends the request.</summary>
    /// <returns>The response, when it is a success; its body has not been read.</returns>
    /// <exception cref="ChatStreamException">The provider could not be reached, or refuses.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<HttpResponseMessage> SendAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        Uri address = AddressOf(request);
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await SendOnceAsync(request, address, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode && SameOrigin(response.RequestMessage?.RequestUri ?? address, address)) return response;

            using (response)
            {
                if (response.IsSuccessStatusCode) throw Redirected(response, response.RequestMessage!.RequestUri!);
                if ((int)response.StatusCode is < 300 or >= 400)
                    throw await FailedResponse.ReadAsync(response, options.Read.MaxErrorBodyBytes, options.TimeProvider, cancellationToken).ConfigureAwait(false);

                Uri? target = response.Headers.Location is { } location ? new Uri(address, location) : null;
                // The method and the body are kept by these two only (RFC 9110, 15.4); and the key goes to no other server.
                bool isKept = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
                if (target is null || !isKept || !SameOrigin(address, target) || redirects == MaxRedirects) throw Redirected(response, target);
                address = target;
            }
        }
    }

    private Uri AddressOf(ChatRequest request)
    {
        Uri origin = request.IsPrefill ? provider.ContinuationBaseAddress ?? provider.BaseAddress : provider.BaseAddress;
        Endpoint? latest = _latest;
        if (latest is null || !ReferenceEquals(latest.Origin, origin) || !string.Equals(latest.Path, request.Description.Path, StringComparison.Ordinal))
            _latest = latest = new Endpoint(origin, request.Description.Path, new Uri(origin, request.Description.Path));
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
        if (provider.IdempotencyHeader is { } header && !request.IsReplay) message.Headers.TryAddWithoutValidation(header, request.IdempotencyKey);
        await AuthenticateAsync(message, request, address, cancellationToken).ConfigureAwait(false);

        try
        {
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw NotReached(exception, address);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // HttpClient.Timeout of a client that was handed in.
            throw new ChatStreamException(ChatStreamError.FirstDeltaTimeout, $"The HttpClient gave up: {exception.Message}", exception) { IsTransient = true };
        }
    }

    private async ValueTask AuthenticateAsync(HttpRequestMessage message, ChatRequest request, Uri address, CancellationToken cancellationToken)
    {
        var authentication = new RequestAuthentication
        {
            Method = request.Description.Method, Address = address, Body = request.Body, Provider = provider, Key = key.Value, TimeProvider = options.TimeProvider,
        };
        await provider.Dialect.Format.AuthenticateAsync(authentication, cancellationToken).ConfigureAwait(false);
        foreach ((string name, string value) in authentication.Headers)
        {
            message.Headers.Remove(name);
            message.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private ChatStreamException NotReached(HttpRequestException exception, Uri address)
    {
        if (exception.InnerException is ConnectTimeoutException timeout)
            return new ChatStreamException(ChatStreamError.ConnectTimeout, $"{timeout.Message}.", exception) { IsTransient = true };

        bool isFinal = exception.HttpRequestError is HttpRequestError.SecureConnectionError or HttpRequestError.UserAuthenticationError
            or HttpRequestError.VersionNegotiationError or HttpRequestError.ConfigurationLimitExceeded;
        return new ChatStreamException(ChatStreamError.Connection, $"{provider.Name} could not be reached at {address.GetLeftPart(UriPartial.Path)}: {exception.Message}", exception)
        {
            IsTransient = !isFinal,
        };
    }

    private static ChatStreamException Redirected(HttpResponseMessage response, Uri? target) =>
        new(ChatStreamError.InvalidRequest, target is null
            ? $"The provider answered HTTP {(int)response.StatusCode} without saying where to go."
            : $"The provider redirects to {target.GetLeftPart(UriPartial.Path)}, which is not followed: the key is for the server it was given for. Is the base address right?")
        {
            StatusCode = response.StatusCode,
            RequestId = FailedResponse.RequestIdOf(response.Headers),
        };

    private static bool SameOrigin(Uri left, Uri right) =>
        Uri.Compare(left, right, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private sealed record Endpoint(Uri Origin, string Path, Uri Address);
}
