using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Cli.Web;

/// <summary>
/// Lets only this machine use the server. A web page of another origin could otherwise use it through the browser, directly or by DNS
/// rebinding: a name of the page's domain that resolves to 127.0.0.1.
/// </summary>
internal static class LocalAccess
{
    /// <summary>Refuses requests from elsewhere with status 403. Pages of this machine may use the server from any port.</summary>
    public static void Use(WebApplication app)
    {
        app.Use((http, next) => FindRefusal(http.Request) is { } refusal ? RefuseAsync(http, refusal) : next(http));
        app.UseCors(policy => policy.SetIsOriginAllowed(IsLocalOrigin).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("*"));
    }

    private static string? FindRefusal(HttpRequest request)
    {
        // A request without a host is not from a browser.
        if (request.Host.HasValue && !IsLoopback(request.Host.Host)) return $"The host '{request.Host}' is not a name of this machine.";
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || IsLocalOrigin(origin) ? null : $"The origin '{origin}' is not allowed.";
    }

    private static Task RefuseAsync(HttpContext http, string reason)
    {
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return http.Response.WriteAsync(reason, http.RequestAborted);
    }

    private static bool IsLocalOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && IsLoopback(address.Host);

    private static bool IsLoopback(string host)
    {
        string name = host.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(name, out IPAddress? address)
            ? IPAddress.IsLoopback(address)
            : name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase); // RFC 6761, 6.3
    }
}
