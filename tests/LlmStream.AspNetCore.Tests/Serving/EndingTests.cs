using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Serving;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.AspNetCore.Wires;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>How failures look to the browser, before and after the answer began.</summary>
public class EndingTests
{
    private const string Question = """{"message":"hi"}""";
    private const string Secret = "sk-secret at internal.host: the prompt";

    public static TheoryData<ChatStreamError, int, string> Errors => new()
    {
        { ChatStreamError.Connection, 502, "connection_failed" },
        { ChatStreamError.ConnectTimeout, 504, "timeout" },
        { ChatStreamError.FirstDeltaTimeout, 504, "timeout" },
        { ChatStreamError.IdleTimeout, 504, "timeout" },
        { ChatStreamError.StalledTimeout, 504, "timeout" },
        { ChatStreamError.TotalTimeout, 504, "timeout" },
        { ChatStreamError.RateLimited, 429, "rate_limited" },
        { ChatStreamError.Unauthorized, 502, "unauthorized" },
        { ChatStreamError.InvalidRequest, 400, "invalid_request" },
        { ChatStreamError.ServerError, 502, "server_error" },
        { ChatStreamError.Truncated, 502, "truncated" },
        { ChatStreamError.ProviderError, 502, "provider_error" },
        { ChatStreamError.MalformedEvent, 502, "invalid_response" },
        { ChatStreamError.NotAStream, 502, "invalid_response" },
        { ChatStreamError.TooLarge, 502, "too_large" },
        { ChatStreamError.RepeatedItself, 502, "repeated_itself" },
        { ChatStreamError.InvalidJson, 502, "invalid_json" },
        { ChatStreamError.ClientDisposed, 503, "shutting_down" },
    };

    public static TheoryData<string, int, string> OtherExceptions => new()
    {
        { nameof(InvalidOperationException), 500, "internal_error" },
        { nameof(TimeoutException), 504, "timeout" },
        { "timeout of HttpClient", 504, "timeout" },
        { "timeout of HttpClient, over an IChatClient", 504, "timeout" },
        { "no connection", 502, "connection_failed" },
        { "status 401", 502, "unauthorized" },
        { "status 400", 400, "invalid_request" },
        { "status 402", 502, "quota_exhausted" },
        { "status 404", 502, "not_configured" },
        { "status 422", 400, "invalid_request" },
        { "status 429", 429, "rate_limited" },
        { "status 503", 502, "server_error" },
    };

    [Fact]
    public void Each_kind_of_error_is_tested() => Assert.Equal(Enum.GetValues<ChatStreamError>(), Errors.Select(row => row.Data.Item1));

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_failure_before_the_first_content_has_a_status(ChatStreamError error, int status, string code)
    {
        await AssertStatusAsync(Failure(error), status, code);
    }

    [Theory]
    [MemberData(nameof(OtherExceptions))]
    public async Task So_has_any_other_exception(string name, int status, string code) => await AssertStatusAsync(Other(name), status, code);

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_failure_after_it_is_an_event(ChatStreamError error, int status, string code)
    {
        await AssertEventAsync(Failure(error));
        Assert.Equal((status, code), (FailureDescription.Of(Failure(error)).Status, FailureDescription.Of(Failure(error)).Code));
    }

    [Theory]
    [MemberData(nameof(OtherExceptions))]
    public async Task So_is_any_other_exception(string name, int status, string code)
    {
        await AssertEventAsync(Other(name));
        Assert.Equal((status, code), (FailureDescription.Of(Other(name)).Status, FailureDescription.Of(Other(name)).Code));
    }

    [Fact]
    public async Task A_rate_limit_says_how_long_to_wait()
    {
        var limited = new ChatStreamException(ChatStreamError.RateLimited) { RetryAfter = TimeSpan.FromSeconds(1.2) };
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.FailingAfter(limited));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("2", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Contains("in 2 seconds", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_delay_that_the_provider_asks_for_is_passed_on()
    {
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Status(429).WithRetryAfter(TimeSpan.FromSeconds(7)), llm: options => options.Retry = LlmRetryOptions.Off);
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("7", Assert.Single(response.Headers.GetValues("Retry-After")));
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("returns null")]
    [InlineData("fails to enumerate")]
    public async Task A_handler_that_fails_at_once_has_a_status(string how)
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => how switch
        {
            "throws" => throw new InvalidOperationException(Secret),
            "returns null" => null!,
            _ => new FailingSource(atStart: true),
        });
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain(Secret, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_disposal_after_a_complete_answer_is_only_logged()
    {
        using var log = new LogRecords();
        await using RelayApp app = await RelayApp.StartAsync(_ => new FailingSource(atStart: false), build: log.AddTo);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains("\"done\":true", connection.Received, StringComparison.Ordinal);
        Assert.Contains(log.OfRelay, text => text.Contains("could not be disposed of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancellation_by_the_handler_is_the_wires_cancellation()
    {
        foreach (ChatDelta[] deltas in (ChatDelta[][])[[], Encoded.Pieces("It ra")])
        {
            await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.FailingAfter(new OperationCanceledException(), deltas));
            using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
            string body = await response.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.EndsWith("""data: {"error":"cancelled"}""" + "\n\n", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_invalid_request_that_the_handler_finds_is_shown()
    {
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.FailingAfter(new BadHttpRequestException("The image is too large.", StatusCodes.Status413PayloadTooLarge)));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("The image is too large.", (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["detail"]);
    }

    [Fact]
    public async Task A_rewrite_that_the_wire_cannot_express_is_a_failure()
    {
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.FailingAfter(new InvalidOperationException(), Encoded.Pieces("abc")[0], new ChatDelta { Text = "x", TextOffset = 1 }));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal("The answer was started over, which cannot be shown here. Try again.", (string?)Encoded.Events(body)[^1]["error"]);
    }

    [Fact]
    public async Task Deltas_without_content_are_held_back_until_there_is_content()
    {
        ChatDelta[] empty = [.. Enumerable.Range(0, 100).Select(_ => new ChatDelta { Usage = new UsageDetails { OutputTokenCount = 7 } })];
        await using RelayApp failing = await RelayApp.StartAsync(_ => FakeAnswers.FailingAfter(Failure(ChatStreamError.Unauthorized), empty));
        using HttpResponseMessage refused = await failing.PostAsync("/api/chat", Question);
        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);

        await using RelayApp app = await RelayApp.StartAsync(_ => empty.ToAsyncEnumerable());
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal("""data: {"done":true,"tokens":7}""" + "\n\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_application_chooses_the_text_of_a_failure()
    {
        using var log = new LogRecords();
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.FailingAfter(Failure(ChatStreamError.ProviderError)),
            options => options.DescribeError = exception => ((ChatStreamException)exception).ProviderMessage);
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal(Secret, (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["detail"]);

        await using RelayApp failing = await RelayApp.StartAsync(
            _ => FakeAnswers.FailingAfter(Failure(ChatStreamError.ProviderError)),
            options => options.DescribeError = _ => throw new InvalidOperationException("no text"),
            build: log.AddTo);
        using HttpResponseMessage other = await failing.PostAsync("/api/chat", Question);
        Assert.Equal(HttpStatusCode.BadGateway, other.StatusCode);
        Assert.Equal("The AI service reported an error.", (string?)(await other.Content.ReadFromJsonAsync<JsonNode>())!["detail"]);
        Assert.Contains(log.OfRelay, text => text.Contains("DescribeError failed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ends", "The answer was cut off. Try again.")]
    [InlineData("fails", "The answer could not be generated.")]
    public async Task Any_IChatClient_is_relayed_truthfully(string how, string error)
    {
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"), map => map.MapPost("/api/chat", () => ChatResults.Stream(Updates(), ChatWire.Json)));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        IReadOnlyList<JsonNode> events = Encoded.Events(await response.Content.ReadAsStringAsync());
        Assert.Equal(("It ra", error), ((string?)events[0]["content"], (string?)events[^1]["error"]));
        Assert.DoesNotContain(events, e => e["done"] is not null);

        async IAsyncEnumerable<ChatResponseUpdate> Updates()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, "It ra");
            if (how == "fails") throw new InvalidOperationException(Secret);
        }
    }

    [Fact]
    public async Task The_connection_is_aborted_if_the_end_cannot_be_written()
    {
        using var log = new LogRecords();
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            app =>
            {
                app.Use((http, next) =>
                {
                    http.Response.Body = new FailingStream(http.Response.Body);
                    return next(http);
                });
                app.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken _) => FakeAnswers.Complete("Hello."));
            },
            build: log.AddTo);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        Assert.False(await connection.ReadToEndAsync());
        Assert.DoesNotContain("done", connection.Received, StringComparison.Ordinal);
        Assert.Contains(log.OfRelay, text => text.Contains("could not be sent", StringComparison.Ordinal));
    }

    private static async Task AssertStatusAsync(Exception exception, int status, string code)
    {
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.FailingAfter(exception, new ChatDelta { Role = ChatRole.Assistant }));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal(code, (string?)JsonNode.Parse(body)!["code"]);
        Assert.DoesNotContain("secret", body, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task AssertEventAsync(Exception exception)
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.FailingAfter(exception, Encoded.Pieces("It ", "ra")));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();
        IReadOnlyList<JsonNode> events = Encoded.Events(body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, events.Count);
        Assert.Equal(FailureDescription.Of(exception).Message, (string?)events[2]["error"]);
        Assert.DoesNotContain("done", body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.OrdinalIgnoreCase);
    }

    private static ChatStreamException Failure(ChatStreamError error) => new(error, Secret) { ProviderMessage = Secret, ProviderCode = Secret };

    private static Exception Other(string name) => name switch
    {
        nameof(TimeoutException) => new TimeoutException(Secret),
        "timeout of HttpClient" => new TaskCanceledException(Secret, new TimeoutException()),
        "timeout of HttpClient, over an IChatClient" =>
            new ChatStreamCanceledException(ChatStreamResult.Empty, default, new TaskCanceledException(Secret, new TimeoutException())),
        "no connection" => new HttpRequestException(Secret),
        _ when name.StartsWith("status ", StringComparison.Ordinal) =>
            new HttpRequestException(Secret, null, Enum.Parse<HttpStatusCode>(name["status ".Length..])),
        _ => new InvalidOperationException(Secret),
    };

    private sealed class FailingSource(bool atStart) : IAsyncEnumerable<ChatDelta>, IAsyncEnumerator<ChatDelta>
    {
        private bool _hasMoved;

        public ChatDelta Current { get; } = new() { Text = "Hello." };

        public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            atStart ? throw new InvalidOperationException(Secret) : this;

        public ValueTask<bool> MoveNextAsync() => new(!_hasMoved && (_hasMoved = true));

        public ValueTask DisposeAsync() => throw new InvalidOperationException("cannot be disposed of");
    }

    private sealed class FailingStream(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The middleware failed.");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("The middleware failed.");
    }
}
