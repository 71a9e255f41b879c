using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Transport;

public class RequestHeadersTests
{
    private static readonly LlmProvider Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));

    [Theory]
    [InlineData("1\r\nX-Other: 2")]
    [InlineData("1\n2")]
    [InlineData("1\r2")]
    [InlineData("1\02")]
    [InlineData("1\u007F")]
    public void A_value_with_a_control_character_is_refused_and_not_shown(string value)
    {
        var options = new LlmStreamOptions { Provider = Provider };
        options.Headers["X-User"] = value;

        using var client = new LlmStreamClient(options);
        ArgumentException failure = Assert.Throws<ArgumentException>(() => { client.StreamAsync("Hi", new ChatOptions { ModelId = "m" }); });
        Assert.Contains("X-User", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => { client.StreamAsync(new JsonObject { ["model"] = "m" }); });
        using var other = new LlmStreamClient(Provider with { Headers = new Dictionary<string, string> { ["X-User"] = value } });
        Assert.Throws<ArgumentException>(() => { other.StreamAsync("Hi", new ChatOptions { ModelId = "m" }); });
    }

    [Theory]
    [InlineData("")]
    [InlineData("X User")]
    [InlineData("X-User:")]
    [InlineData("X\r\nY")]
    [InlineData("Überschrift")]
    public void A_name_that_is_not_a_token_is_refused(string name)
    {
        var options = new LlmStreamOptions { Provider = Provider };
        options.Headers[name] = "1";
        Assert.Throws<ArgumentException>(() => new LlmStreamClient(options));
        Assert.Throws<ArgumentException>(() => new LlmStreamClient(Provider with { ApiKeyHeader = name }));
        Assert.Throws<ArgumentException>(() => new LlmStreamClient(Provider with { IdempotencyHeader = name }));
    }

    [Fact]
    public void Tabs_and_other_characters_are_allowed()
    {
        var options = new LlmStreamOptions { Provider = Provider };
        options.Headers["X-User"] = "a\tb é";
        Assert.Equal([new("X-User", "a\tb é")], RequestHeaders.Create(Provider, options));
    }

    [Theory]
    [InlineData("Authorization", true)]
    [InlineData("api-key", true)]
    [InlineData("x-goog-api-key", true)]
    [InlineData("Proxy-Authorization", true)]
    [InlineData("COOKIE", true)]
    [InlineData("X-Auth", true)]
    [InlineData("Helicone-Auth", true)]
    [InlineData("X-Amz-Security-Token", true)]
    [InlineData("anthropic-version", false)]
    [InlineData("X-Request-Id", false)]
    public void Headers_with_credentials_are_recognized_by_name(string name, bool isSecret) => Assert.Equal(isSecret, RequestHeaders.IsSecret(name));

    [Fact]
    public void Credentials_are_found_within_values_and_in_the_base_address()
    {
        LlmProvider provider = Provider with
        {
            BaseAddress = new Uri("https://user%40a:pass%20word@llm.test/v1/?api-key=query%2Dsecret&api-version=7"),
            Headers = new Dictionary<string, string> { ["X-Auth"] = "Bearer of-the-provider", ["X-Other"] = "harmless" },
        };
        var options = new LlmStreamOptions { Provider = provider };
        options.Headers["Cookie"] = "a=first-cookie; b=second-cookie";
        options.Headers["Proxy-Authorization"] = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:of-the-proxy"));

        string[] secrets = [.. RequestHeaders.SecretsOf(provider, options)];
        foreach (string secret in (string[])["of-the-provider", "first-cookie", "second-cookie", "of-the-proxy", "pass word", "query-secret"])
            Assert.Contains(secret, secrets);
        Assert.DoesNotContain("harmless", secrets);
        Assert.DoesNotContain("7", secrets);
    }
}
