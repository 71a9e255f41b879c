using System.Text;
using LlmStream.Reading;

namespace LlmStream.Tests.Reading;

public class JsonDocumentSessionTests
{
    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task A_document_may_be_as_large_as_the_limit(int difference, bool isTooLarge)
    {
        string document = $$"""{"response":"{{new string('x', 10_000)}}"}""";
        foreach (string body in (string[])[document, $"{document.Length:x}\r\n{document}\r\n0\r\n\r\n", document + "\r\n"])
        {
            string read = await ReadAsync(new ScriptedStream(Encoding.UTF8.GetBytes(body)), document.Length + difference);
            Assert.Equal(isTooLarge ? nameof(ChatStreamError.TooLarge) : document, isTooLarge ? read[^8..] : read);
        }
    }

    [Fact]
    public async Task White_space_before_the_document_counts() =>
        Assert.EndsWith(nameof(ChatStreamError.TooLarge), await ReadAsync(new ScriptedStream("  {}"u8.ToArray()), 3), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "The body ended before any data arrived.")]
    [InlineData("{\"a\":", "The body ended in the middle of the JSON document.")]
    [InlineData("2\r\n{}\r\n", "The body ended before its last chunk.")]
    public async Task A_body_that_was_cut_off_is_truncated(string body, string message)
    {
        using var session = new JsonDocumentSession(new ScriptedStream(Encoding.UTF8.GetBytes(body)), new ChunkedJsonReaderOptions());
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            while (!(await session.ReadAsync(default)).IsEmpty)
            {
                // Only the failure counts.
            }
        });
        Assert.Equal((ChatStreamError.Truncated, true, message), (failure.Error, failure.IsTransient, failure.Message));
    }

    [Theory]
    [InlineData("{} ", "{}")]
    [InlineData("{}\t\r\n", "{}")]
    [InlineData("{}x", nameof(ChatStreamError.MalformedEvent))]
    [InlineData("{}{}", nameof(ChatStreamError.MalformedEvent))]
    public async Task Only_white_space_may_follow_the_document(string body, string expected) =>
        Assert.Equal(expected, await ReadAsync(new ScriptedStream(Encoding.UTF8.GetBytes(body)), 100));

    [Fact]
    public async Task After_the_document_the_stream_is_not_read()
    {
        var stream = new ScriptedStream("{}"u8.ToArray(), failure: () => new InvalidOperationException("It read on."));
        Assert.Equal("{}", await ReadAsync(stream, 100));
    }

    [Fact]
    public async Task A_failure_during_a_cancellation_is_a_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var cause = new IOException("closed");
        using var session = new JsonDocumentSession(
            new ScriptedStream("{"u8.ToArray(), failure: () =>
            {
                cancellation.Cancel();
                return cause;
            }),
            new ChunkedJsonReaderOptions());
        Assert.False((await session.ReadAsync(cancellation.Token)).IsEmpty);
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.ReadAsync(cancellation.Token));
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        Assert.Same(cause, canceled.InnerException);
    }

    [Fact]
    public async Task A_cancellation_before_the_read_is_passed_on()
    {
        using var session = new JsonDocumentSession(new ScriptedStream("{}"u8.ToArray()), new ChunkedJsonReaderOptions());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.ReadAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void It_can_be_disposed_of_twice()
    {
        var session = new JsonDocumentSession(Stream.Null, new ChunkedJsonReaderOptions());
        session.Dispose();
        session.Dispose();
    }

    private static async Task<string> ReadAsync(Stream stream, int limit)
    {
        using var session = new JsonDocumentSession(stream, new ChunkedJsonReaderOptions { MaxDocumentBytes = limit });
        var text = new StringBuilder();
        try
        {
            while (await session.ReadAsync(TestContext.Current.CancellationToken) is { IsEmpty: false } piece) text.Append(Encoding.UTF8.GetString(piece.Span));
        }
        catch (ChatStreamException exception)
        {
            text.Append(exception.Error);
        }

        return text.ToString();
    }
}
