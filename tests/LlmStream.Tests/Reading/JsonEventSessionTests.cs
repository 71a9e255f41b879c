using System.Net.ServerSentEvents;
using System.Text;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Tests.Tutorials;

namespace LlmStream.Tests.Reading;

public class JsonEventSessionTests
{
    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task An_event_may_be_as_large_as_the_limit(int difference, bool isTooLarge)
    {
        string json = $$"""{"count":1,"text":"{{new string('x', 3_000)}}"}""";
        foreach ((string body, int size) in ((string, int)[])[($"data: {json}\n\n", "data: ".Length + json.Length), (json + "\n", json.Length)])
        {
            await using JsonEventSession<Count> session = Session(body, new SseReaderOptions { MaxEventBytes = size + difference });
            if (isTooLarge) Assert.Equal(ChatStreamError.TooLarge, (await FailAsync(session)).Error);
            else Assert.True(await session.ReadAsync(default));
        }
    }

    [Fact]
    public async Task A_value_is_taken_once()
    {
        await using JsonEventSession<Count> session = Session("data: {\"count\":1}\n\n");
        Assert.False(session.TryTake(out _));
        Assert.True(await session.ReadAsync(default));
        Assert.True(session.TryTake(out SseItem<Count> item));
        Assert.Equal(1, item.Data.Value);
        Assert.False(session.TryTake(out _));
        Assert.False(await session.ReadAsync(default));
    }

    [Fact]
    public async Task Nothing_is_read_after_the_end_marker()
    {
        await using JsonEventSession<Count> session = Session("data: [DONE]\n\ndata: {{\n\ndata: {\"count\":2}\n\n");
        Assert.False(await session.ReadAsync(default));
        Assert.False(await session.ReadAsync(default));
    }

    [Fact]
    public async Task A_failure_is_thrown_after_the_values_before_it_and_again()
    {
        await using JsonEventSession<Count> session = Session("data: {\"count\":1}\n\ndata: {{\n\ndata: {\"count\":2}\n\n");
        Assert.True(await session.ReadAsync(default));
        Assert.True(session.TryTake(out _));
        ChatStreamException failure = await FailAsync(session);
        Assert.Same(failure, await FailAsync(session));
    }

    [Fact]
    public async Task An_error_event_of_any_form_is_an_error()
    {
        foreach (string body in (string[])["event: error\ndata: overloaded\n\n", "event: error\ndata: overloa", "data: {\"error\":\"overloaded\"}\n\n"])
        {
            await using JsonEventSession<Count> session = Session(body);
            Assert.Equal(ChatStreamError.ProviderError, (await FailAsync(session)).Error);
        }
    }

    [Fact]
    public async Task A_failure_during_a_cancellation_is_a_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var cause = new IOException("closed");
        var stream = new ScriptedStream([], failure: () =>
        {
            cancellation.Cancel();
            return cause;
        });
        await using var session = new JsonEventSession<Count>(new GuardedStream(stream), TutorialJson.Default.Count, new SseReaderOptions());
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.ReadAsync(cancellation.Token));
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        Assert.Same(cause, canceled.InnerException);
    }

    private static JsonEventSession<Count> Session(string body, SseReaderOptions? options = null) =>
        new(new GuardedStream(new ScriptedStream(Encoding.UTF8.GetBytes(body))), TutorialJson.Default.Count, options ?? new SseReaderOptions());

    private static Task<ChatStreamException> FailAsync(JsonEventSession<Count> session) =>
        Assert.ThrowsAsync<ChatStreamException>(async () => await session.ReadAsync(TestContext.Current.CancellationToken));
}
