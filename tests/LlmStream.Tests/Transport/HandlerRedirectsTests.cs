using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Transport;

/// <summary>A handler that follows redirects by itself must not get credentials that it would send along.</summary>
public class HandlerRedirectsTests
{
    private static readonly LlmProvider Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));

    [Theory]
    [InlineData("api-key")]
    [InlineData("x-api-key")]
    [InlineData("x-goog-api-key")]
    public void A_key_in_another_header_than_Authorization_is_refused(string header)
    {
        using var http = new HttpClient();
        ArgumentException failure = Assert.Throws<ArgumentException>(() => Create(http, header));
        Assert.Contains(header, failure.Message, StringComparison.Ordinal);
        Assert.Contains("AllowAutoRedirect", failure.Message, StringComparison.Ordinal);

        using var nested = new HttpClient(new Outer(new Outer(new SocketsHttpHandler())));
        Assert.Throws<ArgumentException>(() => Create(nested, header));
    }

    [Fact]
    public void Other_credentials_are_refused_too()
    {
        using var http = new HttpClient();
        foreach (string header in (string[])["Cookie", "Proxy-Authorization", "X-Auth"])
        {
            var options = new LlmStreamOptions { Provider = Provider };
            options.Headers[header] = "secret";
            Assert.Throws<ArgumentException>(() => new LlmStreamClient(http, options));
        }

        http.DefaultRequestHeaders.Add("X-Auth", "secret");
        Assert.Throws<ArgumentException>(() => Create(http, "Authorization"));
    }

    [Fact]
    public void A_handler_that_does_not_send_them_along_is_accepted()
    {
        using var plain = new HttpClient();
        Create(plain, "Authorization"); // .NET removes it
        new LlmStreamClient(plain, new LlmStreamOptions { Provider = Provider with { ApiKeyHeader = "api-key" } }).Dispose(); // no key

        using var sockets = new HttpClient(new Outer(new SocketsHttpHandler { AllowAutoRedirect = false }));
        Create(sockets, "api-key");
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        Create(client, "api-key");
        using var other = new HttpClient(new StubServer());
        Create(other, "api-key");
    }

    private static void Create(HttpClient http, string header) =>
        new LlmStreamClient(http, new LlmStreamOptions { Provider = Provider with { ApiKeyHeader = header }, ApiKey = "sk-secret" }).Dispose();

    private sealed class Outer(HttpMessageHandler inner) : DelegatingHandler(inner);
}
