using System.Net;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.Serving;

/// <summary>
/// Which requests a server on loopback serves. A web page of another origin could otherwise use it through the browser, directly or by
/// DNS rebinding: a name of the page's domain that resolves to 127.0.0.1.
/// </summary>
internal sealed class AccessPolicy(IReadOnlyList<string> allowedOrigins)
{
    /// <summary>Why a request is refused, or null if it is served.</summary>
    public string? FindRefusal(HttpRequest request)
    {
        // A request without a host is not from a browser.
        if (request.Host.HasValue && !IsLoopback(request.Host.Host))
            return $"The host '{request.Host}' is not a name of this machine.";
        return OriginOf(request) is { } origin && !IsAllowed(origin)
            ? $"The origin '{origin}' is not allowed. Start the server with --allow-origin {origin}."
            : null;
    }

    /// <summary>Adds to a response what a browser needs to hand it to a page of an allowed origin (fetch.spec.whatwg.org, 3.3).</summary>
    public static void AddHeaders(HttpContext http)
    {
        if (OriginOf(http.Request) is not { } origin) return;
        IHeaderDictionary headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = "*";
        headers.Vary = "Origin";
    }

    /// <summary>Responds to a CORS preflight request.</summary>
    /// <returns>Whether the request is a preflight request.</returns>
    public static bool TryAnswerPreflight(HttpContext http)
    {
        HttpRequest request = http.Request;
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0) return false;
        IHeaderDictionary headers = http.Response.Headers;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.AccessControlAllowMethods = "GET, POST, DELETE, OPTIONS";
        headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
        // wicg.github.io/private-network-access: asked before a page of a public address reaches a local one.
        if (request.Headers.ContainsKey("Access-Control-Request-Private-Network")) headers["Access-Control-Allow-Private-Network"] = "true";
        return true;
    }

    private bool IsAllowed(string origin) =>
        allowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
        || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && IsLoopback(address.Host));

    private static string? OriginOf(HttpRequest request) => request.Headers.Origin.ToString() is { Length: > 0 } origin ? origin : null;

    private static bool IsLoopback(string host)
    {
        string name = host.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(name, out IPAddress? address)
            ? IPAddress.IsLoopback(address)
            : name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase); // RFC 6761, 6.3
    }
}
