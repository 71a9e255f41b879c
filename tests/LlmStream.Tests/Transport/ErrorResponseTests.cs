using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Transport;

/// <summary>Errors that a response states, and responses that are not streams, as a caller sees them.</summary>
public class ErrorResponseTests
{
    private static readonly JsonObject Body = new() { ["model"] = "m-1" };

    [Theory]
    [InlineData(400, """{"error":{"message":"Too long.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""", ChatStreamError.InvalidRequest, "context_length_exceeded", "Too long.")]
    [InlineData(400, """{"code":"InvalidParameter","message":"Wrong role","request_id":"r-9"}""", ChatStreamError.InvalidRequest, "InvalidParameter", "Wrong role")]
    [InlineData(400, """{"object":"error","message":"Expected last role User","type":"invalid_request_message_order","code":"3230"}""", ChatStreamError.InvalidRequest, "3230", "Expected last role User")]
    [InlineData(400, """{"code":"Client specified an invalid argument","error":"Bad model"}""", ChatStreamError.InvalidRequest, "Client specified an invalid argument", "Bad model")]
    [InlineData(404, """{"error":{"code":404,"message":"No such model","status":"NOT_FOUND"}}""", ChatStreamError.InvalidRequest, "NOT_FOUND", "No such model")]
    [InlineData(422, """{"detail":[{"loc":["body"],"msg":"field required"}]}""", ChatStreamError.InvalidRequest, null, """[{"loc":["body"],"msg":"field required"}]""")]
    [InlineData(401, """{"error":{"message":"Wrong key.","code":"invalid_api_key"}}""", ChatStreamError.Unauthorized, "invalid_api_key", "Wrong key.")]
    [InlineData(403, """{"error":"Forbidden for you"}""", ChatStreamError.Unauthorized, null, "Forbidden for you")]
    [InlineData(200, """{"Response":{"Error":{"Code":"InvalidParameter","Message":"Temperature"},"RequestId":"r-1"}}""", ChatStreamError.ProviderError, "InvalidParameter", "Temperature")]
    [InlineData(200, """{"code":"bad","error":"Not today"}""", ChatStreamError.ProviderError, "bad", "Not today")]
    public async Task Every_form_of_error_is_read(int status, string body, ChatStreamError error, string? code, string? message)
    {
        ChatStreamException failure = await FailAsync(new StubServer().Answers((HttpStatusCode)status, body));

        Assert.Equal(error, failure.Error);
        Assert.Equal(code, failure.ProviderCode);
        Assert.Equal(message, failure.ProviderMessage);
        Assert.Contains(message!, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_html_page_is_an_error_that_names_its_title()
    {
        ChatStreamException refused = await FailAsync(new StubServer().Answers(HttpStatusCode.Forbidden, "<html><title>403</title></html>", "text/html"));
        Assert.Equal(ChatStreamError.Unauthorized, refused.Error);
        Assert.EndsWith("403 Forbidden: HTML page \"403\"", refused.Message, StringComparison.Ordinal);

        ChatStreamException page = await FailAsync(new StubServer().Answers(HttpStatusCode.OK, "<!doctype html><title>Sign in</title>", "text/html"));
        Assert.Equal(ChatStreamError.NotAStream, page.Error);
        Assert.Contains("Sign in", page.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_json_document_that_is_not_an_answer_is_not_a_stream()
    {
        ChatStreamException failure = await FailAsync(new StubServer().Answers(HttpStatusCode.OK, """{"status":"ok"}"""));
        Assert.Equal(ChatStreamError.NotAStream, failure.Error);
        Assert.Contains("status", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_in_one_piece_is_read()
    {
        var server = new StubServer().Answers(HttpStatusCode.OK, """{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""");

        var deltas = new List<ChatDelta>();
        await foreach (ChatDelta delta in server.Client().StreamAsync(Body)) deltas.Add(delta);
        ChatDelta only = Assert.Single(deltas);
        Assert.Equal("Hello", only.Text);
        Assert.Equal("stop", only.FinishReason!.Value.Value);
        Assert.Equal(3, only.Usage!.TotalTokenCount);
    }

    [Fact]
    public async Task An_empty_body_leaves_only_the_status()
    {
        ChatStreamException failure = await FailAsync(new StubServer().Answers(HttpStatusCode.NotFound));
        Assert.Contains("404", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.ProviderMessage);
    }

    [Fact]
    public async Task The_body_of_an_error_is_read_up_to_a_limit()
    {
        var body = new EndlessStream();
        var response = new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StreamContent(body) };

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta _ in response.ReadChatDeltasAsync(ChatDialect.OpenAI))
            {
            }
        });
        Assert.Equal(ChatStreamError.InvalidRequest, failure.Error);
        Assert.InRange(body.BytesRead, 64 * 1024, 80 * 1024);
    }

    [Fact]
    public async Task The_headers_of_an_error_are_read()
    {
        ChatStreamException failure = await FailAsync(new StubServer().Answers(HttpStatusCode.TooManyRequests, headers: [("x-request-id", "req-7"), ("Retry-After", "90")]));

        Assert.Equal("req-7", failure.RequestId);
        Assert.Equal(TimeSpan.FromSeconds(90), failure.RetryAfter);
        Assert.Equal(HttpStatusCode.TooManyRequests, failure.StatusCode);
    }

    [Fact]
    public async Task An_error_within_the_stream_carries_the_partial_answer()
    {
        ChatStreamException failure = await FailAsync(new StubServer().Streams(StubServer.Chunk("Hel") + """data: {"error":{"message":"Upstream died.","code":502}}""" + "\n\n"));

        Assert.Equal(ChatStreamError.ProviderError, failure.Error);
        Assert.Equal("502", failure.ProviderCode);
        Assert.Equal(HttpStatusCode.BadGateway, failure.StatusCode);
        Assert.True(failure.IsTransient);
        Assert.Equal("Hel", failure.Partial.Text);
        Assert.Equal(1, failure.AttemptCount);
    }

    private static Task<ChatStreamException> FailAsync(StubServer server) => Assert.ThrowsAsync<ChatStreamException>(async () =>
    {
        await foreach (ChatDelta _ in server.Client(options => options.Retry = LlmRetryOptions.Off).StreamAsync(Body))
        {
        }
    });

    private sealed class EndlessStream : MemoryStream
    {
        public long BytesRead { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            BytesRead += buffer.Length;
            return new(buffer.Length);
        }
    }
}
