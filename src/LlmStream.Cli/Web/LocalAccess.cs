using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Cli.Web;

/// <summary>
/// Lets only this machine and the pages of the peers use the server. A web page of another origin could otherwise use it through the
/// browser, directly or by DNS rebinding: a name of the page's domain that resolves to 127.0.0.1.
/// </summary>
internal static class LocalAccess
{
    /// <summary>
    /// Refuses requests from elsewhere with status 403. Pages of this machine may use the server from any port, but only those of peers
    /// with the cookie that says whose an answer is.
    /// </summary>
    public static void Use(WebApplication app, WebPeers peers)
    {
        app.Use((http, next) => FindRefusal(http.Request, peers) is { } refusal ? RefuseAsync(http, refusal) : next(http));
        app.UseWhen(http => IsFromPeer(http), branch => branch.UseCors(policy => Allow(policy, peers.Contains).AllowCredentials()));
        app.UseWhen(http => !IsFromPeer(http), branch => branch.UseCors(policy => Allow(policy, IsLocalOrigin)));

        bool IsFromPeer(HttpContext http) => peers.Contains(http.Request.Headers.Origin.ToString());
    }

    // With a cookie, the headers have to be named.
    private static CorsPolicyBuilder Allow(CorsPolicyBuilder policy, Func<string, bool> isAllowed) =>
        policy.SetIsOriginAllowed(isAllowed).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("*", "X-Stream-Id", "Retry-After");

    private static string? FindRefusal(HttpRequest request, WebPeers peers)
    {
        // A request without a host is not from a browser.
        HostString host = request.Host;
        if (host.HasValue && !LoopbackHost.IsLoopback(host.Host) && !peers.ContainsHost(host.Host))
            return $"The host '{host}' is not a name of this machine.";
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || IsLocalOrigin(origin) || peers.Contains(origin) ? null : $"The origin '{origin}' is not allowed.";
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
        && LoopbackHost.IsLoopback(address.Host);
}
