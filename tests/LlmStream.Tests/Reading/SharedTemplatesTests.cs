using System.Globalization;
using System.Text;
using LlmStream.Answers.Templates;
using Account = LlmStream.Tests.Reading.FastPathTests.Account;

namespace LlmStream.Tests.Reading;

/// <summary>What the streams of one client learn from each other changes nothing of what they say.</summary>
public class SharedTemplatesTests
{
    private const string Usage =
        "{'id':'x','object':'chat.completion.chunk','model':'m','choices':[],'usage':{'prompt_tokens':5,'completion_tokens':7,'total_tokens':12}}";

    private static readonly string[] Events =
    [
        Chunk("'delta':{'role':'assistant','content':'','refusal':null},'logprobs':null,'finish_reason':null"),
        Chunk("'delta':{'content':'a'},'logprobs':null,'finish_reason':null"),
        Chunk("'delta':{'content':'b'},'logprobs':null,'finish_reason':null"),
        Chunk("'delta':{'role':'assistant','content':'c'},'finish_reason':null"),
        Chunk("'delta':{'content':'','reasoning_content':'r'}"),
        Chunk("'delta':{'content':'d','reasoning':'s'},'native_finish_reason':'stop'"),
        Chunk("'delta':{},'finish_reason':'stop'"),
        Chunk("'delta':{},'finish_reason':'length'"),
        Chunk("'delta':{},'finish_reason':'error'"),
        Chunk("'delta':{'content':'e'},'finish_reason':'tool_calls'"),
        Chunk("'delta':{'tool_calls':[{'index':0,'id':'t','type':'function','function':{'name':'f','arguments':''}}]}"),
        Chunk("'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{'}}]}"),
        Chunk("'delta':{'tool_calls':[{'index':1,'type':'function','function':{'arguments':'}'}}]}"),
        Chunk("'delta':{'content':'f'}", id: ""),
        Chunk("'delta':{'content':'g'}", id: "other", created: "0"),
        Chunk("'delta':{'content':'h'},'index':1"),
        Chunk("'delta':{'role':'assistant','content':'too long for some'}"),
        "{'choices':[{'delta':{'role':'assistant','content':'too long for some'},'index':0}],'usage':{'prompt_tokens':4},'id':'z','model':'n'}",
        Usage,
        "{'choices':[],'x_groq':{'id':'q','usage':{'prompt_tokens':3}}}",
        "{'choices':[],'prompt_filter_results':[{'prompt_index':0}]}",
        "{'id':'x','object':'error','choices':[],'message':'m'}",
        "[DONE]",
    ];

    [Fact]
    public async Task The_recorded_streams_of_a_client_for_each_dialect_are_read_alike()
    {
        string corpus = Repository.RequireShared("corpus");
        Dictionary<ChatDialect, SharedTemplates> shared = ChatDialect.All.ToDictionary(dialect => dialect, _ => new SharedTemplates());
        foreach (string file in FastPathTests.Files.Select(row => row.Data))
        {
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(corpus, file), TestContext.Current.CancellationToken);
            ChatDialect dialect = ChatDialect.Recognize(bytes) ?? ChatDialect.OpenAI;
            await CompareAsync(bytes, dialect, new ChatReadOptions(), shared[dialect]);
        }
    }

    [Fact]
    public Task Random_streams_of_a_client_are_read_alike() => CompareRandomAsync(1, 40);

    /// <summary>Many more seeds than the suite has time for.</summary>
    [Fact(Explicit = true)]
    public Task Many_random_streams_of_a_client_are_read_alike() => CompareRandomAsync(1_000, 10_000);

    [Fact]
    public Task Events_in_any_order_are_read_alike() => CompareOrdersAsync(new Random(1), 300, new SharedTemplates());

    [Fact(Explicit = true)]
    public async Task Events_in_very_many_orders_are_read_alike()
    {
        for (int seed = 0; seed < 2_000; seed++) await CompareOrdersAsync(new Random(seed), 50, new SharedTemplates());
    }

    [Fact]
    public async Task Streams_at_the_same_time_are_read_alike()
    {
        var shared = new SharedTemplates();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(
            seed => Task.Run(() => CompareOrdersAsync(new Random(seed), 100, shared), TestContext.Current.CancellationToken)));
        Assert.InRange(shared.All.Length, 5, SharedTemplates.MaxTemplates);
    }

    [Fact]
    public async Task All_events_of_a_plain_stream_are_recognized_if_another_one_was_read()
    {
        string[] events = [Events[0], Events[1], Events[2], Events[1], Events[6], Usage, "[DONE]"];
        var shared = new SharedTemplates();
        Account first = await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        Assert.Equal(2, first.Hits); // "b" and "a"
        Account second = await FastPathTests.ReadAsync(
            Stream(events.Select(e => e.Replace("'id':'x'", "'id':'y'", StringComparison.Ordinal))), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        Assert.Equal(6, second.Hits);
        Assert.Equal(first.Text.Replace("Id = x", "Id = y", StringComparison.Ordinal), second.Text);
        Assert.Contains("Id = y", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_for_a_form_that_never_repeats_learns_a_limited_number_of_templates()
    {
        var shared = new SharedTemplates();
        for (int i = 0; i < 2 * SharedTemplates.MaxTemplates; i++)
        {
            string[] events = [Events[0], Chunk($"'delta':{{'content':'a'}},'content_filter_results':{{'f{i}':0}}"), Events[6], "[DONE]"];
            await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        }

        Assert.Equal(SharedTemplates.MaxTemplates, shared.All.Length);
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
            var shared = new SharedTemplates();
            Account first = await FastPathTests.ReadAsync(new ScriptedStream(bytes), stream.Dialect, options, shared);
            Account second = await FastPathTests.ReadAsync(new ScriptedStream(bytes), stream.Dialect, options, shared);
            Assert.InRange(first.Hits, alone.Hits, stream.Events); // an event may also be like an earlier one of the same stream
            Assert.Equal((alone.Text, alone.Text), (first.Text, second.Text));
            Assert.InRange(second.Hits, first.Hits, stream.Events);
            learned += second.Hits - first.Hits;
        }

        // In most forms something varies, so that the second event of the form is decoded only once.
        Assert.InRange(learned, RandomEventForm.All.Count / 2, int.MaxValue);
    }

    private static string Chunk(string choice, string id = "x", string created = "1730371200") =>
        $"{{'id':'{id}','object':'chat.completion.chunk','created':{created},'model':'m','choices':[{{'index':0,{choice}}}]}}";

    private static ScriptedStream Stream(IEnumerable<string> events) =>
        new(Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e.Replace('\'', '"')}\n\n"))));

    private static async Task CompareOrdersAsync(Random random, int count, SharedTemplates shared)
    {
        for (int i = 0; i < count; i++)
        {
            string[] events = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => Events[random.Next(Events.Length)])];
            var options = new ChatReadOptions { MaxAnswerCharacters = random.Next(3) == 0 ? random.Next(1, 5) : 1000 };
            Account full = await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, Outcome.WithoutFastPath(options));
            Account fast = await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, options, shared);
            Assert.Equal((string.Join('\n', events), full.Text), (string.Join('\n', events), fast.Text));
        }
    }

    private static async Task CompareRandomAsync(int firstSeed, int count)
    {
        Dictionary<ChatDialect, SharedTemplates> shared = ChatDialect.All.ToDictionary(dialect => dialect, _ => new SharedTemplates());
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            // Each form in several streams, with other values.
            var random = new Random(seed);
            var stream = RandomEventStream.Create(random);
            var options = new ChatReadOptions { TextMode = (ChatTextMode)random.Next(3) };
            await CompareAsync(
                stream.ToBytes(), stream.Dialect, options, shared[stream.Dialect], seed.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static async Task CompareAsync(
        byte[] bytes, ChatDialect dialect, ChatReadOptions options, SharedTemplates shared, string? name = null)
    {
        Account full = await FastPathTests.ReadAsync(new ScriptedStream(bytes), dialect, Outcome.WithoutFastPath(options));
        for (int i = 0; i < 2; i++)
        {
            Account fast = await FastPathTests.ReadAsync(new ScriptedStream(bytes), dialect, options, shared);
            Assert.Equal((name, full.Text), (name, fast.Text));
        }
    }
}
