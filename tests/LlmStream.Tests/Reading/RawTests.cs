using System.Text;

namespace LlmStream.Tests.Reading;

/// <summary>Raw events are kept if <see cref="ChatReadOptions.KeepRaw"/> is set.</summary>
public class RawTests
{
    private const string Body =
        """
        data: {"id":"r","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}},{"index":1,"delta":{"content":"Ho"}}]}

        event: odd
        data: {"something":"else"}

        : a comment

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"stop"}]}

        data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}

        data: [DONE]


        """;

    [Fact]
    public async Task The_first_delta_of_an_event_has_it()
    {
        List<ChatDelta> deltas = await ReadAsync(Body, new ChatReadOptions { KeepRaw = true });

        Assert.Equal(
            ["message", "odd", "message", "message", "message"],
            deltas.Where(delta => delta.Raw is not null).Select(delta => delta.Raw!.EventType));
        string[] lines = [.. Body.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..].TrimEnd('\r'))];
        Assert.Equal(lines, deltas.Where(delta => delta.Raw is not null).Select(delta => delta.Raw!.ToString()));
        Assert.Equal(["Hi+", "Ho", "+", "+", "", "+", "+"], deltas.Select(delta => delta.Text + (delta.Raw is null ? "" : "+")));
    }

    [Fact]
    public async Task They_are_not_kept_by_default()
    {
        List<ChatDelta> deltas = await ReadAsync(Body, new ChatReadOptions());

        Assert.All(deltas, delta => Assert.Null(delta.Raw));
        Assert.Equal(5, deltas.Count);
    }

    [Fact]
    public async Task The_answer_is_the_same_as_without_them()
    {
        ChatStreamResult with = await Read(Body, new ChatReadOptions { KeepRaw = true }).CollectAsync(TestContext.Current.CancellationToken);
        ChatStreamResult without = await Read(Body, new ChatReadOptions()).CollectAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, with.Choices.Count);
        Assert.Equal(without.Choices.Select(choice => choice.Text), with.Choices.Select(choice => choice.Text));
        Assert.Equal(2, with.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task An_error_event_is_delivered_before_its_exception()
    {
        const string body = "data: {\"error\":{\"message\":\"no\",\"hint\":\"wait\"}}\n\n";
        List<ChatDelta> deltas = [];
        await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in Read(body, new ChatReadOptions { KeepRaw = true }).WithCancellation(TestContext.Current.CancellationToken)) deltas.Add(delta);
        });

        Assert.Contains("hint", Assert.Single(deltas).Raw!.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<string> Transcripts { get; } = [.. Transcript.Names];

    [Theory, MemberData(nameof(Transcripts))]
    public async Task In_every_dialect_the_answer_is_the_same(string name)
    {
        Transcript transcript = Transcript.Load(name);
        Outcome without = await Outcome.ReadAsync(new MemoryStream(transcript.Bytes), transcript.Dialect, transcript.Options);
        var options = new ChatReadOptions { TextMode = transcript.Options.TextMode, MaxEventBytes = transcript.Options.MaxEventBytes, KeepRaw = true };
        Outcome with = await Outcome.ReadAsync(new MemoryStream(transcript.Bytes), transcript.Dialect, options);

        Assert.Equal(without.Ending, with.Ending);
        Assert.Equal(Show.Answer(without.Result), Show.Answer(with.Result));
        Assert.All(without.Deltas, delta => Assert.Null(delta.Raw));
        if (without.Deltas.Count > 0) Assert.Contains(with.Deltas, delta => delta.Raw is { Data.IsEmpty: false });
    }

    private static IAsyncEnumerable<ChatDelta> Read(string body, ChatReadOptions options) =>
        ChatStreamReader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(body)), ChatDialect.OpenAI, options);

    private static async Task<List<ChatDelta>> ReadAsync(string body, ChatReadOptions options)
    {
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in Read(body, options).WithCancellation(TestContext.Current.CancellationToken)) deltas.Add(delta);
        return deltas;
    }
}
