using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// Whose a stream is: the authenticated user by subject and issuer, or the browser by a random cookie, which every node accepts because it
/// means nothing but itself.
/// </summary>
internal static class StreamOwner
{
    public const string CookieName = "llmstream-owner";

    private const int CookieLength = 64; // hexadecimal digits: 256 bits

    // Each answer extends it. Streams are kept for minutes.
    private static readonly TimeSpan CookieAge = TimeSpan.FromDays(1);

    /// <summary>The owner. Sets the cookie if that is what it is.</summary>
    public static string Of(HttpContext http, ChatRelayOptions options)
    {
        if (options.Owner?.Invoke(http) is { Length: > 0 } chosen) return $"a:{chosen}";
        if (http.User.Identity?.IsAuthenticated is true && SubjectOf(http.User) is { } subject)
            return $"u:{subject.Issuer.Length}:{subject.Issuer}{subject.Value}";

        // What is stored is not what the browser shows to be the owner.
        return $"c:{Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(CookieOf(http))))}";
    }

    // Not the name: it can be changed, and another person may have it.
    private static Claim? SubjectOf(ClaimsPrincipal user) => user.FindFirst("sub") ?? user.FindFirst(ClaimTypes.NameIdentifier);

    private static string CookieOf(HttpContext http)
    {
        string? cookie = http.Request.Cookies[CookieName];
        if (cookie is not { Length: CookieLength } || !cookie.All(char.IsAsciiHexDigitLower))
            cookie = RandomNumberGenerator.GetHexString(CookieLength, lowercase: true);
        http.Response.Cookies.Append(CookieName, cookie, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = http.Request.IsHttps,
            MaxAge = CookieAge,
            Path = "/",
            IsEssential = true,
        });
        return cookie;
    }
}
