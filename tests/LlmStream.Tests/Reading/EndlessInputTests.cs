using System.Text;

namespace LlmStream.Tests.Reading;

/// <summary>Endless input: it is refused as soon as a limit is exceeded, and the memory is bounded until then.</summary>
[Collection(nameof(MeasuresMemory))]
public class EndlessInputTests
{
    private const long GiB = 1L << 30;
    private const long MiB = 1L << 20;
    private const int DefaultLimit = 16 * (int)MiB;

    // A buffer that doubles, its predecessor, and a copy of an event: each at most twice the limit.
    private const long MostMemory = 192 * MiB;

    [Theory]
    [InlineData("data: ", "x")]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"", "x")]
    [InlineData("data: ", "x\ndata: ")]
    [InlineData("error: ", "x")]
    [InlineData("data: {}\n\nerror: {\"message\":\"", "x")]
    [InlineData(": ", "x")]
    [InlineData("event: ", "x")]
    [InlineData("id: ", "x")]
    [InlineData("", "x")]
    [InlineData("{\"choices\":[{\"delta\":{\"content\":\"", "x")]
    [InlineData("", "{\"a\":")]
    [InlineData("", "[")]
    [InlineData("{}\n", "x")]
    [InlineData(": hello\n\n{\n", "  \"a\": 1,\n")]
    public async Task An_endless_event_is_refused_soon_after_the_limit(string opening, string block)
    {
        // The default limit in one dialect, and a smaller one, which takes less time, in the others: the limit is not the dialect's.
        foreach (ChatDialect dialect in ChatDialect.All)
        {
            int limit = dialect == ChatDialect.OpenAI ? DefaultLimit : DefaultLimit / 16;
            var options = dialect == ChatDialect.OpenAI ? null : new ChatReadOptions { MaxEventBytes = limit };
            var stream = new GeneratedStream(Encoding.UTF8.GetBytes(opening), Encoding.UTF8.GetBytes(block), GiB);
            Outcome outcome = await Outcome.ReadAsync(stream, dialect, options);
            Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
            Assert.InRange(stream.BytesRead, limit, limit * 1.8);
            Assert.InRange(stream.PeakMemory, 0, MostMemory);
        }
    }

    [Theory]
    [InlineData("openai/plain-text.sse", "")]
    [InlineData("dashscope/text-cumulative.sse", "\n")]
    public async Task A_gibibyte_of_comments_costs_no_memory(string name, string ending)
    {
        Transcript transcript = Transcript.Load(name);
        byte[] comment = Encoding.UTF8.GetBytes($": {new string('k', 4000)}\n{ending}");
        var stream = new GeneratedStream([], comment, GiB / comment.Length * comment.Length, transcript.Bytes);
        Outcome outcome = await transcript.ReadAsync(stream);
        Assert.Equal("Complete", outcome.Ending);
        Assert.Equal(transcript.Expected.GetProperty("choices")[0].GetProperty("text").GetString(), outcome.Result.Text);
        Assert.InRange(stream.BytesRead, GiB / 2, 2 * GiB);
        Assert.InRange(stream.PeakMemory, 0, 32 * MiB);
        Assert.InRange(stream.Allocated, 0, 64 * MiB); // a few bytes a read, none a comment
    }

    [Fact]
    public async Task Blank_lines_without_end_cost_no_memory()
    {
        var stream = new GeneratedStream("\n"u8.ToArray(), "\r\n\n\n"u8.ToArray(), 64 * MiB);
        Outcome outcome = await Outcome.ReadAsync(stream, ChatDialect.OpenAI);
        Assert.Equal(nameof(ChatStreamError.Truncated), outcome.Ending);
        Assert.InRange(stream.Allocated, 0, 16 * MiB);
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"id\":\"\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\",\"refusal\":\"\",\"role\":\"assistant\"}}],\"usage\":{\"prompt_tokens\":1}}\n\n")]
    public async Task Events_without_end_that_add_nothing_are_held_in_bounded_memory(string block)
    {
        var stream = new GeneratedStream([], Encoding.UTF8.GetBytes(block), 16 * MiB);
        long most = 0;
        await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI)) most = Math.Max(most, delta.ToolCalls.Count);
        });
        Assert.InRange(stream.PeakMemory, 0, 64 * MiB);
        Assert.InRange(most, 0, 1);
    }

    [Fact]
    public async Task Very_many_choices_and_calls_are_refused()
    {
        string choices = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"data: {{\"choices\":[{{\"index\":{i * 3},\"delta\":{{\"content\":\"a\"}}}}]}}\n\n"));
        Outcome outcome = await Outcome.ReadAsync(choices, ChatDialect.OpenAI);
        Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);

        string calls = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"id\":\"c{i}\",\"function\":{{\"name\":\"f\"}}}}]}}}}]}}\n\n"));
        outcome = await Outcome.ReadAsync(calls, ChatDialect.OpenAI);
        Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
    }
}

/// <summary>Tests that measure memory, and so run with nothing beside them.</summary>
[CollectionDefinition(nameof(MeasuresMemory), DisableParallelization = true)]
public sealed class MeasuresMemory;
