using System.Text;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Dialects.Tokens;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Tests.Dialects;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Reading;

/// <summary>An exception in the library while it decodes is never reported as a failure of the connection.</summary>
public class DecodingFaultTests
{
    public static TheoryData<Type> Exceptions =>
    [
        typeof(InvalidOperationException), typeof(FormatException), typeof(OverflowException), typeof(ArgumentException),
        typeof(IndexOutOfRangeException), typeof(NullReferenceException), typeof(IOException), typeof(System.Text.Json.JsonException),
    ];

    [Theory, MemberData(nameof(Exceptions))]
    public void It_is_a_malformed_event_that_is_quoted(Type type)
    {
        var exception = (Exception)Activator.CreateInstance(type)!;
        FaultyDecoder decoder = new(exception);
        decoder.Handle(new Frame(FrameKind.Event, "message", "{\"token\":\"a\"}"u8, isUnterminated: false));
        decoder.Handle(new Frame(FrameKind.Event, "message", "{\"token\":\"b\",\"fault\":1}"u8, isUnterminated: false));
        Assert.True(decoder.MustStop);
        Verdict verdict = Verdict.AtEnd(decoder, new GuardedStream(new MemoryStream()));
        ChatStreamException failure = verdict.Exception!;
        Assert.Equal((ChatStreamError.MalformedEvent, false, "ab"), (failure.Error, failure.IsTransient, failure.Partial.Text));
        Assert.Same(exception, failure.InnerException);
        Assert.Contains("{\"token\":\"b\",\"fault\":1}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_own_exceptions_are_passed_on()
    {
        foreach (Exception exception in (Exception[])[new AnswerTooLargeException("x"), new OperationCanceledException(), new ChatStreamException(ChatStreamError.Truncated)])
        {
            FaultyDecoder decoder = new(exception);
            Exception thrown = Record.Exception(() =>
                decoder.Handle(new Frame(FrameKind.Event, "message", "{\"token\":\"b\",\"fault\":1}"u8, isUnterminated: false)))!;
            Assert.Same(exception, thrown);
            Assert.Null(decoder.Malformed);
        }
    }

    [Fact]
    public void Only_what_the_stream_threw_is_a_failure_of_the_connection()
    {
        var decoder = new FaultyDecoder(new IOException());
        ChatStreamException failure = Verdict.AtFailure(new IOException("x"), decoder, new GuardedStream(new MemoryStream())).Exception!;
        Assert.Equal((ChatStreamError.MalformedEvent, false), (failure.Error, failure.IsTransient));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_fails_is_one_whether_it_fails_at_once_or_later(bool isLater)
    {
        var exception = new InvalidOperationException("closed");
        foreach (ReadWatch? watch in (ReadWatch?[])[null, new ReadWatch(TimeProvider.System, new LlmTimeoutOptions(), default)])
        {
            var stream = new GuardedStream(new FailingStream(exception, isLater), watch);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.ReadExactlyAsync(new byte[1]));
            Assert.Same(exception, stream.Failure);
            Assert.Equal(ChatStreamError.Connection, StreamFailure.Of(exception, stream).Error);
            Assert.Equal(ChatStreamError.MalformedEvent, StreamFailure.Of(new InvalidOperationException(), stream).Error);
            watch?.Dispose();
        }
    }

    [Fact]
    public async Task The_client_does_not_send_the_request_again()
    {
        // Strings that System.Text.Json refuses to read.
        var server = new StubServer().Streams(
            """data: {"choices":[{"delta":{"role":"\n","content":"Hi"},"finish_reason":"\u00a0"}]}""" + "\n\n"
            + """data: {"choices":[{"delta":{"tool_calls":[{"id":"\ud83d","function":{"name":"\udc00f","arguments":{"a":"\ud83d"}}}]},"finish_reason":"stop"}],"\ud83d":1}""" + "\n\n");
        ChatStreamResult result = await server.Client().StreamAsync("x").CollectAsync();
        Assert.Equal(("Hi", "\uFFFDf"), (result.Text, Assert.Single(result.ToolCalls).Name));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"text":"Hi"},{"inlineData":{"mimeType":"image/png","data":"\ud83d"}}]},"finishReason":"STOP"}]}""")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"text":"Hi"},{"inlineData":{"mimeType":"\ud83d","data":"AA=="}}]},"finishReason":"STOP"}]}""")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"text":"Hi"},{"fileData":{"mimeType":"a/b","fileUri":"\ud83d"}}]},"finishReason":"STOP"}]}""")]
    [InlineData("gemini", """{"createTime":"\ud83d","candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}""")]
    [InlineData("gemini", """{"responseId":"\ud83d","modelVersion":"\udc00","candidates":[{"content":{"role":"\ud83d","parts":[{"text":"Hi","thoughtSignature":"\ud83d"}]},"finishReason":"\ud83d","finishMessage":"\udc00","citationMetadata":{"citations":[{"uri":"\ud83d","title":"\ud83d"}]}}]}""")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"text":"Hi"},{"functionCall":{"id":"\ud83d","name":"\ud83d","args":{"\ud83d":"\udc00"}}}]},"finishReason":"STOP"}]}""")]
    [InlineData("ollama", """{"model":"\ud83d","created_at":"\ud83d","message":{"role":"\ud83d","content":"Hi","images":["\ud83d"],"tool_calls":[{"id":"\ud83d","function":{"name":"\ud83d","arguments":{"\ud83d":"\udc00"}}}]},"done":true,"done_reason":"\ud83d"}""")]
    [InlineData("dashscope", """{"request_id":"\ud83d","output":{"choices":[{"message":{"role":"\ud83d","content":"Hi"},"finish_reason":"\ud83d"}]}}""")]
    [InlineData("hunyuan", """{"Id":"\ud83d","Choices":[{"Delta":{"Role":"\ud83d","Content":"Hi"},"FinishReason":"\ud83d"}]}""")]
    [InlineData("openai", """{"id":"\ud83d","choices":[{"delta":{"role":"\ud83d","content":"Hi","reasoning_details":[{"signature":"\ud83d"}],"extra_content":{"\ud83d":"\ud83d"}},"finish_reason":"\ud83d"}]}""")]
    [InlineData("responses", """{"object":"response","id":"\ud83d","status":"completed","output":[{"type":"message","id":"\ud83d","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[{"type":"\ud83d","url":"\ud83d"}]}]},{"type":"\ud83d"}],"tools":[{"name":"\ud83d"}]}""")]
    [InlineData("anthropic", """{"type":"message","id":"\ud83d","role":"\ud83d","content":[{"type":"text","text":"Hi","citations":[{"url":"\ud83d"}]},{"type":"\ud83d","\ud83d":"\udc00"},{"type":"tool_use","id":"\ud83d","name":"\ud83d","caller":"\ud83d","input":{"a":"\ud83d"}}],"stop_reason":"\ud83d"}""")]
    [InlineData("cohere", """{"id":"\ud83d","message":{"role":"\ud83d","tool_plan":"\ud83d","content":[{"type":"text","text":"Hi"}],"citations":[{"text":"\ud83d","sources":[{"id":"\ud83d","type":"\ud83d","document":{"url":"\ud83d"}}]}]},"finish_reason":"\ud83d"}""")]
    [InlineData("tokens", """{"token":"Hi","done":true,"finish_reason":"\ud83d"}""")]
    public async Task Half_of_a_surrogate_pair_is_no_fault_anywhere(string name, string data)
    {
        ChatDialect dialect = SampleAnswers.Of(name).Dialect;
        Outcome outcome = await Outcome.ReadAsync(Encoding.UTF8.GetBytes($"data: {data}\n\n"), dialect);
        Assert.Equal(("Complete", "Hi"), (outcome.Ending, outcome.Result.Text));
        outcome.Result.ToChatMessage();
    }

    /// <summary>Fails after it has read an event with the field <c>fault</c>.</summary>
    private sealed class FaultyDecoder(Exception exception)
        : ChatDecoder(new TokensDialect(), new AnswerBuilder(ChatTextMode.Incremental, new ChatReadOptions()), observer: null)
    {
        public override bool IsComplete => false;

        protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => true;

        protected override void Decode(string eventType, ReadOnlySpan<byte> data)
        {
            Answer.EditChoice(0).AddText(data.Slice(data.IndexOf(":\""u8) + 2, 1), escaped: false);
            if (data.IndexOf("fault"u8) >= 0) throw exception;
        }
    }

    private sealed class FailingStream(Exception exception, bool isLater) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (isLater) await Task.Yield();
            throw exception;
        }
    }
}
