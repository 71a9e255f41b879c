using System.Net;
using System.Text;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

/// <summary>The exception for a response whose status is not a success.</summary>
public class FailedResponseTests
{
    private const int Limit = 64 * 1024;

    [Theory]
    [InlineData(400, ChatStreamError.InvalidRequest, false)]
    [InlineData(401, ChatStreamError.Unauthorized, false)]
    [InlineData(402, ChatStreamError.InvalidRequest, false)]
    [InlineData(403, ChatStreamError.Unauthorized, false)]
    [InlineData(404, ChatStreamError.InvalidRequest, false)]
    [InlineData(407, ChatStreamError.InvalidRequest, false)]
    [InlineData(408, ChatStreamError.ServerError, true)]
    [InlineData(409, ChatStreamError.ServerError, true)]
    [InlineData(410, ChatStreamError.InvalidRequest, false)]
    [InlineData(413, ChatStreamError.InvalidRequest, false)]
    [InlineData(422, ChatStreamError.InvalidRequest, false)]
    [InlineData(424, ChatStreamError.InvalidRequest, false)]
    [InlineData(425, ChatStreamError.ServerError, true)]
    [InlineData(426, ChatStreamError.InvalidRequest, false)]
    [InlineData(428, ChatStreamError.InvalidRequest, false)]
    [InlineData(429, ChatStreamError.RateLimited, true)]
    [InlineData(430, ChatStreamError.InvalidRequest, false)]
    [InlineData(499, ChatStreamError.InvalidRequest, false)]
    [InlineData(500, ChatStreamError.ServerError, true)]
    [InlineData(501, ChatStreamError.ServerError, true)]
    [InlineData(503, ChatStreamError.ServerError, true)]
    [InlineData(529, ChatStreamError.ServerError, true)]
    [InlineData(599, ChatStreamError.ServerError, true)]
    public async Task The_status_determines_the_error_and_whether_it_is_transient(int status, ChatStreamError error, bool isTransient)
    {
        ChatStreamException failure = await ReadAsync(status, "");

        Assert.Equal((error, isTransient, (HttpStatusCode)status), (failure.Error, failure.IsTransient, failure.StatusCode!.Value));
        Assert.Contains($"HTTP {status}", failure.Message, StringComparison.Ordinal);
        Assert.Empty(failure.Partial.Choices);
    }

    [Theory]
    [InlineData("insufficient_quota", false)]
    [InlineData("billing_hard_limit_reached", false)]
    [InlineData("rate_limit_exceeded", true)]
    public async Task A_quota_that_is_used_up_is_not_transient(string code, bool isTransient)
    {
        ChatStreamException failure = await ReadAsync(429, $$$"""{"error":{"message":"No.","code":"{{{code}}}"}}""");

        Assert.Equal((ChatStreamError.RateLimited, isTransient, code), (failure.Error, failure.IsTransient, failure.ProviderCode));
    }

    [Theory]
    [InlineData(400, "API_KEY_INVALID", ChatStreamError.Unauthorized)]
    [InlineData(400, "FIELD_INVALID", ChatStreamError.InvalidRequest)]
    [InlineData(404, "API_KEY_INVALID", ChatStreamError.InvalidRequest)]
    public async Task An_invalid_key_that_is_reported_as_an_invalid_request_is_unauthorized(int status, string reason, ChatStreamError error)
    {
        ChatStreamException failure = await ReadAsync(status, $$$"""{"error":{"code":{{{status}}},"message":"No.","details":[{"reason":"{{{reason}}}"}]}}""");

        Assert.Equal((error, false), (failure.Error, failure.IsTransient));
    }

    [Theory]
    [InlineData(500, "false", false)]
    [InlineData(400, "true", true)]
    [InlineData(500, "maybe", true)]
    [InlineData(400, "maybe", false)]
    public async Task The_server_may_state_whether_to_retry(int status, string value, bool isTransient) =>
        Assert.Equal(isTransient, (await ReadAsync(status, "", ("x-should-retry", value))).IsTransient);

    [Theory]
    [InlineData("""{"error":{"message":"Too long.","code":"context_length_exceeded"}}""", "context_length_exceeded", "Too long.")]
    [InlineData("  \r\n{\"error\":\"No\"}\n", null, "No")]
    [InlineData("[{\"error\":{\"message\":\"No\",\"code\":400}}]", "400", "No")]
    [InlineData("data: {\"error\":{\"message\":\"No\"}}\n\n", null, "No")]
    [InlineData("data:{\"error\":{\"message\":\"No\"}}", null, "No")]
    [InlineData("<html>403</html>", null, "<html>403</html>")]
    [InlineData("\n<!doctype html><head><title>502 &#8211;\n Bad</title></head><h1>x</h1>", null, "HTML page \"502 \u2013 Bad\"")]
    [InlineData("upstream connect error", null, "upstream connect error")]
    [InlineData("{not json", null, "{not json")]
    public async Task The_body_is_described(string body, string? code, string message)
    {
        ChatStreamException failure = await ReadAsync(400, body);

        Assert.Equal((code, message), (failure.ProviderCode, failure.ProviderMessage));
        Assert.EndsWith($"400 Bad Request: {message}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ThrottlingException", "ThrottlingException")]
    [InlineData("ValidationException:http://internal.example.com/coral/", "ValidationException")]
    [InlineData("com.example.coral.service#UnknownOperationException", "UnknownOperationException")]
    [InlineData("", null)]
    public async Task A_header_may_state_the_code(string value, string? code)
    {
        ChatStreamException failure = await ReadAsync(400, """{"message":"No"}""", ("x-amzn-ErrorType", value));
        Assert.Equal((code, "No"), (failure.ProviderCode, failure.ProviderMessage));
    }

    [Fact]
    public async Task The_code_in_the_body_is_used_before_the_header() =>
        Assert.Equal("in_body", (await ReadAsync(400, """{"message":"No","code":"in_body"}""", ("x-amzn-ErrorType", "InHeader"))).ProviderCode);

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("\uFEFF")]
    public async Task An_empty_body_leaves_only_the_status(string body)
    {
        ChatStreamException failure = await ReadAsync(404, body);

        Assert.Null(failure.ProviderMessage);
        Assert.Equal("The provider responded with HTTP 404 Not Found.", failure.Message);
    }

    [Fact]
    public async Task A_status_without_a_reason_phrase_is_described_too() =>
        Assert.Equal("The provider responded with HTTP 599.", (await ReadAsync(599, "")).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(10_000)]
    public async Task The_body_is_read_up_to_the_limit(int limit)
    {
        var body = new CountingStream(new string('x', 20_000));
        ChatStreamException failure = await ReadAsync(400, body, limit);

        Assert.Equal(limit, body.Taken);
        Assert.StartsWith("x", failure.ProviderMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_as_long_as_the_limit_is_read_whole()
    {
        const string body = """{"error":{"message":"No"}}""";
        Assert.Equal("No", (await ReadAsync(400, new CountingStream(body), body.Length)).ProviderMessage);
        Assert.NotEqual("No", (await ReadAsync(400, new CountingStream(body), body.Length - 1)).ProviderMessage);
    }

    [Fact]
    public async Task A_body_larger_than_the_first_buffer_is_read_whole()
    {
        string message = new('m', 9_000);
        Assert.Equal(message, (await ReadAsync(400, new CountingStream($$$"""{"error":{"message":"{{{message}}}"}}"""), Limit)).ProviderMessage);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task If_the_body_breaks_off_the_status_still_counts(bool isHttp)
    {
        Exception cause = isHttp ? new HttpRequestException("reset") : new IOException("reset");
        ChatStreamException failure = await ReadAsync(503, new CountingStream("half a me", cause), Limit);

        Assert.Equal((ChatStreamError.ServerError, "half a me"), (failure.Error, failure.ProviderMessage));
    }

    [Fact]
    public async Task A_cancellation_is_passed_on()
    {
        var response = new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StreamContent(new CountingStream("x")) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => FailedResponse.ReadAsync(response, Limit, TimeProvider.System, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("x-request-id")]
    [InlineData("request-id")]
    [InlineData("apim-request-id")]
    [InlineData("x-ds-request-id")]
    [InlineData("x-amzn-requestid")]
    [InlineData("cf-ray")]
    public async Task The_request_id_is_read_from_the_headers_that_providers_use(string header)
    {
        ChatStreamException failure = await ReadAsync(400, """{"code":"c","message":"m","request_id":"from-body"}""", (header, "from-header"));
        Assert.Equal("from-header", failure.RequestId);
    }

    [Fact]
    public async Task The_request_id_is_read_from_the_body_if_no_header_has_one()
    {
        ChatStreamException failure = await ReadAsync(400, """{"code":"c","message":"m","request_id":"from-body"}""", ("x-request-id", ""));
        Assert.Equal("from-body", failure.RequestId);
    }

    [Fact]
    public async Task The_first_of_several_request_id_headers_counts()
    {
        ChatStreamException failure = await ReadAsync(400, "", ("cf-ray", "ray"), ("x-request-id", "id"));
        Assert.Equal("id", failure.RequestId);
    }

    [Fact]
    public async Task The_wait_is_read_from_the_header_or_else_from_the_body()
    {
        const string body = """{"error":{"code":429,"message":"Slow.","details":[{"retryDelay":"13s"}]}}""";
        Assert.Equal(TimeSpan.FromSeconds(13), (await ReadAsync(429, body)).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(7), (await ReadAsync(429, body, ("Retry-After", "7"))).RetryAfter);
        Assert.Null((await ReadAsync(429, "")).RetryAfter);
    }

    private static async Task<ChatStreamException> ReadAsync(int status, string body, params (string Name, string Value)[] headers)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8) };
        foreach ((string name, string value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        return await FailedResponse.ReadAsync(response, Limit, new FakeTimeProvider(), TestContext.Current.CancellationToken);
    }

    private static Task<ChatStreamException> ReadAsync(int status, CountingStream body, int limit)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StreamContent(body) };
        return FailedResponse.ReadAsync(response, limit, new FakeTimeProvider(), TestContext.Current.CancellationToken);
    }

    /// <summary>A body that counts the bytes that were taken from it, and then ends or fails.</summary>
    private sealed class CountingStream(string text, Exception? failure = null) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public int Taken { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Read(buffer.Span);
            Taken += count;
            return count == 0 && failure is not null ? ValueTask.FromException<int>(failure) : new(count);
        }
    }
}
