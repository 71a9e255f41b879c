using LlmStream.Reading;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Reading;

/// <summary>How a sequence of deltas opens, reads and closes its sessions.</summary>
public class DeltaSequenceTests
{
    private const string Token = """{"token":"a"}""";
    private const string Done = """{"done":true}""";

    private readonly List<ScriptedSocket> _sockets = [];

    [Fact]
    public async Task Each_enumeration_opens_a_session_when_it_first_moves()
    {
        DeltaSequence sequence = Sequence(Token, Done);
        for (int i = 1; i <= 2; i++)
        {
            await using IAsyncEnumerator<ChatDelta> deltas = sequence.GetAsyncEnumerator(TestContext.Current.CancellationToken);
            Assert.Equal(i - 1, _sockets.Count);
            Assert.True(await deltas.MoveNextAsync());
            Assert.Equal(i, _sockets.Count);
            Assert.Equal("a", deltas.Current.Text);
        }
    }

    [Fact]
    public async Task An_enumeration_that_was_disposed_of_opens_none()
    {
        IAsyncEnumerator<ChatDelta> deltas = Sequence(Token, Done).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await deltas.DisposeAsync();

        Assert.False(await deltas.MoveNextAsync());
        Assert.Empty(_sockets);
    }

    [Fact]
    public async Task After_the_end_there_are_no_more_deltas()
    {
        await using IAsyncEnumerator<ChatDelta> deltas = Sequence(Token, Done).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        int count = 0;
        while (await deltas.MoveNextAsync()) count++;

        Assert.Equal(2, count); // the text and the finish reason
        Assert.False(await deltas.MoveNextAsync());
        Assert.Single(_sockets);
    }

    [Fact]
    public async Task After_a_failure_there_are_no_more_deltas()
    {
        await using IAsyncEnumerator<ChatDelta> deltas = Sequence(Token, "{oops").GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await deltas.MoveNextAsync());
        await Assert.ThrowsAsync<ChatStreamException>(async () => await deltas.MoveNextAsync());
        Assert.True(_sockets[0].IsAborted); // the session is disposed of with the failure
        Assert.False(await deltas.MoveNextAsync());
        Assert.Single(_sockets);
    }

    [Fact]
    public async Task Disposal_closes_the_session()
    {
        IAsyncEnumerator<ChatDelta> deltas = Sequence(Token, Done).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await deltas.MoveNextAsync());
        Assert.False(_sockets[0].IsAborted);

        await deltas.DisposeAsync();
        Assert.True(_sockets[0].IsAborted);
        await deltas.DisposeAsync(); // has no effect
        Assert.False(await deltas.MoveNextAsync());
    }

    [Fact]
    public async Task Disposal_during_a_move_is_an_error()
    {
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = Sequence(Token).GetAsyncEnumerator(cancellation.Token);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> moving = deltas.MoveNextAsync().AsTask();
        await _sockets[0].IsSilent;

        await Assert.ThrowsAsync<NotSupportedException>(async () => await deltas.DisposeAsync());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => moving);
        await deltas.DisposeAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Each_of_the_two_tokens_cancels(bool first, bool second)
    {
        using var one = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = Sequence(first ? one.Token : default, Token).GetAsyncEnumerator(second ? other.Token : default);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> moving = deltas.MoveNextAsync().AsTask();
        await _sockets[0].IsSilent;

        await (second ? other : one).CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => moving);
        Assert.False(await deltas.MoveNextAsync());
    }

    [Fact]
    public async Task The_first_token_cancels_too_if_there_are_two()
    {
        using var one = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = Sequence(one.Token, Token, Token, Done).GetAsyncEnumerator(other.Token);
        Assert.True(await deltas.MoveNextAsync());
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await deltas.MoveNextAsync());
    }

    [Fact]
    public async Task After_a_cancellation_no_delta_is_returned_even_if_it_has_been_read()
    {
        using var cancellation = new CancellationTokenSource();
        const string Chunk = """data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}""" + "\n\n";
        var sequence = new DeltaSequence(() => new ReadSession(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Chunk)), ChatDialect.OpenAI, new ChatReadOptions()), cancellation.Token);
        await using IAsyncEnumerator<ChatDelta> deltas = sequence.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await deltas.MoveNextAsync());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await deltas.MoveNextAsync());
    }

    [Fact]
    public async Task Deltas_of_one_event_are_all_returned_before_its_failure()
    {
        const string Chunk = """data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}""" + "\n\ndata: {{\n\n";
        var sequence = new DeltaSequence(() => new ReadSession(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Chunk)), ChatDialect.OpenAI, new ChatReadOptions()), default);
        List<string> texts = [];
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in sequence) texts.Add(delta.Text);
        });
        Assert.Equal(["a", "b"], texts);
        Assert.Equal(ChatStreamError.MalformedEvent, failure.Error);
    }

    private DeltaSequence Sequence(params string[] messages) => Sequence(default, messages);

    private DeltaSequence Sequence(CancellationToken cancellationToken, params string[] messages) => new(
        () =>
        {
            _sockets.Add(new ScriptedSocket(messages));
            return new ReadSession(_sockets[^1], ChatDialect.Tokens, new ChatReadOptions());
        },
        cancellationToken);
}
