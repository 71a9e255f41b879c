using System.Text;

namespace LlmStream.Tests.Reading;

/// <summary>The limits of <see cref="ChatReadOptions"/>: what is as large as a limit is accepted, one more is not.</summary>
public class LimitTests
{
    // Without the one whose last character is cut off: if its replacement exceeds the limit it is left out.
    public static TheoryData<string> Whole { get; } = [.. Transcript.Names.Where(name => name != "openai/character-cut-between-chunks.sse" && Transcript.Load(name).Expected.GetProperty("ending").GetString() == "Complete")];

    [Theory]
    [InlineData("data: {0}\n\n")]
    [InlineData("{0}\n")]
    [InlineData("[{0}]")]
    [InlineData(": a comment\n\n{0}\n\n")]
    public async Task An_event_may_be_as_large_as_the_limit(string format)
    {
        string json = $"{{\"choices\":[{{\"delta\":{{\"content\":\"{new string('x', 9000)}\"}},\"finish_reason\":\"stop\"}}]}}";
        string body = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, json);
        string prefix = format.StartsWith("data", StringComparison.Ordinal) ? "data: " : "";
        int size = prefix.Length + json.Length;
        foreach (ScriptedStream stream in Streams(body))
        {
            Outcome outcome = await Outcome.ReadAsync(stream, ChatDialect.OpenAI, new ChatReadOptions { MaxEventBytes = size });
            Assert.Equal("Complete", outcome.Ending);
        }

        foreach (ScriptedStream stream in Streams(body))
        {
            Outcome outcome = await Outcome.ReadAsync(stream, ChatDialect.OpenAI, new ChatReadOptions { MaxEventBytes = size - 1 });
            Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
            Assert.False(outcome.Exception!.IsTransient);
            Assert.Empty(outcome.Deltas);
        }
    }

    [Fact]
    public async Task Many_events_together_may_be_larger_than_the_limit()
    {
        foreach (string name in new[] { "openai/two-choices-interleaved.sse", "openai/chunks-one-a-line.ndjson", "dashscope/tools-cumulative.sse" })
        {
            Transcript transcript = Transcript.Load(name);
            foreach (ScriptedStream stream in new[] { new ScriptedStream(transcript.Bytes), ScriptedStream.ByteByByte(transcript.Bytes) })
            {
                Outcome outcome = await Outcome.ReadAsync(stream, transcript.Dialect, new ChatReadOptions { MaxEventBytes = 500 });
                Assert.Equal("Complete", outcome.Ending);
            }
        }
    }

    [Theory, MemberData(nameof(Whole))]
    public async Task An_answer_may_be_as_long_as_the_limit(string name)
    {
        Transcript transcript = Transcript.Load(name);
        ChatStreamResult whole = (await transcript.ReadAsync(new ScriptedStream(transcript.Bytes))).Result;
        int text = whole.Choices.Max(choice => Math.Max(choice.Text.Length, Math.Max(choice.Reasoning.Length, choice.Refusal.Length)));
        int arguments = whole.Choices.Max(choice => choice.ToolCalls.Select(call => call.Arguments.Length).DefaultIfEmpty().Max());
        ChatTextMode mode = transcript.Options.TextMode;
        if (text > 0)
        {
            // Other contents have the same limit, and may be larger than the text.
            bool isTextAlone = whole.Choices.All(choice => choice.OtherContents.Count == 0);
            if (isTextAlone) await Check(new ChatReadOptions { TextMode = mode, MaxAnswerCharacters = text }, fits: true);
            for (int limit = Math.Max(1, text - 8); limit < text; limit++) await Check(new ChatReadOptions { TextMode = mode, MaxAnswerCharacters = limit }, fits: false);
        }

        if (arguments > 0)
        {
            await Check(new ChatReadOptions { TextMode = mode, MaxToolArgumentCharacters = arguments }, fits: true);
            for (int limit = Math.Max(1, arguments - 8); limit < arguments; limit++) await Check(new ChatReadOptions { TextMode = mode, MaxToolArgumentCharacters = limit }, fits: false);
        }

        async Task Check(ChatReadOptions options, bool fits)
        {
            Outcome outcome = await Outcome.ReadAsync(transcript.Bytes, transcript.Dialect, options);
            Assert.Equal(fits ? "Complete" : nameof(ChatStreamError.TooLarge), outcome.Ending);
            // What was delivered before is within the limit too.
            Assert.All(outcome.Result.Choices, choice => Assert.InRange(choice.Text.Length, 0, options.MaxAnswerCharacters));
            Assert.All(outcome.Result.Choices, choice => Assert.All(choice.ToolCalls, call => Assert.InRange(call.Arguments.Length, 0, options.MaxToolArgumentCharacters)));
        }
    }

    [Fact]
    public void A_limit_is_positive()
    {
        foreach (int value in new[] { 0, -1, int.MinValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new ChatReadOptions { MaxEventBytes = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new ChatReadOptions { MaxAnswerCharacters = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new ChatReadOptions { MaxToolArgumentCharacters = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new ChatReadOptions { MaxErrorBodyBytes = value });
        }
    }

    private static IEnumerable<ScriptedStream> Streams(string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        return [new ScriptedStream(bytes), ScriptedStream.ByteByByte(bytes), new ScriptedStream(bytes, [5000, 5000])];
    }
}
