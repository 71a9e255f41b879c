using System.Globalization;
using System.Text;
using LlmStream.Framing;
using LlmStream.Tests.Tutorials;

namespace LlmStream.Tests;

public class ChunkedJsonReaderTests
{
    private const string Document = """{"response":"这是 \"分块\" {[😀\\"}""";

    private const string Text = "这是 \"分块\" {[😀\\";

    public enum Unit
    {
        Bytes,
        Utf16,
        CodePoints,
    }

    public static TheoryData<Unit, int> Framings()
    {
        var data = new TheoryData<Unit, int>();
        foreach (Unit unit in Enum.GetValues<Unit>())
        {
            foreach (int size in (int[])[1, 2, 3, 7, 1024]) data.Add(unit, size);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task The_framing_is_removed_whatever_unit_its_sizes_count(Unit unit, int size)
    {
        byte[] body = Frame(Document, unit, size);
        Assert.Equal(Text, await Read(new ScriptedStream(body)));
        Assert.Equal(Text, await Read(ScriptedStream.ByteByByte(body)));
        Assert.Equal(Document, await ReadText(ScriptedStream.ByteByByte(body)));
        for (int i = 1; i < body.Length; i++) Assert.Equal(Text, await Read(new ScriptedStream(body, [i, body.Length - i])));
    }

    [Theory]
    [InlineData(Unit.Bytes, 1024)]
    [InlineData(Unit.CodePoints, 3)]
    public async Task A_framed_body_that_is_cut_anywhere_is_truncated(Unit unit, int size)
    {
        byte[] body = Frame(Document, unit, size);
        for (int i = 0; i < body.Length; i++)
        {
            Assert.Equal("Truncated", await Read(new ScriptedStream(body[..i])));
            Assert.EndsWith("Truncated", await ReadText(new ScriptedStream(body[..i])), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_without_framing_ends_with_its_document()
    {
        byte[] body = Encoding.UTF8.GetBytes("\uFEFF\r\n " + Document);
        Assert.Equal(Text, await Read(ScriptedStream.ByteByByte(body)));
        // The server may leave the connection open, so that nothing more is read.
        Assert.Equal(Text, await Read(new ScriptedStream(body, failure: () => new InvalidOperationException("It was read after the document."))));
        for (int i = 0; i < body.Length; i++) Assert.Equal("Truncated", await Read(new ScriptedStream(body[..i])));
    }

    [Fact]
    public async Task Line_ends_within_a_chunk_belong_to_the_document()
    {
        const string Pretty = "{\r\n  \"response\":\r\n\r\n \"a\"\r\n}\r\n";
        for (int size = 1; size < Pretty.Length; size++) Assert.Equal("a", await Read(ScriptedStream.ByteByByte(Frame(Pretty, Unit.Bytes, size))));
    }

    [Theory]
    [InlineData("5\r\n{\"response\"", "MalformedEvent")] // longer than its size
    [InlineData("2\r\n{}\r\nzz\r\n", "MalformedEvent")]
    [InlineData("ffffffff\r\n{}\r\n", "MalformedEvent")]
    [InlineData("4\r\n{}{}\r\n0\r\n\r\n", "MalformedEvent")]
    [InlineData("{\"response\":1}", "MalformedEvent")]
    [InlineData("{]", "MalformedEvent")]
    [InlineData("{\"error\":\"overloaded\"}", "ProviderError")]
    [InlineData("16\r\n{\"error\":\"overloaded\"}\r\n0\r\n\r\n", "ProviderError")]
    [InlineData("<html></html>", "NotAStream")]
    [InlineData("data: {}\n\n", "NotAStream")]
    [InlineData("face the truth", "NotAStream")]
    [InlineData("0\r\n\r\n", "Truncated")]
    [InlineData("", "Truncated")]
    public async Task A_body_that_is_not_one_whole_document_is_an_error(string body, string expected)
    {
        Assert.Equal(expected, await Read(new ScriptedStream(Encoding.UTF8.GetBytes(body))));
        Assert.Equal(expected, await Read(ScriptedStream.ByteByByte(Encoding.UTF8.GetBytes(body))));
    }

    [Fact]
    public async Task The_document_has_a_maximum_size()
    {
        var options = new ChunkedJsonReaderOptions { MaxDocumentBytes = 20 };
        foreach (byte[] body in (byte[][])[Encoding.UTF8.GetBytes(Document), Frame(Document, Unit.CodePoints, 4)])
        {
            Assert.Equal("TooLarge", await Read(ScriptedStream.ByteByByte(body), options));
            Assert.EndsWith("TooLarge", await ReadText(ScriptedStream.ByteByByte(body), options), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_lost_connection_is_an_error_and_a_cancellation_is_none()
    {
        Assert.Equal("Connection", await Read(new ScriptedStream("{"u8.ToArray(), failure: () => new IOException("reset"))));
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ChunkedJsonReader.ReadAsync(new ScriptedStream("{}"u8.ToArray()), TutorialJson.Default.Generated, null, cancelled));
    }

    [Fact]
    public void Arguments_are_validated_at_once()
    {
        Assert.Throws<ArgumentNullException>("stream", () => { _ = ChunkedJsonReader.ReadAsync(null!, TutorialJson.Default.Generated); });
        Assert.Throws<ArgumentNullException>("typeInfo", () => { _ = ChunkedJsonReader.ReadAsync<Generated>(Stream.Null, null!); });
        Assert.Throws<ArgumentNullException>("stream", () => ChunkedJsonReader.ReadTextAsync(null!));
    }

    private static byte[] Frame(string document, Unit unit, int size)
    {
        var body = new StringBuilder();
        foreach (Rune[] runes in document.EnumerateRunes().Chunk(size))
        {
            string chunk = string.Concat(runes);
            int length = unit switch { Unit.Bytes => Encoding.UTF8.GetByteCount(chunk), Unit.Utf16 => chunk.Length, _ => runes.Length };
            body.Append(CultureInfo.InvariantCulture, $"{length:x}\r\n{chunk}\r\n");
        }

        return Encoding.UTF8.GetBytes(body.Append("0\r\n\r\n").ToString());
    }

    private static async Task<string> Read(Stream stream, ChunkedJsonReaderOptions? options = null)
    {
        try
        {
            return (await ChunkedJsonReader.ReadAsync(stream, TutorialJson.Default.Generated, options)).Response;
        }
        catch (ChatStreamException exception)
        {
            return exception.Error.ToString();
        }
    }

    private static async Task<string> ReadText(Stream stream, ChunkedJsonReaderOptions? options = null)
    {
        var text = new StringBuilder();
        try
        {
            await foreach (string piece in ChunkedJsonReader.ReadTextAsync(stream, options))
            {
                Assert.NotEmpty(piece);
                Assert.False(char.IsHighSurrogate(piece[^1]));
                text.Append(piece);
            }
        }
        catch (ChatStreamException exception)
        {
            text.Append(exception.Error);
        }

        return text.ToString();
    }
}
