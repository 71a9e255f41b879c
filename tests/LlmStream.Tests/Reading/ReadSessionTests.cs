using System.Text;
using LlmStream.Reading;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Reading;

public class ReadSessionTests
{
    private const string Created = """data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}""" + "\n\n";
    private const string Completed = """data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","status":"completed"}}""" + "\n\n";
    private const string Failed = """data: {"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"No"}}}""" + "\n\n";
    private const string Chunk = """data: {"choices":[{"index":0,"delta":{"content":"a"}}]}""" + "\n\n";

    public static TheoryData<string, bool> Replays => new()
    {
        { "", false }, // the id of the answer is unknown
        { Created, true },
        { Created + Delta("Hello"), true },
        { Created + Delta("Hello") + Completed, false },
        { Created + Delta("Hello") + Failed, false },
        { Created + "data: {{\n\n", false },
    };

    [Theory]
    [MemberData(nameof(Replays))]
    public async Task A_session_is_paused_if_its_answer_is_unfinished_and_kept(string body, bool isPaused)
    {
        Assert.Equal(isPaused, (await ReadAsync(body, mayBeReplayed: true)).IsPaused);
        Assert.False((await ReadAsync(body, mayBeReplayed: false)).IsPaused);
    }

    [Fact]
    public async Task A_paused_session_holds_back_what_the_replay_may_complete()
    {
        ReadSession paused = await ReadAsync(Created + Delta("a\\ud83d"), mayBeReplayed: true);
        Assert.Equal("a", TextOf(paused));

        ReadSession ended = await ReadAsync(Created + Delta("a\\ud83d"), mayBeReplayed: false);
        Assert.Equal("a\uFFFD", TextOf(ended));

        var replay = new ReadSession(Stream(Delta("\\ude00", 2) + Completed.Replace(":2,", ":3,", StringComparison.Ordinal)), paused.Decoder, new ChatReadOptions(), watch: null);
        paused.Decoder.BeginReplay();
        Assert.Null((await ToEndAsync(replay)).Exception);
        Assert.Equal("😀", TextOf(replay));
    }

    [Fact]
    public async Task An_interrupted_session_holds_back_too()
    {
        var session = new ReadSession(Stream(Created + Delta("a\\ud83d")), ChatDialect.Responses, new ChatReadOptions()) { MayBeReplayed = true };
        await session.StepAsync(default);
        await session.StepAsync(default);
        session.Interrupt(new ChatStreamException(ChatStreamError.IdleTimeout));
        Assert.Equal("a", TextOf(session));
    }

    [Fact]
    public async Task A_step_decodes_one_event()
    {
        await using var session = new ReadSession(Stream(Chunk + Chunk), ChatDialect.OpenAI, new ChatReadOptions());
        Assert.Null(await session.StepAsync(default));
        Assert.Equal("a", TextOf(session));
        Assert.Null(await session.StepAsync(default));
        Assert.Equal("a", TextOf(session));
        Assert.NotNull(await session.StepAsync(default));
    }

    [Fact]
    public async Task A_step_ends_at_the_end_marker_though_more_has_been_read()
    {
        await using var session = new ReadSession(Stream(Chunk + "data: [DONE]\n\n" + Chunk), ChatDialect.OpenAI, new ChatReadOptions());
        Assert.Null(await session.StepAsync(default));
        Verdict? verdict = await session.StepAsync(default);
        Assert.NotNull(verdict);
        Assert.Null(verdict.Exception);
        Assert.Equal("a", TextOf(session));
    }

    [Fact]
    public async Task A_cancelled_step_throws_even_if_the_event_has_been_read()
    {
        await using var session = new ReadSession(Stream(Chunk + Chunk), ChatDialect.OpenAI, new ChatReadOptions());
        Assert.Null(await session.StepAsync(default));
        var cancelled = new CancellationToken(canceled: true);
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.StepAsync(cancelled));
        Assert.Equal(cancelled, canceled.CancellationToken);
    }

    [Fact]
    public async Task A_failure_during_a_cancellation_is_a_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var cause = new IOException("closed");
        var stream = new ScriptedStream(Encoding.UTF8.GetBytes(Chunk), failure: () =>
        {
            cancellation.Cancel();
            return cause;
        });
        await using var session = new ReadSession(stream, ChatDialect.OpenAI, new ChatReadOptions());
        Assert.Null(await session.StepAsync(cancellation.Token));
        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.StepAsync(cancellation.Token));
        Assert.Same(cause, canceled.InnerException);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
    }

    [Fact]
    public async Task A_failure_while_the_next_event_is_decoded_is_a_verdict()
    {
        string large = Chunk.Replace("\"a\"", $"\"{new string('x', 100)}\"", StringComparison.Ordinal);
        await using var session = new ReadSession(Stream(Chunk + large), ChatDialect.OpenAI, new ChatReadOptions { MaxAnswerCharacters = 50 });
        Assert.Null(await session.StepAsync(default));
        Assert.Equal(ChatStreamError.TooLarge, (await session.StepAsync(default))!.Exception!.Error);
    }

    [Fact]
    public async Task The_stream_is_left_open()
    {
        ScriptedStream stream = Stream(Chunk);
        var session = new ReadSession(stream, ChatDialect.OpenAI, new ChatReadOptions());
        await ToEndAsync(session);
        await session.DisposeAsync();
        Assert.False(stream.IsDisposed);
    }

    [Fact]
    public async Task The_answer_is_released_unless_a_replay_continues_it()
    {
        var session = new ReadSession(Stream(Chunk), ChatDialect.OpenAI, new ChatReadOptions());
        await ToEndAsync(session);
        await session.DisposeAsync();
        Assert.Equal("", session.Decoder.Answer.ToResult(isComplete: false).Text);

        ReadSession paused = await ReadAsync(Created + Delta("Hello"), mayBeReplayed: true);
        await paused.DisposeAsync();
        Assert.Equal("Hello", paused.Decoder.Answer.ToResult(isComplete: false).Text);
    }

    [Theory]
    [InlineData("""{"done":true}""", false)]
    [InlineData("""{"error":"no"}""", false)]
    [InlineData("""{"token":"a"}""", true)]
    public async Task A_socket_is_aborted_unless_the_answer_has_ended(string last, bool isAborted)
    {
        var socket = new ScriptedSocket("""{"token":"a"}""", last);
        var session = new ReadSession(socket, ChatDialect.Tokens, new ChatReadOptions());
        await session.StepAsync(default);
        await session.StepAsync(default);
        await session.DisposeAsync();
        Assert.Equal(isAborted, socket.IsAborted);
    }

    private static string Delta(string text, int number = 1) =>
        $$"""data: {"type":"response.output_text.delta","sequence_number":{{number}},"item_id":"m","output_index":0,"content_index":0,"delta":"{{text}}"}""" + "\n\n";

    private static ScriptedStream Stream(string body) => new(Encoding.UTF8.GetBytes(body));

    private static async Task<ReadSession> ReadAsync(string body, bool mayBeReplayed)
    {
        var session = new ReadSession(Stream(body), ChatDialect.Responses, new ChatReadOptions()) { MayBeReplayed = mayBeReplayed };
        await ToEndAsync(session);
        return session;
    }

    private static async Task<Verdict> ToEndAsync(ReadSession session)
    {
        Verdict? verdict = null;
        while (verdict is null) verdict = await session.StepAsync(TestContext.Current.CancellationToken);
        return verdict;
    }

    /// <summary>The text of the deltas that have not been taken yet.</summary>
    private static string TextOf(ReadSession session)
    {
        string text = "";
        while (session.Decoder.Answer.TryTake(out ChatDelta? delta)) text += delta.Text;
        return text;
    }
}
