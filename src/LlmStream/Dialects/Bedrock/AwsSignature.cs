using System.Globalization;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// AWS Signature Version 4, in headers (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
/// </summary>
internal static class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";
    private const string DefaultRegion = "us-east-1";

    /// <summary>Adds <c>X-Amz-Date</c>, <c>X-Amz-Security-Token</c> if the key is temporary, and <c>Authorization</c>.</summary>
    public static void Sign(RequestAuthentication request, SigningKey key, string service, string region)
    {
        string time = request.TimeProvider.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.Host, ["x-amz-date"] = time };
        if (request.ContentType is { } contentType) headers.Add("content-type", contentType);
        if (key.Token is { } token) headers.Add("x-amz-security-token", token);

        string signedHeaders = string.Join(';', headers.Keys);
        string canonicalRequest = string.Join('\n',
        [
            request.Method,
            CanonicalPath(request.Address),
            CanonicalQuery(request.Address),
            .. headers.Select(header => $"{header.Key}:{header.Value}"),
            "",
            signedHeaders,
            SigningKey.Hash(request.Body.Span),
        ]);
        string[] scope = [time[..8], region, service, Terminator];
        string scopeText = string.Join('/', scope);
        string signature = key.Sign("AWS4", scope, $"{Algorithm}\n{time}\n{scopeText}\n{SigningKey.Hash(canonicalRequest)}");

        request.Headers.Add(new("X-Amz-Date", time));
        if (key.Token is not null) request.Headers.Add(new("X-Amz-Security-Token", key.Token));
        request.Headers.Add(new(
            "Authorization", $"{Algorithm} Credential={key.Id}/{scopeText}, SignedHeaders={signedHeaders}, Signature={signature}"));
    }

    /// <summary>
    /// The region in the name of a host, such as <c>bedrock-runtime.eu-west-1.amazonaws.com</c>: the label after that of the service. For
    /// any other host that of the environment variable <c>AWS_REGION</c>, or else us-east-1.
    /// </summary>
    public static string RegionOf(string host)
    {
        string[] labels = host.Split('.');
        int service = Array.FindIndex(labels, label => label is "bedrock-runtime" or "bedrock-runtime-fips");
        if (service >= 0 && service + 2 < labels.Length) return labels[service + 1];
        return Environment.GetEnvironmentVariable("AWS_REGION") is { Length: > 0 } region ? region : DefaultRegion;
    }

    /// <summary>Each segment of the path as it is sent is escaped once more, as all services but S3 expect.</summary>
    private static string CanonicalPath(Uri address) => string.Join('/', address.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    private static string CanonicalQuery(Uri address) => string.Join('&', address.Query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=")
        .Order(StringComparer.Ordinal));
}
