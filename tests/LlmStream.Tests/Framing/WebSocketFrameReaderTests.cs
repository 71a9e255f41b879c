using LlmStream.Framing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Framing;

public class WebSocketFrameReaderTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Each_message_is_a_frame_in_however_many_fragments_it_arrives(int fragmentSize)
    {
        var socket = new ScriptedSocket("first", "", "a third message, longer than the first buffer", "{}") { FragmentSize = fragmentSize, Closes = "" };
        Assert.Equal("message first|message |message a third message, longer than the first buffer|message {}", await ReadAsync(socket));
    }

    [Fact]
    public async Task A_message_may_be_larger_than_the_buffer()
    {
        string large = new('长', 50_000);
        Assert.Equal($"message {large}|message b", await ReadAsync(new ScriptedSocket(large, "b") { Closes = "" }));
    }

    [Theory]
    [InlineData("", "message a")]
    [InlineData("overloaded", "message a|bare message overloaded")]
    public async Task The_reason_for_closing_is_a_frame(string reason, string expected) =>
        Assert.Equal(expected, await ReadAsync(new ScriptedSocket("a") { Closes = reason }));

    [Fact]
    public async Task A_message_without_its_end_is_unterminated()
    {
        var socket = new ScriptedSocket("a", "b") { Closes = "", LeavesLastMessageOpen = true };
        Assert.Equal("message a|message b (open)", await ReadAsync(socket));
    }

    [Fact]
    public async Task A_message_may_be_as_large_as_the_limit()
    {
        Assert.Equal("message 1|message 12345", await ReadAsync(new ScriptedSocket("1", "12345") { Closes = "", FragmentSize = 2 }, maxFrameBytes: 5));
        var collector = new FrameCollector();
        await using WebSocketFrameReader reader = Create(new ScriptedSocket("1", "12345") { FragmentSize = 2 }, collector, maxFrameBytes: 4);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        var exception = await Assert.ThrowsAsync<FramingException>(async () => await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(FramingError.TooLarge, exception.Error);
        Assert.Equal("message 1", collector.ToString());
    }

    [Fact]
    public async Task A_socket_that_never_looks_at_the_token_is_cancelled_too()
    {
        var socket = new ScriptedSocket("12345") { FragmentSize = 1 };
        await using WebSocketFrameReader reader = Create(socket, new FrameCollector(), maxFrameBytes: 5);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(new CancellationToken(canceled: true)));
        Assert.Equal(0, socket.Receives);
    }

    [Fact]
    public async Task An_observer_is_told_of_each_frame()
    {
        var statistics = new FramingStatistics();
        await ReadAsync(new ScriptedSocket("a", "b") { Closes = "bye", LeavesLastMessageOpen = true }, observer: statistics);
        Assert.Equal((3, true, 0), (statistics.Frames, statistics.UnterminatedEnd, statistics.Lines));
    }

    private static async Task<string> ReadAsync(ScriptedSocket socket, int maxFrameBytes = 1_000_000, IFramingObserver? observer = null)
    {
        var collector = new FrameCollector();
        await using WebSocketFrameReader reader = Create(socket, collector, maxFrameBytes, observer);
        Assert.False(reader.TryRead());
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) Assert.False(reader.TryRead());
        return collector.ToString();
    }

    private static WebSocketFrameReader Create(ScriptedSocket socket, FrameCollector collector, int maxFrameBytes, IFramingObserver? observer = null)
    {
        var messages = new WebSocketBytes(socket);
        return new WebSocketFrameReader(new GuardedStream(messages), messages, maxFrameBytes, collector, observer);
    }
}
