using System.Globalization;
using LlmStream.Answers.Templates;
using Account = LlmStream.Tests.Reading.FastPathTests.Account;

namespace LlmStream.Tests.Reading;

/// <summary>What the streams of one client learn from each other changes nothing of what they say.</summary>
public class SharedTemplatesTests
{
    [Fact]
    public async Task The_recorded_streams_of_one_client_are_read_alike()
    {
        string corpus = Repository.RequireShared("corpus");
        var hints = new TemplateHints();
        foreach (string file in FastPathTests.Files.Select(row => row.Data))
        {
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(corpus, file), TestContext.Current.CancellationToken);
            ChatDialect dialect = ChatDialect.Recognize(bytes) ?? ChatDialect.OpenAI;
            await CompareAsync(bytes, dialect, new ChatReadOptions(), hints);
        }
    }

    [Fact]
    public Task Random_streams_of_one_client_are_read_alike() => CompareRandomAsync(1, 40, new TemplateHints());

    /// <summary>Many more seeds than the suite has time for.</summary>
    [Fact(Explicit = true)]
    public Task Many_random_streams_of_one_client_are_read_alike() => CompareRandomAsync(1_000, 10_000, new TemplateHints());

    [Fact]
    public async Task Streams_at_the_same_time_are_read_alike()
    {
        var hints = new TemplateHints();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(
            _ => Task.Run(() => CompareRandomAsync(1, 12, hints), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_stream_begins_with_what_another_one_has_learned()
    {
        int learned = 0;
        foreach (RandomEventStream stream in RandomEventStream.PlainOnes)
        {
            byte[] bytes = stream.ToBytes();
            var options = new ChatReadOptions();
            Account alone = await FastPathTests.ReadAsync(new ScriptedStream(bytes), stream.Dialect, options);
            var hints = new TemplateHints();
            Account first = await FastPathTests.ReadAsync(new ScriptedStream(bytes), stream.Dialect, options, hints);
            Account second = await FastPathTests.ReadAsync(new ScriptedStream(bytes), stream.Dialect, options, hints);
            Assert.Equal(alone.Hits, first.Hits);
            Assert.Equal((alone.Text, alone.Text), (first.Text, second.Text));
            Assert.InRange(second.Hits, first.Hits, stream.Events);
            learned += second.Hits - first.Hits;
        }

        // In most forms something varies, so that the second event of the form is decoded only once.
        Assert.InRange(learned, RandomEventForm.All.Count / 2, int.MaxValue);
    }

    private static async Task CompareRandomAsync(int firstSeed, int count, TemplateHints hints)
    {
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            // Each form in several streams, with other values.
            var random = new Random(seed);
            var stream = RandomEventStream.Create(random);
            var options = new ChatReadOptions { TextMode = (ChatTextMode)random.Next(3) };
            await CompareAsync(stream.ToBytes(), stream.Dialect, options, hints, seed.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static async Task CompareAsync(
        byte[] bytes, ChatDialect dialect, ChatReadOptions options, TemplateHints hints, string? name = null)
    {
        Account full = await FastPathTests.ReadAsync(new ScriptedStream(bytes), dialect, Outcome.WithoutFastPath(options));
        for (int i = 0; i < 2; i++)
        {
            Account fast = await FastPathTests.ReadAsync(new ScriptedStream(bytes), dialect, options, hints);
            Assert.Equal((name, full.Text), (name, fast.Text));
        }
    }
}
