using System.Globalization;

namespace LlmStream.Dialects.Hunyuan;

/// <summary>Tencent Cloud's signature method 3, TC3-HMAC-SHA256 (tencentcloud.com/document/product/1021/34193).</summary>
internal static class TencentSignature
{
    private const string Algorithm = "TC3-HMAC-SHA256";
    private const string SignedHeaders = "content-type;host;x-tc-action";

    /// <summary>Adds the headers that name the action and those that authenticate the request.</summary>
    /// <param name="request">The request. Its host names the service: <c>hunyuan.tencentcloudapi.com</c>.</param>
    /// <param name="key">The SecretId and SecretKey, and the token of a temporary key.</param>
    /// <param name="action">The name of the API's action.</param>
    /// <param name="version">The version of the API.</param>
    public static void Sign(RequestAuthentication request, SigningKey key, string action, string version)
    {
        DateTimeOffset now = request.TimeProvider.GetUtcNow();
        string time = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string date = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string canonicalRequest = string.Join('\n',
        [
            request.Method,
            request.Address.AbsolutePath,
            request.Address.Query.TrimStart('?'),
            $"content-type:{request.ContentType}",
            $"host:{request.Host}",
            $"x-tc-action:{action.ToLowerInvariant()}",
            "",
            SignedHeaders,
            SigningKey.Hash(request.Body.Span),
        ]);
        string[] scope = [date, ServiceOf(request.Address), "tc3_request"];
        string scopeText = string.Join('/', scope);
        string signature = key.Sign("TC3", scope, $"{Algorithm}\n{time}\n{scopeText}\n{SigningKey.Hash(canonicalRequest)}");

        request.Headers.Add(new("X-TC-Action", action));
        request.Headers.Add(new("X-TC-Version", version));
        request.Headers.Add(new("X-TC-Timestamp", time));
        if (key.Token is { } token) request.Headers.Add(new("X-TC-Token", token));
        request.Headers.Add(new(
            "Authorization", $"{Algorithm} Credential={key.Id}/{scopeText}, SignedHeaders={SignedHeaders}, Signature={signature}"));
    }

    /// <summary>The service that an address belongs to: the first label of the host, which a region may follow.</summary>
    public static string ServiceOf(Uri address) => address.Host.Split('.')[0];
}
