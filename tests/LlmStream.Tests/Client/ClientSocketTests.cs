using System.Text.Json.Nodes;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Client;

/// <summary>The client over real connections: its own, and those of an <see cref="HttpClient"/> that is passed to it.</summary>
public class ClientSocketTests
{
    private const string Answer = "The sky is blue because air scatters short waves of light far more than long ones.";

    private static readonly JsonObject Body = new() { ["model"] = "m", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }) };

    private static LlmStreamClient Client(ScriptedLlmServer server, bool own, Action<LlmStreamOptions>? configure = null)
    {
        var options = new LlmStreamOptions { Provider = server.Provider, Resume = LlmResumeOptions.Off };
        configure?.Invoke(options);
        return own ? new LlmStreamClient(options) : new LlmStreamClient(new HttpClient(), options);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_cancellation_during_the_answer_closes_the_connection_at_once(bool own, bool byArgument)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAtEvent(3));
        using LlmStreamClient client = Client(server, own);
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerable<ChatDelta> deltas = byArgument ? client.StreamAsync(Body, cancellation.Token) : client.StreamAsync(Body);

        int taken = 0;
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatDelta _ in byArgument ? deltas.WithCancellation(CancellationToken.None) : deltas.WithCancellation(cancellation.Token))
            {
                if (++taken == 2) cancellation.CancelAfter(0);
            }
        });
        Assert.True(taken >= 2);
        Assert.True(canceled.CancellationToken.IsCancellationRequested);
        await server.Requests[0].ClientLeft;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancellation_before_the_answer_closes_the_connection_too(bool own)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAt(0));
        using LlmStreamClient client = Client(server, own);
        using var cancellation = new CancellationTokenSource();
        Task<ChatStreamResult> asking = client.StreamAsync(Body, cancellation.Token).CollectAsync();

        ScriptedRequest request = await server.WaitForRequestAsync();
        await cancellation.CancelAsync();
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        await request.ClientLeft;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_the_loop_closes_the_connection_of_an_endless_answer(bool own)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Endless("word "));
        using LlmStreamClient client = Client(server, own);

        await foreach (ChatDelta delta in client.StreamAsync(Body))
        {
            if (delta.TextOffset > 20) break;
        }

        await server.Requests[0].ClientLeft;
        Assert.True(server.Requests[0].BytesSent < 64 * 1024 * 1024);

        server.Play(Script.Answer(Answer));
        Assert.Equal(Answer, (await client.StreamAsync(Body).CollectAsync()).Text); // the client can still be used
    }

    [Fact]
    public async Task An_exception_in_the_loop_closes_the_connection_too()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAtEvent(3));
        using LlmStreamClient client = Client(server, own: true);

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (ChatDelta _ in client.StreamAsync(Body)) throw new InvalidOperationException("mine");
        });
        await server.Requests[0].ClientLeft;
    }

    [Fact]
    public async Task Streams_that_are_left_do_not_leak_connections()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAtEvent(3));
        using LlmStreamClient client = Client(server, own: true);
        for (int i = 0; i < 100; i++)
        {
            await foreach (ChatDelta _ in client.StreamAsync(Body)) break;
        }

        await Task.WhenAll(server.Requests.Select(request => request.ClientLeft));
        Assert.Equal(100, server.Requests.Count);
    }

    [Fact]
    public async Task A_cancellation_during_a_resume_is_a_cancellation()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).ResetAtEvent(4).Then(Script.Answer(Answer).StallAt(0)));
        using LlmStreamClient client = Client(server, own: true, options => options.Resume = new LlmResumeOptions());
        using var cancellation = new CancellationTokenSource();
        Task<ChatStreamResult> asking = client.StreamAsync(Body, cancellation.Token).CollectAsync();

        ScriptedRequest second = await server.WaitForRequestAsync(1);
        await cancellation.CancelAsync();
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        await second.ClientLeft;
    }

    [Fact]
    public async Task Each_kind_of_break_has_its_error_and_carries_the_partial_answer()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer));
        using LlmStreamClient client = Client(server, own: true);

        foreach ((Script script, ChatStreamError error) in new[]
        {
            (Script.Answer(Answer).ResetAtEvent(5), ChatStreamError.Connection),
            (Script.Answer(Answer).AbortAtEvent(5), ChatStreamError.Connection),
            (Script.Answer(Answer).CutAtEvent(5), ChatStreamError.Truncated),
        })
        {
            server.Play(script);
            ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync(Body).CollectAsync());
            Assert.Equal(error, failure.Error);
            Assert.True(failure.IsTransient);
            Assert.NotEmpty(failure.Partial.Text);
            Assert.StartsWith(failure.Partial.Text, Answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stalled_server_is_a_timeout()
    {
        var time = new FakeTimeProvider();
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAtEvent(5));
        using LlmStreamClient client = Client(server, own: true, options =>
        {
            options.TimeProvider = time;
            options.Retry = LlmRetryOptions.Off;
            options.Timeouts = new LlmTimeoutOptions
            {
                Connect = Timeout.InfiniteTimeSpan, FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = TimeSpan.FromSeconds(7), IdleDeltas = Timeout.InfiniteTimeSpan,
            };
        });
        Task<ChatStreamResult> asking = client.StreamAsync(Body).CollectAsync();

        ScriptedRequest request = await server.WaitForRequestAsync();
        while (!asking.IsCompleted)
        {
            // Each wait for data sets the timer again; the last wait is not ended by the server.
            await Task.WhenAny(asking, time.TimerSetAsync(TimeSpan.FromSeconds(7)));
            time.Advance(TimeSpan.FromSeconds(7));
            await Task.Yield();
        }

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => asking);
        Assert.Equal(ChatStreamError.IdleTimeout, failure.Error);
        await request.ClientLeft;
    }

    [Fact]
    public async Task The_end_marker_ends_the_loop_even_if_the_body_does_not_end()
    {
        byte[] answer = System.Text.Encoding.UTF8.GetBytes(StubServer.Stream("Hello"));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Raw([.. answer, .. ": more\n\n"u8]).StallAt(answer.Length));
        using LlmStreamClient client = Client(server, own: true);

        Assert.Equal("Hello", (await client.StreamAsync(Body).CollectAsync()).Text);
    }

    [Fact]
    public async Task Two_hundred_concurrent_streams_are_complete()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).WithUsage());
        using LlmStreamClient client = Client(server, own: true);

        ChatStreamResult[] results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.StreamAsync(Body).CollectAsync()));
        Assert.All(results, result => Assert.Equal((Answer, true), (result.Text, result.Usage is not null)));
    }

    [Theory]
    [InlineData("Authorization")]
    [InlineData("api-key")]
    public async Task The_key_is_not_redirected_to_another_server(string header)
    {
        await using ScriptedLlmServer other = await ScriptedLlmServer.StartAsync(Script.Answer(Answer));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Redirect(new Uri(other.BaseAddress, "v1/chat/completions")));
        using LlmStreamClient client = Client(server, own: true, options =>
        {
            options.Provider = options.Provider with { ApiKeyHeader = header };
            options.ApiKey = "sk-secret-0123456789";
        });

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync(Body).CollectAsync());
        Assert.Equal(ChatStreamError.InvalidRequest, failure.Error);
        Assert.Contains("sk-secret-0123456789", server.Requests[0].Headers[header], StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }
}
