using System.Text;
using static LlmStream.Tests.Inspection.RecordedStream;

namespace LlmStream.Tests.Inspection;

public class StreamInspectorTests
{
    private const string Complete = """{"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}""";

    [Fact]
    public async Task An_ordinary_stream_has_no_findings()
    {
        string body = Events(Complete, Finish(), Usage, "[DONE]");

        StreamInspection inspection = await InspectAsync(body);

        Assert.Same(ChatDialect.OpenAI, inspection.Dialect);
        Assert.True(inspection.IsDialectRecognized);
        Assert.Equal(body.Length, inspection.ByteCount);
        Assert.Equal(4, inspection.EventCount);
        Assert.False(inspection.IsJsonSequence);
        Assert.Equal("Hello", inspection.Result.Text);
        Assert.True(inspection.Result.IsComplete);
        Assert.Equal(2, inspection.Result.Usage?.TotalTokenCount);
        Assert.Equal(StreamEnding.Complete, inspection.Ending);
        Assert.Null(inspection.Exception);
        Assert.Equal("stop", Assert.Single(inspection.FinishReasons).Value);
        Assert.Equal("[DONE]", inspection.EndMarker);
        Assert.True(inspection.HasEndSignal);
        Assert.Null(inspection.ProviderError);
        Assert.Equal(0, inspection.MalformedEventCount);
        Assert.Null(inspection.MalformedEvent);
        Assert.Null(inspection.MalformedEventNumber);
        Assert.Null(inspection.CutEvent);
        Assert.Null(inspection.IsTextCumulative);
        Assert.Empty(inspection.Missing);
        Assert.Empty(inspection.Findings);
    }

    [Fact]
    public async Task A_truncated_stream_does_not_throw()
    {
        StreamInspection inspection = await InspectAsync(Events(Text("Hel")) + "data: {\"choices\":[{\"index\":0,\"de");

        Assert.Equal(StreamEnding.Truncated, inspection.Ending);
        Assert.Equal(ChatStreamError.Truncated, inspection.Exception?.Error);
        Assert.Equal("Hel", inspection.Result.Text);
        Assert.False(inspection.Result.IsComplete);
        Assert.False(inspection.HasEndSignal);
        Assert.Equal("""{"choices":[{"index":0,"de""", inspection.CutEvent);
        Assert.Equal(["the finish reason", "[DONE]", "usage"], inspection.Missing);
    }

    [Fact]
    public async Task Reading_continues_after_an_error()
    {
        StreamInspection inspection = await InspectAsync(Events(
            Text("A"), """{"error":{"code":"overloaded","message":"Try later."}}""", Text("B"), Finish(), "[DONE]"));

        Assert.Equal(StreamEnding.Error, inspection.Ending);
        Assert.Equal(ChatStreamError.ProviderError, inspection.Exception?.Error);
        Assert.Equal("AB", inspection.Result.Text);
        Assert.Equal(5, inspection.EventCount);
        Assert.Equal("overloaded", inspection.ProviderError?.Code);
        Assert.Equal("Try later.", inspection.ProviderError?.Message);
        Assert.Equal(2, inspection.ProviderError?.EventNumber);
    }

    [Fact]
    public async Task A_failure_stated_as_a_finish_reason_is_not_a_reported_error()
    {
        StreamInspection inspection = await InspectAsync(Events(Text("A"), Finish("error"), "[DONE]"));

        Assert.Equal(ChatStreamError.ProviderError, inspection.Exception?.Error);
        Assert.Null(inspection.ProviderError);
    }

    [Fact]
    public async Task Reading_continues_after_malformed_events()
    {
        StreamInspection inspection = await InspectAsync(Events(Text("A"), "{\"choices\": oops}", Text("B"), "{nor this", Finish()));

        Assert.Equal(StreamEnding.Error, inspection.Ending);
        Assert.Equal(ChatStreamError.MalformedEvent, inspection.Exception?.Error);
        Assert.Equal("AB", inspection.Result.Text);
        Assert.Equal(2, inspection.MalformedEventCount);
        Assert.Equal("{\"choices\": oops}", inspection.MalformedEvent);
        Assert.Equal(2, inspection.MalformedEventNumber);
    }

    [Fact]
    public async Task A_stream_that_exceeds_a_limit_ends_with_an_error()
    {
        StreamInspection inspection = await InspectAsync(
            Events(Text("Hello"), Text(" there"), "[DONE]"), options: new ChatReadOptions { MaxAnswerCharacters = 8 });

        Assert.Equal(StreamEnding.Error, inspection.Ending);
        Assert.Equal(ChatStreamError.TooLarge, inspection.Exception?.Error);
        Assert.Equal("Hello", inspection.Result.Text);
    }

    [Fact]
    public async Task A_finish_reason_is_reported_as_sent()
    {
        StreamInspection inspection = await InspectAsync(Events(
            Chunk("""{"content":"a"}""", index: 1), Chunk("""{"content":"b"}"""), Chunk("{}", "eos_token", index: 1), "[DONE]"));

        KeyValuePair<int, string> reason = Assert.Single(inspection.FinishReasons);
        Assert.Equal(1, reason.Key);
        Assert.Equal("eos_token", reason.Value);
    }

    [Fact]
    public async Task A_dialect_that_cannot_be_recognized_is_assumed_to_be_OpenAI()
    {
        StreamInspection inspection = await InspectAsync(": ping\n\n");

        Assert.Same(ChatDialect.OpenAI, inspection.Dialect);
        Assert.False(inspection.IsDialectRecognized);
    }

    [Fact]
    public async Task A_specified_dialect_is_used()
    {
        StreamInspection inspection = await InspectAsync(Events(Text("Hi"), Finish(), "[DONE]"), ChatDialect.DashScope);

        Assert.Same(ChatDialect.DashScope, inspection.Dialect);
        Assert.False(inspection.IsDialectRecognized);
    }

    [Fact]
    public async Task Any_dialect_can_be_specified()
    {
        StreamInspection inspection = await InspectAsync("{\"token\":\"Hi\"}\n{\"done\":true}\n", ChatDialect.Tokens);

        Assert.Equal("Hi", inspection.Result.Text);
        Assert.Equal(StreamEnding.Complete, inspection.Ending);
        Assert.True(inspection.IsJsonSequence);
    }

    [Theory]
    [InlineData("Clear", "Clear skies tonight.", true)]
    [InlineData("Clear", " skies tonight.", false)]
    public async Task Cumulative_text_is_detected_if_the_dialect_has_both_modes(string first, string second, bool expected)
    {
        StreamInspection inspection = await InspectAsync(Events(
            $$"""{"output":{"text":"{{first}}","finish_reason":"null"},"request_id":"r"}""",
            $$"""{"output":{"text":"{{second}}","finish_reason":"stop"},"request_id":"r"}"""));

        Assert.Same(ChatDialect.DashScope, inspection.Dialect);
        Assert.Equal("Clear skies tonight.", inspection.Result.Text);
        Assert.Equal(expected, inspection.IsTextCumulative);
    }

    [Fact]
    public async Task A_stream_that_cannot_seek_is_read_once()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Events(Complete, Finish(), Usage, "[DONE]"));
        await using var stream = new ScriptedStream(bytes, Enumerable.Repeat(7, bytes.Length));

        StreamInspection inspection = await StreamInspector.InspectAsync(stream);

        Assert.Equal(bytes.Length, inspection.ByteCount);
        Assert.Equal("Hello", inspection.Result.Text);
        Assert.False(stream.IsDisposed);
    }

    [Fact]
    public async Task A_seekable_stream_is_read_from_its_position()
    {
        const string Skipped = "HTTP/1.1 200 OK\r\n\r\n";
        await using var stream = new MemoryStream(Encoding.UTF8.GetBytes(Skipped + Events(Complete, Finish(), Usage, "[DONE]")));
        stream.Position = Skipped.Length;

        StreamInspection inspection = await StreamInspector.InspectAsync(stream);

        Assert.Equal(stream.Length - Skipped.Length, inspection.ByteCount);
        Assert.Empty(inspection.Findings);
        Assert.True(stream.CanRead);
    }

    [Fact]
    public async Task A_stream_larger_than_the_recognized_prefix_is_read_to_its_end()
    {
        string text = new('x', 300 * 1024);

        StreamInspection inspection = await InspectAsync(Events(Text(text), Text(text), Finish(), Usage, "[DONE]"));

        Assert.Equal(2 * text.Length, inspection.Result.Text.Length);
        Assert.Empty(inspection.Findings);
    }

    [Theory]
    [InlineData("<!doctype html><title>502 Bad Gateway</title>")]
    [InlineData("upstream connect error")]
    [InlineData("""{"id":"1","object":"list"}""")]
    public async Task Content_that_is_not_a_stream_throws(string body)
    {
        var exception = await Assert.ThrowsAsync<ChatStreamException>(() => InspectAsync(body));

        Assert.Equal(ChatStreamError.NotAStream, exception.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_fails_throws(bool isDialectSpecified)
    {
        var cause = new IOException("The disk is gone");
        await using var stream = new ScriptedStream(Encoding.UTF8.GetBytes(Events(Text("Hi"))), failure: () => cause);

        var exception = await Assert.ThrowsAsync<ChatStreamException>(
            () => StreamInspector.InspectAsync(stream, isDialectSpecified ? ChatDialect.OpenAI : null));

        Assert.Equal(ChatStreamError.Connection, exception.Error);
        Assert.Same(cause, exception.InnerException);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_inspection_can_be_canceled(bool isDialectSpecified)
    {
        await using var stream = new ScriptedStream(Encoding.UTF8.GetBytes(Events(Text("Hi"))));

        ChatDialect? dialect = isDialectSpecified ? ChatDialect.OpenAI : null;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StreamInspector.InspectAsync(stream, dialect, null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Invalid_arguments_throw_at_once()
    {
        var closed = new MemoryStream();
        closed.Dispose();

        Assert.Throws<ArgumentNullException>("stream", () => { _ = StreamInspector.InspectAsync(null!); });
        Assert.Throws<ArgumentException>("stream", () => { _ = StreamInspector.InspectAsync(closed); });
    }

    [Fact]
    public async Task A_stream_of_another_format_is_inspected_and_not_complete()
    {
        StreamInspection inspection = await InspectAsync(Events("""{"completion":" Hi","stop_reason":"stop_sequence","log_id":"x"}""", "[DONE]"));

        Assert.Equal((StreamEnding.Error, ChatStreamError.NotAStream), (inspection.Ending, inspection.Exception!.Error));
        Assert.Equal("", inspection.Result.Text);
    }

    [Fact]
    public async Task A_failure_is_shown_as_the_finish_reason_that_was_sent()
    {
        StreamInspection inspection = await InspectAsync(Events(Text("A"), Finish("abort"), "[DONE]"));

        Assert.Equal((StreamEnding.Error, "abort"), (inspection.Ending, Assert.Single(inspection.FinishReasons).Value));
        Assert.True(inspection.Exception!.IsTransient);
    }
}
