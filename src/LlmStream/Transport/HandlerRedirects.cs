using System.Runtime.CompilerServices;

namespace LlmStream.Transport;

/// <summary>
/// Refuses an <see cref="HttpClient"/> whose handler would send credentials to another server. When a handler of .NET follows a
/// redirect, it removes the header <c>Authorization</c> and no other, and nothing outside of it can intervene.
/// </summary>
internal static class HandlerRedirects
{
    /// <param name="httpClient">The client.</param>
    /// <param name="headers">The names of the headers that it will send.</param>
    /// <exception cref="ArgumentException">The handler follows redirects, and one of the headers carries credentials.</exception>
    public static void Check(HttpClient httpClient, IEnumerable<string> headers)
    {
        string? secret = headers.FirstOrDefault(static name =>
            RequestHeaders.IsSecret(name) && !string.Equals(name, "Authorization", StringComparison.OrdinalIgnoreCase));
        if (secret is null || !FollowsRedirects(httpClient)) return;
        throw new ArgumentException(
            $"The handler of the HttpClient follows redirects, and would send the header '{secret}' to the server of a redirect. "
            + "Set AllowAutoRedirect = false on the handler, or create it with LlmStreamClient.CreateHandler.",
            nameof(httpClient));
    }

    /// <summary>Whether the handler is known to follow redirects by itself.</summary>
    private static bool FollowsRedirects(HttpClient http)
    {
        try
        {
            HttpMessageHandler? handler = HandlerOf(http);
            while (handler is DelegatingHandler outer) handler = outer.InnerHandler;
            return handler switch
            {
                HttpClientHandler client => client.AllowAutoRedirect,
#if NETSTANDARD
                not null => HttpHandlers.FollowsRedirects(handler),
#else
                SocketsHttpHandler sockets => sockets.AllowAutoRedirect,
#endif
                _ => false,
            };
        }
        catch (Exception exception) when (exception is MissingFieldException or PlatformNotSupportedException)
        {
            return false; // another implementation of HttpClient, as in a browser
        }
    }

#if NETSTANDARD
    private static HttpMessageHandler? HandlerOf(HttpMessageInvoker invoker) => HttpHandlers.HandlerOf(invoker);
#else
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_handler")]
    private static extern ref HttpMessageHandler HandlerOf(HttpMessageInvoker invoker);
#endif
}
