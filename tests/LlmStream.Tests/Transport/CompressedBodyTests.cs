using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Transport;

public class CompressedBodyTests
{
    private static readonly JsonObject Body = new() { ["model"] = "m-1" };

    [Theory]
    [InlineData(200, "br")]
    [InlineData(200, "gzip")]
    [InlineData(200, "deflate")]
    [InlineData(200, "zstd")]
    [InlineData(200, "gzip, br")]
    [InlineData(502, "br")]
    public async Task A_compressed_body_is_named_and_not_quoted(int status, string encoding)
    {
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => ReadAsync(status, encoding));

        Assert.Equal(status == 200 ? ChatStreamError.NotAStream : ChatStreamError.ServerError, failure.Error);
        Assert.Equal(status != 200, failure.IsTransient);
        Assert.Contains($"Content-Encoding: {encoding}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AutomaticDecompression", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("compressed-bytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_identity_encoding_is_none() => await ReadAsync(200, "identity");

    [Fact]
    public async Task A_response_that_the_application_requested_is_checked_too()
    {
        using var response = new HttpResponseMessage { Content = new StringContent("compressed-bytes") };
        response.Content.Headers.ContentEncoding.Add("br");
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () => await response.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync());
        Assert.Contains("Content-Encoding: br", failure.Message, StringComparison.Ordinal);
    }

    private static async Task ReadAsync(int status, string encoding)
    {
        using var http = new HttpClient(new Handler(status, encoding));
        var provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = provider, Retry = LlmRetryOptions.Off });
        await client.StreamAsync((JsonObject)Body.DeepClone()).CollectAsync();
    }

    private sealed class Handler(int status, string encoding) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string body = encoding == "identity" ? StubServer.Stream("Hello") : "compressed-bytes";
            var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body), RequestMessage = request };
            foreach (string one in encoding.Split(", ")) response.Content.Headers.ContentEncoding.Add(one);
            return Task.FromResult(response);
        }
    }
}
