using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Dialects.Hunyuan;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects.Hunyuan;

public class TencentSignatureTests
{
    /// <summary>The example of Tencent Cloud's documentation of signature method 3, whose key is masked by asterisks.</summary>
    [Fact]
    public void The_example_of_the_documentation_is_signed_as_documented()
    {
        RequestAuthentication request = Request(
            "https://cvm.tencentcloudapi.com/",
            """{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}""",
            "application/json; charset=utf-8");

        TencentSignature.Sign(request, SigningKey.TryParse("AKIDexample:********************************")!, "DescribeInstances", "2017-03-12");

        Assert.Equal(
            [
                "X-TC-Action: DescribeInstances", "X-TC-Version: 2017-03-12", "X-TC-Timestamp: 1551113065",
                "Authorization: TC3-HMAC-SHA256 Credential=AKIDexample/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, "
                + "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
            ],
            request.Headers.Select(header => $"{header.Key}: {header.Value}"));
    }

    [Fact]
    public void A_temporary_key_sends_its_token()
    {
        RequestAuthentication request = Request("https://hunyuan.ap-guangzhou.tencentcloudapi.com/", "{}", "application/json");
        TencentSignature.Sign(request, SigningKey.TryParse("id:secret:token")!, "ChatCompletions", "2023-09-01");
        Assert.Contains(new("X-TC-Token", "token"), request.Headers);
        Assert.Contains("/hunyuan/tc3_request", request.Headers[^1].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://hunyuan.tencentcloudapi.com/", "2023-09-01")]
    [InlineData("https://lkeap.tencentcloudapi.com/", "2024-05-22")]
    public async Task The_version_is_that_of_the_service(string address, string version)
    {
        RequestAuthentication request = Request(address, "{}", "application/json", "id:secret");
        await new HunyuanDialect().AuthenticateAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains(new("X-TC-Version", version), request.Headers);
    }

    [Fact]
    public async Task Another_key_is_sent_as_it_is()
    {
        RequestAuthentication request = Request("https://api.lkeap.cloud.tencent.com/", "{}", "application/json", "sk-1");
        await new HunyuanDialect().AuthenticateAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(new("Authorization", "Bearer sk-1"), Assert.Single(request.Headers));
    }

    [Fact]
    public async Task Each_attempt_is_signed_anew()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Status(500).Then(Script.Answer("The sky is blue.")), new ScriptedLlmServerOptions { Dialect = ChatDialect.Hunyuan });
        using var client = new LlmStreamClient(new LlmStreamOptions
        {
            Provider = server.Provider with { ChatPath = "" },
            ApiKey = "id:secret",
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero },
        });

        JsonObject body = JsonNode.Parse("""{"Model":"hunyuan-turbos-latest","Messages":[{"Role":"user","Content":"Why is the sky blue?"}]}""")!.AsObject();
        ChatStreamResult result = await client.StreamAsync(body, TestContext.Current.CancellationToken).CollectAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("The sky is blue.", 2), (result.Text, server.Requests.Count));
        Assert.All(server.Requests, request =>
        {
            Assert.Equal(("ChatCompletions", "2023-09-01", true), (request.Headers["X-TC-Action"], request.Headers["X-TC-Version"], request.Json!["Stream"]!.GetValue<bool>()));
            var seen = new RequestAuthentication
            {
                Method = request.Method,
                Address = new Uri(server.BaseAddress, request.Path),
                Body = request.Body,
                ContentType = request.Headers["Content-Type"],
                Provider = server.Provider,
                Key = "id:secret",
                TimeProvider = new FixedTime(DateTimeOffset.FromUnixTimeSeconds(long.Parse(request.Headers["X-TC-Timestamp"], System.Globalization.CultureInfo.InvariantCulture))),
            };
            TencentSignature.Sign(seen, SigningKey.TryParse("id:secret")!, "ChatCompletions", "2023-09-01");
            Assert.Equal(seen.Headers[^1].Value, request.Headers["Authorization"]);
        });
    }

    private static RequestAuthentication Request(string address, string body, string contentType, string? key = null) => new()
    {
        Method = "POST",
        Address = new Uri(address),
        Body = Encoding.UTF8.GetBytes(body),
        ContentType = contentType,
        Provider = LlmProvider.Hunyuan,
        Key = key,
        TimeProvider = new FixedTime(DateTimeOffset.FromUnixTimeSeconds(1551113065)),
    };
}
