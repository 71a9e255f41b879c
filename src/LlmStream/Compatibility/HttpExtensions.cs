using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace LlmStream.Compatibility;

/// <summary>How versions of HTTP are negotiated. Handlers of .NET Standard have no choice: they use HTTP/1.1.</summary>
internal enum HttpVersionPolicy
{
    RequestVersionOrLower,
    RequestVersionOrHigher,
    RequestVersionExact,
}

/// <summary>Why a request failed.</summary>
internal enum HttpRequestError
{
    Unknown,
    NameResolutionError,
    ConnectionError,
    SecureConnectionError,
    UserAuthenticationError,
    VersionNegotiationError,
    ConfigurationLimitExceeded,
    ResponseEnded,
}

/// <summary>No handler of .NET Standard throws it.</summary>
internal sealed class HttpIOException(HttpRequestError error) : IOException
{
    public HttpRequestError HttpRequestError => error;
}

/// <summary>The members of <c>System.Net.Http</c> that .NET Standard 2.0 lacks.</summary>
internal static class HttpExtensions
{
    extension(HttpVersion)
    {
        public static Version Version20 => new(2, 0);
    }

    extension(HttpClient http)
    {
        public Version DefaultRequestVersion => HttpVersion.Version11;

        // Not the default of .NET, which would mean that HTTP/2 may be tried.
        public HttpVersionPolicy DefaultVersionPolicy => HttpVersionPolicy.RequestVersionExact;
    }

    extension(HttpRequestMessage message)
    {
        public HttpVersionPolicy VersionPolicy
        {
            get => HttpVersionPolicy.RequestVersionExact;
            set => _ = value;
        }
    }

    extension(HttpContent content)
    {
        public Task<Stream> ReadAsStreamAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return content.ReadAsStreamAsync();
        }
    }

    extension(HttpRequestException exception)
    {
        public HttpStatusCode? StatusCode => null;

        public HttpRequestError HttpRequestError
        {
            get
            {
                for (Exception? cause = exception.InnerException; cause is not null; cause = cause.InnerException)
                {
                    switch (cause)
                    {
                        case AuthenticationException:
                        case WebException { Status: WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure }:
                            return HttpRequestError.SecureConnectionError;
                        case WebException { Status: WebExceptionStatus.NameResolutionFailure }:
                            return HttpRequestError.NameResolutionError;
                        case WebException { Status: WebExceptionStatus.ConnectFailure } or SocketException:
                            return HttpRequestError.ConnectionError;
                    }
                }

                return HttpRequestError.Unknown;
            }
        }
    }
}
