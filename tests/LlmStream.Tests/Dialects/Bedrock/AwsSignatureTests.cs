using LlmStream.Dialects;
using LlmStream.Dialects.Bedrock;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects.Bedrock;

public class AwsSignatureTests
{
    private const string Key = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// <summary>Cases of AWS's published test suite for Signature Version 4, by their names.</summary>
    [Theory]
    [InlineData("GET", "/", null, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")] // get-vanilla
    [InlineData("POST", "/", null, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")] // post-vanilla
    [InlineData("GET", "/?Param2=value2&Param1=value1", null, "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")] // get-vanilla-query-order-key-case
    [InlineData("POST", "/", "application/x-www-form-urlencoded", "Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")] // post-x-www-form-urlencoded
    public void The_published_cases_are_signed_as_published(string method, string path, string? contentType, string body, string signature)
    {
        RequestAuthentication request = Request(method, "https://example.amazonaws.com" + path, contentType, body);
        AwsSignature.Sign(request, SigningKey.TryParse(Key)!, "service", "us-east-1");

        string signed = contentType is null ? "host;x-amz-date" : "content-type;host;x-amz-date";
        Assert.Equal(
            [
                "X-Amz-Date: 20150830T123600Z",
                $"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, Signature={signature}",
            ],
            request.Headers.Select(header => $"{header.Key}: {header.Value}"));
    }

    // The values are those of an independent implementation.
    [Theory]
    [InlineData("https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream", "e0783c2567de6feec9faac69e065a9ad19ad472a6b72ea2871bf8863dd046775")]
    [InlineData("https://localhost:8443/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fx/converse-stream", "9cfcef60102602f7565228356f31934a88c7708ab5a5a84cbafd2791d4d8d21c")]
    public void An_escaped_path_is_escaped_once_more(string address, string signature)
    {
        RequestAuthentication request = Request("POST", address, "application/json", "{}");
        AwsSignature.Sign(request, SigningKey.TryParse(Key + ":session")!, "bedrock", "eu-west-1");
        Assert.Contains(new("X-Amz-Security-Token", "session"), request.Headers);
        Assert.EndsWith($"SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature={signature}", request.Headers[^1].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bedrock-runtime.us-east-1.amazonaws.com", "us-east-1")]
    [InlineData("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1")]
    [InlineData("bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1")]
    [InlineData("vpce-0a-1b.bedrock-runtime.eu-central-1.vpce.amazonaws.com", "eu-central-1")]
    public void The_region_is_in_the_host(string host, string region) => Assert.Equal(region, AwsSignature.RegionOf(host));

    private static RequestAuthentication Request(string method, string address, string? contentType, string body) => new()
    {
        Method = method,
        Address = new Uri(address),
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        ContentType = contentType,
        Provider = LlmProvider.Bedrock,
        Key = null,
        TimeProvider = new FixedTime(new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero)),
    };
}
