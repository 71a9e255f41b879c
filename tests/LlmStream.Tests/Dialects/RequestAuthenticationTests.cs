using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class RequestAuthenticationTests
{
    [Theory]
    [InlineData("Authorization", "k", "Authorization: Bearer k")]
    [InlineData("authorization", "k", "authorization: Bearer k")]
    [InlineData("x-api-key", "k", "x-api-key: k")]
    [InlineData("x-api-key", null, "")]
    public void The_key_is_sent_in_the_header_of_the_provider(string header, string? key, string expected)
    {
        var request = new RequestAuthentication
        {
            Method = "POST",
            Address = new Uri("https://example.com/chat"),
            Body = default,
            ContentType = null,
            Provider = LlmProvider.OpenAI with { ApiKeyHeader = header },
            Key = key,
            TimeProvider = TimeProvider.System,
        };
        request.AddKey();
        Assert.Equal(expected, string.Join('|', request.Headers.Select(pair => $"{pair.Key}: {pair.Value}")));
    }
}
