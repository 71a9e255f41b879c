using System.Net;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Reading;

namespace LlmStream.Tests.Reading;

/// <summary>The exceptions of streams that are not chat answers.</summary>
public class StreamFailureTests
{
    [Fact]
    public void A_frame_that_is_too_large()
    {
        ChatStreamException failure = StreamFailure.Of(new FramingException(FramingError.TooLarge, "A frame is too large"), []);
        Assert.Equal((ChatStreamError.TooLarge, false, "A frame is too large."), (failure.Error, failure.IsTransient, failure.Message));
    }

    [Fact]
    public void A_frame_that_is_malformed()
    {
        ChatStreamException failure = StreamFailure.Of(new FramingException(FramingError.Malformed, "A chunk has no size"), []);
        Assert.Equal((ChatStreamError.MalformedEvent, false, "A chunk has no size."), (failure.Error, failure.IsTransient, failure.Message));
    }

    [Fact]
    public void A_body_that_is_not_a_stream_is_quoted()
    {
        ChatStreamException failure = StreamFailure.Of(new FramingException(FramingError.NotAStream, "The body is a web page"), "<html>"u8);
        Assert.Equal((ChatStreamError.NotAStream, false, "The body is a web page. It begins: <html>."), (failure.Error, failure.IsTransient, failure.Message));

        failure = StreamFailure.NotAStream("hello"u8);
        Assert.Equal((ChatStreamError.NotAStream, false, "The body is not a stream of events. It begins: hello."), (failure.Error, failure.IsTransient, failure.Message));
    }

    [Theory]
    [InlineData("reset", "The connection failed: reset.")]
    [InlineData("It was reset.", "The connection failed: It was reset.")]
    public void Any_other_exception_is_a_lost_connection(string message, string expected)
    {
        var cause = new IOException(message);
        ChatStreamException failure = StreamFailure.Of(cause, []);
        Assert.Equal((ChatStreamError.Connection, true, expected), (failure.Error, failure.IsTransient, failure.Message));
        Assert.Same(cause, failure.InnerException);
    }

    [Fact]
    public void An_error_that_the_server_reported()
    {
        ChatStreamException failure = StreamFailure.Of(new ProviderFault("overloaded", "Too much") { Status = 529, RequestId = "r-1" });
        Assert.Equal((ChatStreamError.ProviderError, true, "The server reported an error (overloaded): Too much"), (failure.Error, failure.IsTransient, failure.Message));
        Assert.Equal(((HttpStatusCode)529, "overloaded", "Too much", "r-1"), (failure.StatusCode!.Value, failure.ProviderCode, failure.ProviderMessage, failure.RequestId));

        failure = StreamFailure.Of(new ProviderFault(null, "No"));
        Assert.Equal((false, null, "The server reported an error: No"), (failure.IsTransient, failure.StatusCode, failure.Message));
    }

    [Fact]
    public void A_stream_that_was_cut_off_is_transient()
    {
        ChatStreamException failure = StreamFailure.Truncated("It ended.");
        Assert.Equal((ChatStreamError.Truncated, true, "It ended."), (failure.Error, failure.IsTransient, failure.Message));
    }

    [Fact]
    public void An_event_that_cannot_be_decoded_is_quoted()
    {
        var cause = new FormatException();
        ChatStreamException failure = StreamFailure.Malformed("{oops}"u8, cause);
        Assert.Equal((ChatStreamError.MalformedEvent, false, "An event could not be decoded: {oops}."), (failure.Error, failure.IsTransient, failure.Message));
        Assert.Same(cause, failure.InnerException);
    }

    [Fact]
    public void A_cancellation_has_the_callers_token()
    {
        using var cancellation = new CancellationTokenSource();
        var cause = new IOException();
        OperationCanceledException canceled = StreamFailure.Canceled(cause, cancellation.Token);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        Assert.Same(cause, canceled.InnerException);
    }
}
