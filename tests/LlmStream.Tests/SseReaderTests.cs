using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Tests.Tutorials;

namespace LlmStream.Tests;

public class SseReaderTests
{
    [Theory]
    [InlineData("data: {\"count\":1}\n\ndata: {\"count\":2}\n\n", "1 2 end")]
    [InlineData("data: {\"count\": 1}\r\n\r\n: ping - 2026\r\n\r\ndata: {\"count\": 2}\r\n\r\n", "1 2 end")]
    [InlineData("\uFEFFdata:{\"count\":1}\r\rdata:{\"count\":2}\r\r", "1 2 end")]
    [InlineData("event: tick\nid: 7\nretry: 10\ndata: {\ndata: \"count\": 1\ndata: }\n\n", "1 end")]
    [InlineData("data: {\"count\":1}\n\ndata: {\"count\":2}\n", "1 2 end")] // no blank line after the last event
    [InlineData("data: {\"count\":1}\n\ndata: {\"count\":2}", "1 2 end")]
    [InlineData("data: {\"count\":1}\n\ndata: {\"coun", "1 Truncated")]
    [InlineData("data: {\"count\":1}\n\ndata: [DON", "1 Truncated")]
    [InlineData("data: {\"count\":1}\n\ndata: [DONE]\n\ndata: {\"count\":2}\n\n", "1 end")]
    [InlineData("data: {\"count\":1}\n\ndata: [DONE]", "1 end")]
    [InlineData("data:\n\ndata: null\n\ndata: {\"count\":1}\n\n", "1 end")]
    [InlineData("{\"count\":1}\n{\"count\":2}\n", "1 2 end")] // JSON lines
    [InlineData("[{\"count\":1},{\"count\":2}]", "1 2 end")]
    [InlineData("data: {\"count\":1}\n\n{\"error\":\"gone\"}\n", "1 ProviderError")]
    [InlineData("data: {\"count\":1}\n\nevent: error\ndata: overloaded\n\n", "1 ProviderError")]
    [InlineData("data: {\"count\":1}\n\ndata: {\"error\":{\"code\":\"x\",\"message\":\"y\"}}\n\ndata: {\"count\":2}\n\n", "1 ProviderError")]
    [InlineData("data: {\"count\":1,\"error\":null}\n\ndata: {\"count\":2,\"error\":\"\"}\n\ndata: {\"count\":3,\"error\":0.5,\"code\":1,\"message\":\"error\"}\n\n", "1 2 3 end")]
    [InlineData("data: {\"count\":1}\n\ndata: {oops}\n\n", "1 MalformedEvent")]
    [InlineData("data: {\"count\":\"one\"}\n\n", "MalformedEvent")] // JSON, but of another type
    [InlineData("<html>502</html>", "NotAStream")]
    [InlineData("upstream connect error", "NotAStream")]
    [InlineData(": nothing but pings\n\n", "end")]
    [InlineData("", "end")]
    public async Task Events_are_read_and_the_ending_is_reported(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        Assert.Equal(expected, await Read(new ScriptedStream(bytes)));
        Assert.Equal(expected, await Read(ScriptedStream.ByteByByte(bytes)));
    }

    [Fact]
    public async Task Reads_the_body_of_a_response_and_disposes_of_it()
    {
        var content = new WatchedContent("id: 7\nevent: step\ndata: {\"count\":1}\n\n"u8.ToArray());
        var response = new HttpResponseMessage { Content = content };
        var seen = new List<string>();
        await foreach (SseItem<Count> item in SseReader.ReadAsync(response, TutorialJson.Default.Count))
            seen.Add($"{item.EventId} {item.EventType} {item.Data.Value}");
        Assert.Equal(["7 step 1"], seen);
        Assert.True(content.IsDisposed);
    }

    [Fact]
    public async Task A_response_that_is_no_success_is_an_error_with_its_body()
    {
        var content = new WatchedContent("""{"error":{"code":"busy","message":"Try later."}}"""u8.ToArray());
        var response = new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable) { Content = content };
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (SseItem<Count> _ in SseReader.ReadAsync(response, TutorialJson.Default.Count)) Assert.Fail("There is no event.");
        });
        Assert.Equal((ChatStreamError.ServerError, "Try later."), (failure.Error, failure.ProviderMessage));
        Assert.True(content.IsDisposed);
    }

    [Fact]
    public async Task A_malformed_event_is_quoted()
    {
        var exception = await Assert.ThrowsAsync<ChatStreamException>(() => ReadAll("data: {oops}\n\n", TutorialJson.Default.Count));
        Assert.Contains("{oops}", exception.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<JsonException>(exception.InnerException);
    }

    [Fact]
    public async Task An_exception_of_the_callers_type_is_a_malformed_event()
    {
        var exception = await Assert.ThrowsAsync<ChatStreamException>(() => ReadAll("data: {\"Value\":-1}\n\n", TypeInfo<Positive>()));
        Assert.Equal(ChatStreamError.MalformedEvent, exception.Error);
        Assert.IsType<ArgumentOutOfRangeException>(exception.InnerException);
    }

    [Fact]
    public async Task A_number_at_the_end_of_a_cut_stream_may_be_incomplete()
    {
        Assert.Equal([12, 34], await ReadAll("data: 12\n\ndata: 34\n\n", TypeInfo<int>()));
        Assert.Equal(ChatStreamError.Truncated, (await Assert.ThrowsAsync<ChatStreamException>(() => ReadAll("data: 12\n\ndata: 3", TypeInfo<int>()))).Error);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_replaced() =>
        Assert.Equal(["a\uFFFD"], await ReadAll("""data: "a\ud83d" """ + "\n\n", TypeInfo<string>()));

    [Fact]
    public async Task An_event_has_a_maximum_size()
    {
        var stream = new ScriptedStream(Encoding.UTF8.GetBytes("data: {\"count\":1}\n\ndata: " + new string(' ', 100)));
        List<Count> counts = [];
        var exception = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (SseItem<Count> count in SseReader.ReadAsync(stream, TutorialJson.Default.Count, new SseReaderOptions { MaxEventBytes = 50 })) counts.Add(count.Data);
        });
        Assert.Equal((ChatStreamError.TooLarge, 1), (exception.Error, counts.Count));
    }

    [Fact]
    public async Task A_lost_connection_is_an_error_and_a_cancellation_is_none()
    {
        var broken = new ScriptedStream("data: {\"count\":1}\n\n"u8.ToArray(), failure: () => new IOException("reset"));
        Assert.Equal("1 Connection", await Read(broken));
        Assert.False(broken.IsDisposed);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var stream = new ScriptedStream("data: {\"count\":1}\n\ndata: {\"count\":2}\n\n"u8.ToArray());
            await foreach (SseItem<Count> count in SseReader.ReadAsync(stream, TutorialJson.Default.Count).WithCancellation(cancellation.Token))
            {
                Assert.Equal(1, count.Data.Value);
                await cancellation.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Events_have_types_ids_and_reconnection_intervals()
    {
        byte[] body = "id: 1\nretry: 250\nevent: tick\ndata: 1\n\ndata: 2\n\nid: 3\n\nretry: 1x\nretry: +1\nretry:  1\nretry: -1\nid: a\0b\ndata: 3\n\nid\ndata: 4\n\n"u8.ToArray();
        List<string> seen = [];
        await foreach (SseItem<int> item in SseReader.ReadAsync(ScriptedStream.ByteByByte(body), TypeInfo<int>()))
            seen.Add($"{item.Data} {item.EventType} {item.EventId} {item.ReconnectionInterval?.TotalMilliseconds}");
        Assert.Equal(["1 tick 1 250", "2 message 1 ", "3 message 3 ", "4 message  "], seen);
    }

    [Fact]
    public void Arguments_are_validated_before_the_enumeration()
    {
        Assert.Throws<ArgumentNullException>("stream", () => SseReader.ReadAsync((Stream)null!, TutorialJson.Default.Count));
        Assert.Throws<ArgumentNullException>("typeInfo", () => SseReader.ReadAsync<Count>(Stream.Null, null!));
        var closed = new MemoryStream();
        closed.Dispose();
        Assert.Throws<ArgumentException>("stream", () => SseReader.ReadAsync(closed, TutorialJson.Default.Count));
    }

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(typeof(T));

    private static async Task<string> Read(Stream stream)
    {
        List<string> seen = [];
        try
        {
            await foreach (SseItem<Count> item in SseReader.ReadAsync(stream, TutorialJson.Default.Count)) seen.Add($"{item.Data.Value}");
            seen.Add("end");
        }
        catch (ChatStreamException exception)
        {
            seen.Add(exception.Error.ToString());
        }

        return string.Join(' ', seen);
    }

    private static async Task<List<T>> ReadAll<T>(string body, JsonTypeInfo<T> typeInfo)
    {
        List<T> all = [];
        await foreach (SseItem<T> item in SseReader.ReadAsync(new ScriptedStream(Encoding.UTF8.GetBytes(body)), typeInfo)) all.Add(item.Data);
        return all;
    }

    private sealed class Positive
    {
        private readonly int _value;

        public int Value
        {
            get => _value;
            init
            {
                ArgumentOutOfRangeException.ThrowIfNegative(value);
                _value = value;
            }
        }
    }

    private sealed class WatchedContent(byte[] body) : ByteArrayContent(body)
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
