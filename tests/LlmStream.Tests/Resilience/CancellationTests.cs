using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>A cancelled call ends with what had been delivered, whichever way the token took.</summary>
public class CancellationTests
{
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""" + "\n\n";
    private const string TwoChoices = """data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}""" + "\n\n";

    private readonly LiveStream _stream = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_it_waits_for_the_server(bool byEnumerator)
    {
        using var cancellation = new CancellationTokenSource();
        _stream.Write(StubServer.Chunk("Hel") + StubServer.Chunk("lo") + Usage);
        IAsyncEnumerator<ChatDelta> deltas = Deltas(new StubServer().Streams(_stream), byEnumerator, cancellation.Token);
        for (int i = 0; i < 3; i++) Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();

        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => next);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        Assert.Equal(("Hello", false, 12L), (canceled.Partial.Text, canceled.Partial.IsComplete, canceled.Partial.Usage!.TotalTokenCount));
        Assert.Equal((1, 12L), (Assert.Single(canceled.Partial.Attempts).Number, canceled.Partial.Attempts[0].Usage!.TotalTokenCount));
        await _stream.Disposed; // the connection has been closed
        Assert.False(await deltas.MoveNextAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Between_two_deltas_that_have_been_read(bool byEnumerator)
    {
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = Deltas(new StubServer().Streams(TwoChoices + TwoChoices), byEnumerator, cancellation.Token);
        for (int i = 0; i < 3; i++) Assert.True(await deltas.MoveNextAsync());
        await cancellation.CancelAsync();

        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => deltas.MoveNextAsync().AsTask());
        Assert.Equal(["aa", "b"], canceled.Partial.Choices.Select(choice => choice.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Before_it_starts(bool byEnumerator)
    {
        var server = new StubServer();
        var token = new CancellationToken(canceled: true);
        IAsyncEnumerator<ChatDelta> deltas = Deltas(server, byEnumerator, token);
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => deltas.MoveNextAsync().AsTask());
        Assert.Equal((token, 0), (canceled.CancellationToken, canceled.Partial.Choices.Count));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_request_waits_for_its_response(bool byEnumerator)
    {
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = Deltas(new StubServer().Hangs(), byEnumerator, cancellation.Token);
        Task<bool> first = deltas.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => first);
        Assert.Equal((cancellation.Token, ""), (canceled.CancellationToken, canceled.Partial.Text));
    }

    [Fact]
    public async Task With_both_tokens_the_one_that_was_cancelled_is_named()
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        _stream.Write(StubServer.Chunk("Hi"));
        IAsyncEnumerable<ChatDelta> source = new StubServer().Streams(_stream).Client().StreamAsync("x", cancellationToken: first.Token);
        await using IAsyncEnumerator<ChatDelta> deltas = source.GetAsyncEnumerator(second.Token);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await second.CancelAsync();
        Assert.Equal(second.Token, (await Assert.ThrowsAsync<ChatStreamCanceledException>(() => next)).CancellationToken);
    }

    [Fact]
    public async Task While_a_resume_waits_for_its_response()
    {
        using var cancellation = new CancellationTokenSource();
        var server = new StubServer().Streams(StubServer.Chunk("The sky ") + Usage).Hangs();
        IAsyncEnumerator<ChatDelta> deltas = Deltas(server, false, cancellation.Token);
        for (int i = 0; i < 2; i++) Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();

        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => next);
        Assert.Equal(("The sky ", 12L), (canceled.Partial.Text, canceled.Partial.Usage!.TotalTokenCount));
    }

    [Fact]
    public async Task After_a_resume_with_the_usage_of_all_attempts()
    {
        using var cancellation = new CancellationTokenSource();
        _stream.Write(StubServer.Chunk("is blue.") + Usage);
        IAsyncEnumerator<ChatDelta> deltas = Deltas(new StubServer().Streams(StubServer.Chunk("The sky ") + Usage).Streams(_stream), false, cancellation.Token);
        for (int i = 0; i < 4; i++) Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();

        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => next);
        Assert.Equal(("The sky is blue.", 24L), (canceled.Partial.Text, canceled.Partial.Usage!.TotalTokenCount));
        Assert.Equal([1, 2], canceled.Partial.Attempts.Select(attempt => attempt.Number));
    }

    [Fact]
    public async Task While_it_waits_before_a_retry()
    {
        using var cancellation = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        LlmStreamClient client = new StubServer().Answers(System.Net.HttpStatusCode.BadGateway).Client(options => options.TimeProvider = time);
        Task<ChatStreamResult> answer = client.StreamAsync("x", cancellationToken: cancellation.Token).CollectAsync();
        await cancellation.CancelAsync();
        Assert.Equal(cancellation.Token, (await Assert.ThrowsAsync<ChatStreamCanceledException>(() => answer)).CancellationToken);
    }

    public static TheoryData<string> Consumers => ["CollectAsync", "ForEachAsync", "Smooth", "ReadAhead", "Coalesce", "LimitCharacters", "chat client", "chat response"];

    [Theory]
    [MemberData(nameof(Consumers))]
    public async Task In_an_operator(string name)
    {
        using var cancellation = new CancellationTokenSource();
        CancellationToken token = cancellation.Token;
        _stream.Write(StubServer.Chunk("Hello"));
        LlmStreamClient client = new StubServer().Streams(_stream).Client();
        IAsyncEnumerable<ChatDelta> source = client.StreamAsync("x");
        var time = new FakeTimeProvider { SkipDelays = true };
        Task run = name switch
        {
            "CollectAsync" => source.CollectAsync(token),
            "ForEachAsync" => source.ForEachAsync(_ => { }, cancellationToken: token),
            "Smooth" => DrainAsync(source.Smooth(100, time), token),
            "ReadAhead" => DrainAsync(source.ReadAhead(2), token),
            "Coalesce" => DrainAsync(source.Coalesce(TimeSpan.FromMilliseconds(50), time), token),
            "LimitCharacters" => DrainAsync(source.LimitCharacters(100), token),
            "chat client" => DrainAsync(client.AsIChatClient().GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "x")]), token),
            _ => client.AsIChatClient().GetResponseAsync([new ChatMessage(ChatRole.User, "x")], null, token),
        };
        await _stream.WriteAndBeReadAsync(": everything before has been delivered\n\n");
        await cancellation.CancelAsync();

        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => run);
        Assert.Equal(token, canceled.CancellationToken);
        Assert.StartsWith(canceled.Partial.Text, "Hello", StringComparison.Ordinal);
        if (name is not ("ReadAhead" or "Smooth" or "Coalesce")) Assert.Equal("Hello", canceled.Partial.Text);
    }

    private static IAsyncEnumerator<ChatDelta> Deltas(StubServer server, bool byEnumerator, CancellationToken token) => byEnumerator
        ? server.Client().StreamAsync("x").GetAsyncEnumerator(token)
        : server.Client().StreamAsync("x", cancellationToken: token).GetAsyncEnumerator();

    private static async Task DrainAsync<T>(IAsyncEnumerable<T> source, CancellationToken token)
    {
        await foreach (T _ in source.WithCancellation(token))
        {
            // Only the ending matters.
        }
    }
}
