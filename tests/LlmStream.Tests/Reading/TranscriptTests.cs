using System.Globalization;
using System.Text.Json;

namespace LlmStream.Tests.Reading;

/// <summary>The content of each transcript, whatever the sizes of the reads.</summary>
public class TranscriptTests
{
    [Theory, TranscriptData]
    public Task A_transcript_is_read_as_expected(string name, Delivery delivery) => AssertExpectedAsync(name, delivery, EveryByte.StepOf(name));

    [Fact(Explicit = true)]
    public Task A_transcript_split_at_every_byte_is_read_as_expected() =>
        EveryByte.ForEachAsync(Transcript.Names, name => AssertExpectedAsync(name, Delivery.SplitInTwoAtEveryByte, step: 1));

    [Fact]
    public void Every_dialect_has_transcripts() =>
        Assert.All(ChatDialect.All, dialect => Assert.Contains(Transcript.Names, name => name.StartsWith(dialect.Name + "/", StringComparison.Ordinal)));

    /// <summary>A missing one is created if LLMSTREAM_WRITE_EXPECTED is 1.</summary>
    [Fact]
    public async Task Every_transcript_has_an_expectation()
    {
        List<string> missing = [.. Transcript.Names.Where(name => !File.Exists(Path.Combine(Repository.Transcripts, name + Transcript.ExpectationSuffix)))];
        if (Environment.GetEnvironmentVariable("LLMSTREAM_WRITE_EXPECTED") != "1")
        {
            Assert.True(missing.Count == 0, $"No {Transcript.ExpectationSuffix}: {string.Join(", ", missing)}. See tests/Transcripts/README.md.");
            return;
        }

        foreach (string name in missing)
        {
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(Repository.Transcripts, name));
            Outcome outcome = await Outcome.ReadAsync(bytes, Transcript.DialectOf(name));
            await File.WriteAllTextAsync(Path.Combine(Repository.Root, "tests", "Transcripts", name + Transcript.ExpectationSuffix), Expectation.Write(outcome));
        }
    }

    [Fact]
    public Task A_created_expectation_describes_the_transcript() => EveryByte.ForEachAsync(Transcript.Names, async name =>
    {
        Transcript transcript = Transcript.Load(name);
        Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes));
        using JsonDocument created = JsonDocument.Parse(Expectation.Write(outcome));
        Compare(created.RootElement, outcome);
    });

    [Fact]
    public void The_representative_transcripts_exist() => Assert.Superset(Transcript.Representative.ToHashSet(), Transcript.Names.ToHashSet());

    private static async Task AssertExpectedAsync(string name, Delivery delivery, int step)
    {
        Transcript transcript = Transcript.Load(name);
        string inOneRead = Show.Deltas((await transcript.ReadAsync(new ScriptedStream(transcript.Bytes))).Deltas);
        foreach (ScriptedStream stream in delivery.Of(transcript.Bytes, step))
        {
            Outcome outcome = await transcript.ReadAsync(stream);
            Compare(transcript.Expected, outcome);
            Assert.Equal(inOneRead, Show.Deltas(outcome.Deltas));
            Assert.False(stream.IsDisposed);
        }
    }

    private static void Compare(JsonElement expected, Outcome outcome)
    {
        Assert.Equal(expected.GetProperty("ending").GetString(), outcome.Ending);
        ChatStreamResult result = outcome.Result;
        JsonElement choices = expected.GetProperty("choices");
        // Of a stream that failed before it said anything there may be an empty choice, or none.
        if (choices.GetArrayLength() > 0) Assert.Equal(choices.GetArrayLength(), result.Choices.Count);
        foreach ((JsonElement choice, ChatChoice actual) in choices.EnumerateArray().Zip(result.Choices)) CompareChoice(choice, actual);
        if (choices.GetArrayLength() == 0) Assert.Equal("", result.Text);

        Assert.Equal(ExpectedUsage(expected), Show.Usage(result.Usage));
        if (expected.TryGetProperty("pieces", out JsonElement pieces))
        {
            IEnumerable<string> actual = outcome.Deltas.Where(delta => delta.Text.Length > 0).Select(delta => string.Create(CultureInfo.InvariantCulture, $"{delta.TextOffset} {delta.Text}"));
            Assert.Equal(pieces.EnumerateArray().Select(piece => string.Create(CultureInfo.InvariantCulture, $"{piece[0].GetInt32()} {piece[1].GetString()}")), actual);
        }

        if (expected.TryGetProperty("stream", out JsonElement stream)) CompareStream(stream, result.Stream);
        if (expected.TryGetProperty("error", out JsonElement error)) CompareError(error, outcome.Exception!);
        else Assert.Null(outcome.Exception?.ProviderMessage);
    }

    private static void CompareChoice(JsonElement expected, ChatChoice actual)
    {
        Assert.Equal(expected.TryGetProperty("index", out JsonElement index) ? index.GetInt32() : 0, actual.Index);
        Assert.Equal(expected.TryGetProperty("role", out JsonElement role) ? role.GetString() : "assistant", actual.Role?.Value);
        Assert.Equal(Text(expected, "text") ?? "", actual.Text);
        Assert.Equal(Text(expected, "reasoning") ?? "", actual.Reasoning);
        Assert.Equal(Text(expected, "refusal") ?? "", actual.Refusal);
        Assert.Equal(Text(expected, "finish"), actual.FinishReason?.Value);
        IEnumerable<string> tools = expected.TryGetProperty("tools", out JsonElement list)
            ? list.EnumerateArray().Select((tool, i) => $"{i} {Text(tool, "id")} {Text(tool, "name")} {Text(tool, "arguments")}")
            : [];
        Assert.Equal(tools, actual.ToolCalls.Select(tool => $"{tool.Index} {tool.Id} {tool.Name} {tool.Arguments}"));
    }

    private static void CompareStream(JsonElement expected, ChatStreamInfo actual)
    {
        Assert.Equal(Text(expected, "id"), actual.Id);
        Assert.Equal(Text(expected, "model"), actual.Model);
        Assert.Equal(Text(expected, "requestId"), actual.RequestId);
        if (expected.TryGetProperty("created", out JsonElement created)) Assert.Equal(created.GetInt64(), actual.CreatedAt?.ToUnixTimeSeconds());
    }

    private static void CompareError(JsonElement expected, ChatStreamException actual)
    {
        Assert.Equal(Text(expected, "code"), actual.ProviderCode);
        if (Text(expected, "message") is { } message) Assert.Equal(message, actual.ProviderMessage);
        if (Text(expected, "requestId") is { } requestId) Assert.Equal(requestId, actual.RequestId);
        if (expected.TryGetProperty("status", out JsonElement status)) Assert.Equal(status.GetInt32(), (int?)actual.StatusCode);
        if (expected.TryGetProperty("transient", out JsonElement transient)) Assert.Equal(transient.GetBoolean(), actual.IsTransient);
    }

    private static string ExpectedUsage(JsonElement expected)
    {
        if (!expected.TryGetProperty("usage", out JsonElement usage)) return "no usage";
        string Count(string name) => usage.TryGetProperty(name, out JsonElement count) ? count.GetRawText() : "";
        return $"in={Count("input")} out={Count("output")} total={Count("total")} cached={Count("cached")} reasoning={Count("reasoning")}";
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
