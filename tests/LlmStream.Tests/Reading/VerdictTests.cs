using System.Net;
using System.Text;
using LlmStream.Reading;

namespace LlmStream.Tests.Reading;

/// <summary>How a stream ends: at its end, if reading fails, and if reading is interrupted.</summary>
public class VerdictTests
{
    private const string Text = """data: {"id":"c-1","choices":[{"index":0,"delta":{"content":"a"}}]}""" + "\n\n";
    private const string Finished = """data: {"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}""" + "\n\n";
    private const string Error = """data: {"error":{"message":"Bad gateway","code":502}}""" + "\n\n";
    private const string FinishedWithError =
        """data: {"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}],"error":{"message":"Bad gateway","code":502}}""" + "\n\n";
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string Malformed = "data: {{\n\n";

    private static readonly IOException Lost = new("reset by peer");
    private static readonly ChatStreamException Timeout = new(ChatStreamError.IdleTimeout, "No bytes arrived.", Lost) { IsTransient = true, AttemptCount = 2 };

    public static TheoryData<string> Complete => [Finished, Text + Finished, Text + Done, Finished + Usage, Finished + Usage + Done];

    public static TheoryData<string> WithError =>
        [Error, Text + Error, FinishedWithError, Text + FinishedWithError, FinishedWithError + Usage, Finished + Error, FinishedWithError + Malformed];

    [Theory]
    [MemberData(nameof(Complete))]
    public async Task After_the_signal_of_its_dialect_an_answer_is_complete_however_the_stream_ends(string body)
    {
        Assert.Null((await AtEndAsync(body)).Exception);
        Assert.Null((await AtFailureAsync(body, Lost)).Exception);
        Assert.Null((await AtInterruptionAsync(body, Timeout)).Exception);
    }

    [Theory]
    [MemberData(nameof(WithError))]
    public async Task An_error_that_the_provider_reported_takes_precedence_over_a_finish_reason_however_the_stream_ends(string body)
    {
        foreach (Verdict verdict in new[] { await AtEndAsync(body), await AtFailureAsync(body, Lost), await AtInterruptionAsync(body, Timeout) })
        {
            ChatStreamException failure = verdict.Exception!;
            Assert.Equal((ChatStreamError.ProviderError, "502", "Bad gateway", HttpStatusCode.BadGateway), (failure.Error, failure.ProviderCode, failure.ProviderMessage, failure.StatusCode!.Value));
            Assert.Equal("The provider reported an error (502): Bad gateway", failure.Message);
            Assert.True(failure.IsTransient);
            Assert.False(failure.Partial.IsComplete);
            Assert.Equal((body.Contains("\"a\"", StringComparison.Ordinal) ? "a" : "") + (body.Contains("\"b\"", StringComparison.Ordinal) ? "b" : ""), failure.Partial.Text);
        }
    }

    [Fact]
    public async Task The_usage_after_an_error_with_a_finish_reason_is_read()
    {
        Verdict verdict = await AtEndAsync(FinishedWithError + Usage);
        Assert.Equal(3, verdict.Exception!.Partial.Usage!.TotalTokenCount);
    }

    [Theory]
    [InlineData("""{"error":{"message":"No","code":"invalid_request"}}""", false)]
    [InlineData("""{"error":{"message":"No","code":"overloaded"}}""", true)]
    public async Task An_error_that_the_provider_reported_is_transient_by_its_code(string json, bool isTransient)
    {
        ChatStreamException failure = (await AtEndAsync(Text + $"data: {json}\n\n")).Exception!;
        Assert.Equal((ChatStreamError.ProviderError, isTransient), (failure.Error, failure.IsTransient));
    }

    [Fact]
    public async Task An_error_without_a_code_has_none_in_its_message() =>
        Assert.Equal("The provider reported an error: No", (await AtEndAsync("""data: {"error":{"message":"No"}}""" + "\n\n")).Exception!.Message);

    [Theory]
    [InlineData("")]
    [InlineData(Text)]
    [InlineData(Finished)]
    public async Task An_event_that_cannot_be_decoded_takes_precedence_over_a_finish_reason(string before)
    {
        ChatStreamException failure = (await AtEndAsync(before + Malformed + Finished + Done)).Exception!;
        Assert.Equal((ChatStreamError.MalformedEvent, false), (failure.Error, failure.IsTransient));
        Assert.Equal("An event of the stream could not be decoded: {{.", failure.Message);
    }

    [Fact]
    public async Task An_answer_that_is_replaced_by_another_is_truncated()
    {
        Transcript transcript = Transcript.Load("anthropic/start-of-another-answer.sse");
        ChatStreamException failure = (await AtEndAsync(Encoding.UTF8.GetString(transcript.Bytes), ChatDialect.Anthropic)).Exception!;
        Assert.Equal((ChatStreamError.Truncated, true), (failure.Error, failure.IsTransient));
        Assert.Contains("another one", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "The stream ended before any data arrived.")]
    [InlineData(": ping\n\n", "The stream ended before the answer began.")]
    [InlineData("data: {\"cho", "The stream ended before the answer began.")]
    [InlineData("data: {\"type\":\"ping\"}\n\n", "The stream has no event of this dialect. It begins: data: {\"type\":\"ping\"}.")]
    [InlineData(Text, "The stream ended in the middle of the answer: the provider did not signal that it is complete.")]
    [InlineData(
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\nupstream gone\n",
        "The stream ended in the middle of the answer: the provider did not signal that it is complete. Text between the events: upstream gone.")]
    public async Task Without_the_signal_an_answer_is_truncated(string body, string message)
    {
        ChatStreamException failure = (await AtEndAsync(body)).Exception!;
        Assert.Equal((ChatStreamError.Truncated, true), (failure.Error, failure.IsTransient));
        Assert.Equal(message, failure.Message);
        Assert.Equal(body.Contains("\"a\"", StringComparison.Ordinal) ? "a" : "", failure.Partial.Text);
    }

    [Fact]
    public async Task A_body_of_another_kind_is_not_a_stream()
    {
        ChatStreamException failure = (await AtEndAsync("{\"status\":\"ok\"}")).Exception!;
        Assert.Equal((ChatStreamError.NotAStream, false), (failure.Error, failure.IsTransient));
        Assert.Equal("The body is not a stream of this dialect. It begins: {\"status\":\"ok\"}.", failure.Message);

        failure = (await AtEndAsync("<html></html>")).Exception!;
        Assert.Equal((ChatStreamError.NotAStream, false), (failure.Error, failure.IsTransient));
        Assert.Contains("It begins: <html>", failure.Message, StringComparison.Ordinal);

        string head = "<!DOCTYPE html><html><head>" + new string(' ', 2000) + "<title>Sign&nbsp;in &amp; go</title></head>";
        failure = (await AtEndAsync(head + new string('x', 5000))).Exception!;
        Assert.Contains("It is an HTML page with the title \"Sign\u00A0in & go\".", failure.Message.Replace("Sign in", "Sign\u00A0in"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_read_of_an_incomplete_answer_is_a_lost_connection()
    {
        ChatStreamException failure = (await AtFailureAsync(Text, Lost)).Exception!;
        Assert.Equal((ChatStreamError.Connection, true, "The connection failed: reset by peer."), (failure.Error, failure.IsTransient, failure.Message));
        Assert.Equal("a", failure.Partial.Text);
        Assert.Same(Lost, failure.InnerException);
    }

    [Theory]
    [InlineData(1, nameof(ChatStreamError.TooLarge))]
    [InlineData(2, "")]
    [InlineData(3, "")]
    public async Task A_text_that_exceeds_its_limit_is_too_large(int limit, string error)
    {
        Verdict verdict = await AtEndAsync(Text + Finished, options: new ChatReadOptions { MaxAnswerCharacters = limit });
        Assert.Equal(error, verdict.Exception?.Error.ToString() ?? "");
        if (verdict.Exception is { } failure) Assert.Equal(("a", false), (failure.Partial.Text, failure.IsTransient));
    }

    [Theory]
    [InlineData(-1, nameof(ChatStreamError.TooLarge))]
    [InlineData(0, "")]
    [InlineData(1, "")]
    public async Task An_event_that_exceeds_its_limit_is_too_large(int difference, string error)
    {
        int size = Finished.Length - "\n\n".Length;
        Verdict verdict = await AtEndAsync(Finished, options: new ChatReadOptions { MaxEventBytes = size + difference, UseFastPath = false });
        Assert.Equal(error, verdict.Exception?.Error.ToString() ?? "");
    }

    [Fact]
    public async Task An_interrupted_answer_fails_with_the_timeout_and_what_had_arrived()
    {
        ChatStreamException failure = (await AtInterruptionAsync(Text, Timeout)).Exception!;
        Assert.Equal((ChatStreamError.IdleTimeout, true, 2, "No bytes arrived."), (failure.Error, failure.IsTransient, failure.AttemptCount, failure.Message));
        Assert.Equal("a", failure.Partial.Text);
        Assert.Same(Lost, failure.InnerException);
    }

    [Fact]
    public async Task A_cancellation_is_thrown_even_if_the_answer_is_complete()
    {
        var cancellation = new OperationCanceledException();
        Assert.Same(cancellation, await Assert.ThrowsAsync<OperationCanceledException>(() => AtInterruptionAsync(Finished, cancellation)));
    }

    [Fact]
    public async Task Every_exception_has_the_id_of_the_request()
    {
        foreach (Exception cause in new Exception[] { Lost, Timeout })
        {
            await using var session = new ReadSession(Stream(Text, Lost), ChatDialect.OpenAI, new ChatReadOptions());
            session.Decoder.Answer.Info = session.Decoder.Answer.Info with { RequestId = "r-1" };
            await session.StepAsync(default);
            Verdict verdict = cause == Timeout ? session.Interrupt(Timeout) : (await session.StepAsync(default))!;
            Assert.Equal("r-1", verdict.Exception!.RequestId);
        }

        await using var reported = new ReadSession(Stream(Error), ChatDialect.OpenAI, new ChatReadOptions());
        reported.Decoder.Answer.Info = reported.Decoder.Answer.Info with { RequestId = "r-1" };
        Assert.Equal("r-1", (await reported.StepAsync(default))!.Exception!.RequestId);

        // The id in the error is that of the request which failed: a gateway has its own.
        await using var named = new ReadSession(
            Stream("""data: {"error":{"message":"No"},"request_id":"r-2"}""" + "\n\n"), ChatDialect.OpenAI, new ChatReadOptions());
        named.Decoder.Answer.Info = named.Decoder.Answer.Info with { RequestId = "r-1" };
        Assert.Equal("r-2", (await named.StepAsync(default))!.Exception!.RequestId);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData(": ping")]
    [InlineData("d")]
    [InlineData("data")]
    [InlineData("data:")]
    [InlineData("data: {")]
    [InlineData("event: x")]
    [InlineData("ev")]
    [InlineData("id: 7")]
    [InlineData("i")]
    [InlineData("retry: 10")]
    [InlineData("r")]
    [InlineData("\uFEFF\n data: {")]
    public void Fields_and_comments_look_like_an_event_stream(string start)
    {
        Assert.True(Verdict.LooksLikeEventStream(Encoding.UTF8.GetBytes(start), hasSeenFrame: false));
        Assert.True(Verdict.LooksLikeEventStream(Encoding.UTF8.GetBytes(start), hasSeenFrame: true));
    }

    [Theory]
    [InlineData("data = 1")]
    [InlineData("datum")]
    [InlineData("idle")]
    [InlineData("events: x")]
    [InlineData("retry!")]
    [InlineData("ok")]
    [InlineData("<html>")]
    [InlineData("\"text\"")]
    public void Other_text_does_not(string start) => Assert.False(Verdict.LooksLikeEventStream(Encoding.UTF8.GetBytes(start), hasSeenFrame: false));

    [Theory]
    [InlineData("{")]
    [InlineData("[{")]
    public void Json_does_unless_a_whole_document_was_not_understood(string start)
    {
        Assert.True(Verdict.LooksLikeEventStream(Encoding.UTF8.GetBytes(start), hasSeenFrame: false));
        Assert.False(Verdict.LooksLikeEventStream(Encoding.UTF8.GetBytes(start), hasSeenFrame: true));
    }

    private static ScriptedStream Stream(string body, Exception? failure = null) => new(Encoding.UTF8.GetBytes(body), failure: failure is null ? null : () => failure);

    private static Task<Verdict> AtEndAsync(string body, ChatDialect? dialect = null, ChatReadOptions? options = null) => ReadAsync(Stream(body), dialect, options);

    private static Task<Verdict> AtFailureAsync(string body, Exception failure) => ReadAsync(Stream(body, failure), null, null);

    private static async Task<Verdict> ReadAsync(Stream stream, ChatDialect? dialect, ChatReadOptions? options)
    {
        await using var session = new ReadSession(stream, dialect ?? ChatDialect.OpenAI, options ?? new ChatReadOptions());
        Verdict? verdict = null;
        while (verdict is null) verdict = await session.StepAsync(TestContext.Current.CancellationToken);
        return verdict;
    }

    /// <summary>Reads all events, then interrupts the session as a timeout does.</summary>
    private static async Task<Verdict> AtInterruptionAsync(string body, Exception cause)
    {
        await using var session = new ReadSession(Stream(body), ChatDialect.OpenAI, new ChatReadOptions());
        int events = body.Split("\n\n").Length - 1;
        for (int i = 0; i < events; i++)
        {
            if (await session.StepAsync(TestContext.Current.CancellationToken) is not null) break;
        }

        return session.Interrupt(cause);
    }
}
