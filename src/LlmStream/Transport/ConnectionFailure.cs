using System.Security.Authentication;

namespace LlmStream.Transport;

/// <summary>Creates the exception for a request to which no response came.</summary>
internal static class ConnectionFailure
{
    public static ChatStreamException Create(HttpRequestException exception, LlmProvider provider, Uri address)
    {
        if (exception.InnerException is ConnectTimeoutException timeout)
            return new ChatStreamException(ChatStreamError.ConnectTimeout, $"{timeout.Message}.", exception) { IsTransient = true };

        bool isPermanent = exception.HttpRequestError is HttpRequestError.SecureConnectionError or HttpRequestError.UserAuthenticationError
            or HttpRequestError.VersionNegotiationError or HttpRequestError.ConfigurationLimitExceeded;
        string message = $"{provider.Name} could not be reached at {RequestAddress.Display(address)}: {Describe(exception)}";
        return new ChatStreamException(ChatStreamError.Connection, message, exception) { IsTransient = !isPermanent };
    }

    /// <summary>The messages of an exception and its causes, without those that only refer to the cause.</summary>
    public static string Describe(Exception exception)
    {
        var parts = new List<string>();
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            string text = TextOf(cause);
            if (text.Length > 0 && !parts.Exists(part => part.Contains(text, StringComparison.OrdinalIgnoreCase))) parts.Add(text);
        }

        return string.Join(": ", parts.Select((part, i) => i < parts.Count - 1 ? part.TrimEnd('.') : part));
    }

    private static string TextOf(Exception exception)
    {
        const string Reference = ", see inner exception.";
        string text = exception.Message.Trim();
        switch (exception)
        {
            case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                return "The server closed the connection before it sent the headers of a response";

            // The general message says nothing if there is a cause.
            case HttpRequestException { InnerException: IOException }
                when text.StartsWith("An error occurred while sending the request", StringComparison.Ordinal):
                return "";

            case AuthenticationException when text.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal):
                return $"{text.TrimEnd('.')} (the certificate is for another host name)";

            case AuthenticationException when text.Contains("RemoteCertificateChainErrors", StringComparison.Ordinal):
                return $"{text.TrimEnd('.')} (the certificate is not trusted)";

            default:
                bool isReference = exception.InnerException is not null && text.EndsWith(Reference, StringComparison.Ordinal);
                return isReference ? text[..^Reference.Length] : text;
        }
    }
}
