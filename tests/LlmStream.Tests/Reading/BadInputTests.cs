using System.IO.Compression;
using System.Text;

namespace LlmStream.Tests.Reading;

/// <summary>Bytes that are not a stream, or a damaged one, are the right kind of error, whatever the size of the reads.</summary>
public class BadInputTests
{
    public static TheoryData<string> Dialects { get; } = [.. ChatDialect.All.Select(dialect => dialect.Name)];

    [Theory, MemberData(nameof(Dialects))]
    public async Task An_empty_body_is_truncated(string dialect)
    {
        foreach (string body in new[] { "", " ", "\n", "\r\n\r\n", "\uFEFF", ": keep-alive\n\n", "data:\n\n", "retry: 1000\n\n" })
        {
            Outcome outcome = await ReadAsync(Encoding.UTF8.GetBytes(body), dialect);
            Assert.Equal(nameof(ChatStreamError.Truncated), outcome.Ending);
            Assert.True(outcome.Exception!.IsTransient);
            Assert.Empty(outcome.Deltas);
            Assert.Empty(outcome.Result.Choices);
        }
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task A_body_of_another_kind_is_not_a_stream_and_is_quoted(string dialect)
    {
        foreach ((string body, string quote) in new[]
        {
            ("<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>", "<!DOCTYPE html>"),
            ("\n\n  <?xml version=\"1.0\"?>\n<Error/>", "<?xml"),
            ("\uFEFF<html></html>", "<html>"),
            ("upstream connect error or disconnect/reset before headers", "upstream connect error"),
            ("Internal Server Error", "Internal Server Error"),
            ("{\"status\":\"ok\",\"version\":3}", "\"status\""),
            ("{}", "{}"),
            ("[1,2,3]\n", "[1,2,3]"),
        })
        {
            Outcome outcome = await ReadAsync(Encoding.UTF8.GetBytes(body), dialect);
            Assert.Equal($"{body}: {nameof(ChatStreamError.NotAStream)}", $"{body}: {outcome.Ending}");
            Assert.Contains(quote, outcome.Exception!.Message, StringComparison.Ordinal);
            Assert.Empty(outcome.Deltas);
        }
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task Compressed_bytes_are_not_a_stream(string dialect)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(Transcript.Load("openai/plain-text.sse").Bytes);
        Outcome outcome = await ReadAsync(bytes.ToArray(), dialect);
        Assert.Equal(nameof(ChatStreamError.NotAStream), outcome.Ending);
        Assert.Contains("compressed", outcome.Exception!.Message, StringComparison.Ordinal);

        outcome = await Outcome.ReadAsync(ScriptedStream.ByteByByte(bytes.ToArray()), Dialect(dialect));
        Assert.Contains("compressed", outcome.Exception!.Message, StringComparison.Ordinal);

        outcome = await ReadAsync([0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3, 4], dialect);
        Assert.Equal(nameof(ChatStreamError.NotAStream), outcome.Ending);

        bytes.SetLength(0);
        using (var zlib = new ZLibStream(bytes, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(Transcript.Load("openai/plain-text.sse").Bytes);
        outcome = await ReadAsync(bytes.ToArray(), dialect);
        Assert.Equal(nameof(ChatStreamError.NotAStream), outcome.Ending);
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task Random_bytes_are_an_error(string dialect)
    {
        var random = new Random(20261101);
        for (int round = 0; round < 90; round++)
        {
            byte[] bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            if (round % 3 == 1) bytes = [.. "data: "u8, .. bytes];
            if (round % 3 == 2) bytes[0] = (byte)'{';
            Outcome outcome = await ReadAsync(bytes, dialect);
            Assert.NotNull(outcome.Exception);
            Assert.NotEqual(ChatStreamError.Connection, outcome.Exception.Error);
            Assert.Equal("", outcome.Result.Text);
        }
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task Deep_nesting_is_malformed(string dialect)
    {
        foreach (int depth in new[] { 65, 1000, 1_000_000 })
        {
            string nested = string.Concat(Enumerable.Repeat("{\"a\":[", depth)) + string.Concat(Enumerable.Repeat("]}", depth));
            Outcome outcome = await Outcome.ReadAsync($"data: {nested}\n\n", Dialect(dialect));
            Assert.Equal(nameof(ChatStreamError.MalformedEvent), outcome.Ending);
            outcome = await Outcome.ReadAsync(nested, Dialect(dialect));
            Assert.Equal(nameof(ChatStreamError.MalformedEvent), outcome.Ending);
            outcome = await Outcome.ReadAsync($": x\n{nested}\n\n", Dialect(dialect)); // between the events only errors are read
            Assert.Equal(nameof(ChatStreamError.ProviderError), outcome.Ending);
            Assert.True(outcome.Exception!.Message.Length < 1000);
        }
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"choices\":[")]
    [InlineData("{\"choices\":[]} trailing")]
    [InlineData("{\"choices\":[]}{\"choices\":[]}")]
    [InlineData("[{\"choices\":[]}]")]
    [InlineData("\"a string\"")]
    [InlineData("42")]
    [InlineData("{'choices':[]}")]
    [InlineData("{\"choices\":[],}")]
    public async Task An_event_that_is_not_a_chunk_is_malformed_and_is_quoted(string payload)
    {
        Outcome outcome = await ReadAsync(Encoding.UTF8.GetBytes($"data: {payload}\n\ndata: [DONE]\n\n"), "openai");
        Assert.Equal(nameof(ChatStreamError.MalformedEvent), outcome.Ending);
        Assert.Contains(payload[..Math.Min(8, payload.Length)], outcome.Exception!.Message, StringComparison.Ordinal);
        Assert.False(outcome.Exception.IsTransient);
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"half \\ud83d of it\",\"code\":\"c\\udc00\"}}\n\n")]
    [InlineData("data: {\"error\":{\"message\":\"no \u00ff utf8\",\"code\":\"c\"}}\n\n")]
    [InlineData("data: {\"error\":\"half \\ud83d\"}\n\n")]
    [InlineData("event: error\ndata: \"half \\ud83d\"\n\n")]
    [InlineData("data: {\"error\":{\"\\ud83d\":\"half \\ud83d\"}}\n\n")]
    [InlineData("error: {\"message\":\"half \\ud83d\",\"code\":1}\n\n")]
    [InlineData("data: {\"detail\":{\"x\":\"\u00ff\\ud83d\"}}\n\n")]
    public async Task An_error_with_invalid_text_is_still_the_providers_error(string body)
    {
        Outcome outcome = await ReadAsync(Encoding.Latin1.GetBytes(body), "openai");
        Assert.Equal(nameof(ChatStreamError.ProviderError), outcome.Ending);
        Assert.False(string.IsNullOrEmpty(outcome.Exception!.ProviderMessage));
        Assert.DoesNotContain("\ud83d", outcome.Exception.ProviderMessage, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task A_field_name_with_invalid_text_is_an_unknown_field(string dialect)
    {
        foreach (string name in new[] { "\\ud83d", "\\udc00\\ud83d_and_more_of_it", "\u00ff\u00fe", "c\\ud83dhoices", "choice\\ud800" })
        {
            string body = $"data: {{\"{name}\":1,\"choices\":[{{\"{name}\":1,\"delta\":{{\"{name}\":[],\"content\":\"a\"}},\"finish_reason\":\"stop\"}}],"
                + $"\"Choices\":[{{\"{name}\":1,\"Delta\":{{\"{name}\":[],\"Content\":\"a\"}},\"FinishReason\":\"stop\"}}],\"output\":{{\"{name}\":1,\"text\":\"a\",\"finish_reason\":\"stop\"}},\"usage\":{{\"{name}\":1}},"
                + $"\"candidates\":[{{\"{name}\":1,\"content\":{{\"{name}\":[],\"parts\":[{{\"{name}\":1,\"text\":\"a\"}}]}},\"finishReason\":\"STOP\"}}],\"usageMetadata\":{{\"{name}\":1}},"
                + $"\"message\":{{\"{name}\":[],\"content\":\"a\"}},\"done\":true,\"finish_reason\":\"COMPLETE\"}}\n\n";
            if (dialect is "anthropic") body = $"data: {{\"{name}\":1,\"type\":\"message\",\"content\":[{{\"{name}\":1,\"type\":\"text\",\"text\":\"a\"}},{{\"type\":\"new\",\"{name}\":\"{name}\"}}],\"stop_reason\":\"end_turn\",\"usage\":{{\"{name}\":1}}}}\n\n";
            if (dialect is "responses") body = $"data: {{\"{name}\":1,\"type\":\"response.completed\",\"response\":{{\"{name}\":1,\"output\":[{{\"{name}\":1,\"type\":\"message\",\"content\":[{{\"{name}\":1,\"type\":\"output_text\",\"text\":\"a\"}}]}}]}}}}\n\n";
            if (dialect is "interactions") body = $"data: {{\"{name}\":1,\"status\":\"completed\",\"steps\":[{{\"{name}\":1,\"type\":\"model_output\",\"content\":[{{\"{name}\":1,\"type\":\"text\",\"text\":\"a\"}}]}}],\"usage\":{{\"{name}\":1}}}}\n\n";
            if (dialect is "bedrock") body = $"data: {{\"{name}\":1,\"contentBlockDelta\":{{\"{name}\":1,\"delta\":{{\"{name}\":[],\"text\":\"a\"}}}},\"messageStop\":{{\"{name}\":1,\"stopReason\":\"end_turn\"}}}}\n\n";
            Outcome outcome = await ReadAsync(Encoding.Latin1.GetBytes(body), dialect);
            Assert.Equal($"{name} Complete a", $"{name} {outcome.Ending} {outcome.Result.Text}");
        }
    }

    [Fact]
    public async Task Everything_before_a_malformed_event_is_delivered()
    {
        Outcome outcome = await Transcript.Load("openai/malformed-event.sse").ReadAsync(new ScriptedStream(Transcript.Load("openai/malformed-event.sse").Bytes));
        Assert.Equal("Good", string.Concat(outcome.Deltas.Select(delta => delta.Text)));
    }

    private static ChatDialect Dialect(string name) => ChatDialect.All.Single(dialect => string.Equals(dialect.Name, name, StringComparison.Ordinal));

    private static async Task<Outcome> ReadAsync(byte[] bytes, string dialect)
    {
        Outcome whole = await Outcome.ReadAsync(bytes, Dialect(dialect));
        Outcome byteByByte = await Outcome.ReadAsync(ScriptedStream.ByteByByte(bytes), Dialect(dialect));
        Assert.Equal(whole.Ending, byteByByte.Ending);
        if (whole.Exception?.Error != ChatStreamError.NotAStream) Assert.Equal(whole.Exception?.Message, byteByByte.Exception?.Message);
        Assert.Equal(Show.Deltas(whole.Deltas), Show.Deltas(byteByByte.Deltas));
        return whole;
    }
}
