using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
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
        Chunk("'delta':{'content':'i','role':'assistant'}"),
        Chunk("'delta':{'content':'too long for some','role':'assistant'}"),
        Chunk("'delta':{'content':null,'tool_calls':[{'id':'u','type':'function','function':{'name':'g','arguments':'{\\n'}}],'role':'assistant'}"),
        Chunk("'delta':{'role':'assistant','tool_calls':[{'index':0,'id':'','function':{'name':'','arguments':''}}]},'finish_reason':'tool_calls'"),
        Chunk("'delta':{'tool_calls':[{'index':0,'id':'t','function':{'name':'f','arguments':'{}'}},{'index':1,'id':'u','function':{'name':'f','arguments':'{}'}}]}"),
        Chunk("'delta':{'content':'j','tool_calls':[{'index':2}]}"),
        Chunk("'delta':{'reasoning':'r','reasoning_details':[{'type':'reasoning.text','text':'r','index':0}]},'native_finish_reason':'STOP'"),
        Chunk("'delta':{'content':'k'},'message':{'content':'other'},'text':'other','logprobs':{'content':[{'token':'k','top_logprobs':[]}]}"),
        Chunk("'delta':{'content':'l','audio':null,'function_call':null,'annotations':[]}"),
        "{'choices':[{'delta':{'role':'assistant','content':'too long for some'},'index':0}],'usage':{'prompt_tokens':4},'id':'z','model':'n'}",
        Usage,
        "{'choices':[],'x_groq':{'id':'q','usage':{'prompt_tokens':3}}}",
        "{'choices':[],'prompt_filter_results':[{'prompt_index':0}]}",
        "{'id':'x','object':'error','choices':[],'message':'m'}",
        "{'id':'w','object':'chat.completion.chunk','created':7,'model':'o','usage':null,'obfuscation':'o'}",
        "{'usage':{'prompt_tokens':6},'latency_checkpoint':{'total_duration_ms':1}}",
        "{'choices':[{'index':0,'content_filter_results':{},'finish_reason':null}],'created':0,'id':'','model':'','object':''}",
        Chunk("'finish_reason':'stop'"), Chunk("'finish_reason':'error'"), Chunk("'finish_reason':null,'message':{'content':'m'}"),
        Chunk("'finish_reason':null,'text':'n'"), Chunk("'delta':null,'finish_reason':null"),
        Chunk("'delta':{'audio':{'id':'a','transcript':'Hel'}}"), Chunk("'delta':{'audio':{'data':'AAAA'}}"),
        Chunk("'delta':{'content':'o'}").Replace("{'id'", "{'citations':['https://a.example/','b'],'search_results':[{'url':'https://c.example/'}],'id'", StringComparison.Ordinal),
        Chunk("'delta':{'content':'p'}").Replace("{'id'", "{'citations':['https://a.example/'],'search_results':[{'url':'https://a.example/'}],'id'", StringComparison.Ordinal),
        "[DONE]",
    ];

    private static readonly string[] AnthropicEvents =
    [
        Begin("msg_1"), Begin("msg_1"), Begin("msg_2"),
        Block(0, "'type':'text','text':''"), Block(1, "'type':'text','text':'','citations':[]"), Block(0, "'type':'text','text':'a'"),
        Block(1, "'type':'thinking','thinking':'','signature':''"),
        Block(1, "'type':'tool_use','id':'t','name':'f','input':{}"), Block(1, "'type':'tool_use','id':'u','name':'f','input':{}"),
        Block(2, "'type':'tool_use','id':'v','name':'g','input':{},'caller':{'type':'direct'}"),
        Block(2, "'type':'tool_use','id':'','name':'','input':{}"), Block(2, "'type':'tool_use','id':'w','name':'g','input':{'x':1}"),
        Block(0, "'type':'server_tool_use','id':'s','name':'search','input':{}"), Block(1, "'type':'redacted_thinking','data':'+/\\u00e9='"),
        Block(0, "'type':'server_tool_use','id':'s', 'name':'search'"), Delta(0, "'data':'x'"), Delta(1, "'data':'y'"),
        Delta(0, "'text':'b'"), Delta(0, "'text':''"), Delta(1, "'text':'c'"), Delta(2, "'text':'too long for some'"),
        Delta(1, "'thinking':'d'"), Delta(0, "'thinking':'\\u0065'"), Delta(1, "'signature':'e'"), Delta(0, "'signature':'f'"),
        Delta(1, "'partial_json':''"), Delta(1, "'partial_json':'{'"), Delta(1, "'partial_json':'}'"), Delta(1, "'partial_json':'{}'"),
        Delta(2, "'partial_json':'{}'"), Delta(0, "'partial_json':'{}'"), "{'type':'content_block_delta','delta':{'partial_json':'}'}}",
        "{'type':'content_block_delta','index':3000000000,'delta':{'partial_json':'}'}}", Delta(0, "'citation':{'title':'c'}"),
        Stop(0), Stop(1), Stop(1), Stop(2), "{'type':'content_block_stop'}",
        Finish("'end_turn'"), Finish("'tool_use'"), Finish("'max_tokens'"), Finish("'error'"), Finish("null"),
        "{'type':'message_stop'}", "{'type':'ping'}", "{'type':'error','error':{'message':'m'}}",
    ];

    // A value of a field, and what it is replaced by.
    private static readonly Regex Value = new("\":\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|[-0-9.]+|null|true|\\[\\]|\\{\\})", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
    private static readonly string[] Values =
        ["null", "\"\"", "\"a\"", "\"\\u0061\"", "\" \"", "0", "1", "2", "-1", "1.5", "12345678901234567890", "true", "[]", "{}", "[1]", "{\"text\":\"a\"}"];

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

    [Theory, InlineData("openai"), InlineData("anthropic")]
    public Task Events_in_any_order_are_read_alike(string dialect) =>
        CompareOrdersAsync(new Random(1), 400, new SharedTemplates(), DialectOf(dialect));

    [Theory(Explicit = true), InlineData("openai"), InlineData("anthropic")]
    public async Task Events_in_very_many_orders_are_read_alike(string dialect)
    {
        for (int seed = 0; seed < 2_000; seed++)
            await CompareOrdersAsync(new Random(seed), 50, new SharedTemplates(), DialectOf(dialect));
    }

    [Fact]
    public Task Recorded_streams_with_random_changes_are_read_alike() => CompareChangedAsync(new Random(1), 150);

    [Fact(Explicit = true)]
    public Task Recorded_streams_with_very_many_random_changes_are_read_alike() => CompareChangedAsync(new Random(2), 30_000);

    [Theory, InlineData("openai"), InlineData("anthropic")]
    public async Task Streams_at_the_same_time_are_read_alike(string dialect)
    {
        var shared = new SharedTemplates();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(
            seed => Task.Run(() => CompareOrdersAsync(new Random(seed), 100, shared, DialectOf(dialect)), TestContext.Current.CancellationToken)));
        Assert.InRange(shared.All.Length, 5, SharedTemplates.MaxTemplates);
    }

    [Fact]
    public async Task All_events_of_a_plain_stream_are_recognized_if_another_one_was_read()
    {
        string[] events = [Events[0], Events[1], Events[2], Events[1], Events[6], Usage, "[DONE]"];
        SharedTemplates shared = OfUsedClient();
        Account first = await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        Assert.Equal(2, first.Hits); // "b" and "a"
        Account second = await FastPathTests.ReadAsync(
            Stream(events.Select(e => e.Replace("'id':'x'", "'id':'y'", StringComparison.Ordinal))), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        Assert.Equal(6, second.Hits);
        Assert.Equal(first.Text.Replace("Id = x", "Id = y", StringComparison.Ordinal), second.Text);
        Assert.Contains("Id = y", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_learned_before_the_first_text_of_a_client()
    {
        var shared = new SharedTemplates();
        string[] events = [Chunk("'delta':{'role':'assistant','content':''}"), Chunk("'delta':{'content':''}"), Chunk("'delta':{'content':'a'}")];
        await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        Assert.Empty(shared.All);
        await FastPathTests.ReadAsync(Stream(events), ChatDialect.OpenAI, new ChatReadOptions(), shared);
        Assert.NotEmpty(shared.All);
    }

    [Fact]
    public async Task All_events_of_a_tool_call_are_recognized_if_another_one_was_read()
    {
        string[] anthropic =
        [
            Begin("msg_1"), Block(0, "'type':'thinking','thinking':''"), Delta(0, "'thinking':'a'"), Delta(0, "'signature':'b'"), Stop(0),
            Block(1, "'type':'text','text':''"), Delta(1, "'text':'c'"), Stop(1),
            Block(2, "'type':'tool_use','id':'t','name':'f','input':{}"), Delta(2, "'partial_json':''"), Delta(2, "'partial_json':'{'"),
            Delta(2, "'partial_json':'}'"), Stop(2), Finish("'tool_use'"), "{'type':'message_stop'}",
        ];
        string[] openAI =
        [
            Chunk("'delta':{'role':'assistant','content':null,'tool_calls':[{'index':0,'id':'t','type':'function','function':{'name':'f','arguments':''}}]}"),
            Chunk("'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{'}}]}"), Chunk("'delta':{},'finish_reason':'tool_calls'"),
        ];
        foreach ((string[] events, ChatDialect dialect) in new[] { (anthropic, ChatDialect.Anthropic), (openAI, ChatDialect.OpenAI) })
        {
            SharedTemplates shared = OfUsedClient();
            Account first = await FastPathTests.ReadAsync(Stream(events), dialect, new ChatReadOptions(), shared);
            Account second = await FastPathTests.ReadAsync(Stream(events), dialect, new ChatReadOptions(), shared);
            Assert.Equal((first.Text, events.Length), (second.Text, second.Hits));
        }
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
        // Templates that were not used for a long time have been replaced, so that the latest form is known.
        string[] known = [.. shared.All.Select(template => Encoding.UTF8.GetString(template.Known))];
        Assert.Contains(known, template => template.Contains("\"f110\"", StringComparison.Ordinal));
        Assert.DoesNotContain(known, template => template.Contains("\"f10\"", StringComparison.Ordinal));
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
            SharedTemplates shared = OfUsedClient();
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

    /// <summary>The templates of a client that has received text before, but has learned nothing.</summary>
    private static SharedTemplates OfUsedClient()
    {
        var shared = new SharedTemplates();
        shared.Begin();
        return shared;
    }

    private static string Chunk(string choice, string id = "x", string created = "1730371200") =>
        $"{{'id':'{id}','object':'chat.completion.chunk','created':{created},'model':'m','choices':[{{'index':0,{choice}}}]}}";

    private static ChatDialect DialectOf(string name) => ChatDialect.All.Single(dialect => dialect.Name == name);

    private static string Begin(string id) =>
        $"{{'type':'message_start','message':{{'id':'{id}','type':'message','role':'assistant','model':'m','content':[],'stop_reason':null,'usage':{{'input_tokens':3}}}}}}";

    private static string Block(int index, string block) => $"{{'type':'content_block_start','index':{index},'content_block':{{{block}}}}}";

    private static string Delta(int index, string delta) => $"{{'type':'content_block_delta','index':{index},'delta':{{'type':'a_delta',{delta}}}}}";

    private static string Stop(int index) => $"{{'type':'content_block_stop','index':{index}}}";

    private static string Finish(string reason) => $"{{'type':'message_delta','delta':{{'stop_reason':{reason}}},'usage':{{'output_tokens':4}}}}";

    private static ScriptedStream Stream(IEnumerable<string> events) =>
        new(Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e.Replace('\'', '"')}\n\n"))));

    private static async Task CompareOrdersAsync(Random random, int count, SharedTemplates shared, ChatDialect dialect)
    {
        string[] all = dialect == ChatDialect.Anthropic ? AnthropicEvents : Events;
        for (int i = 0; i < count; i++)
        {
            string[] events = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => all[random.Next(all.Length)])];
            var options = new ChatReadOptions { MaxAnswerCharacters = random.Next(3) == 0 ? random.Next(1, 5) : 1000 };
            Account full = await FastPathTests.ReadAsync(Stream(events), dialect, Outcome.WithoutFastPath(options));
            Account fast = await FastPathTests.ReadAsync(Stream(events), dialect, options, shared);
            Assert.Equal((string.Join('\n', events), full.Text), (string.Join('\n', events), fast.Text));
        }

        if (count > 50) Assert.InRange(shared.All.Length, all.Length / 3, SharedTemplates.MaxTemplates);
    }

    /// <summary>
    /// Streams of a client: recorded ones in any order, most of them with values of events replaced, and events left out, repeated, and moved.
    /// </summary>
    private static async Task CompareChangedAsync(Random random, int count)
    {
        string corpus = Repository.RequireShared("corpus");
        Dictionary<ChatDialect, List<string[]>> streams = new() { [ChatDialect.OpenAI] = [], [ChatDialect.Anthropic] = [] };
        foreach (string file in FastPathTests.Files.Select(row => row.Data))
        {
            string text = await File.ReadAllTextAsync(Path.Combine(corpus, file), TestContext.Current.CancellationToken);
            bool isKnown = streams.TryGetValue(ChatDialect.Recognize(Encoding.UTF8.GetBytes(text)) ?? ChatDialect.OpenAI, out List<string[]>? known);
            if (isKnown && text.Length < 30_000) known!.Add(text.ReplaceLineEndings("\n").Split("\n\n"));
        }

        foreach ((ChatDialect dialect, List<string[]> known) in streams)
        {
            var shared = new SharedTemplates();
            int hits = 0;
            for (int i = 0; i < count; i++)
            {
                string[] one = known[random.Next(known.Count)], other = known[random.Next(known.Count)];
                List<string> events = [.. one];
                for (int changes = random.Next(6); changes > 0; changes--) Change(random, events, other);
                byte[] bytes = Encoding.UTF8.GetBytes(string.Join("\n\n", events));
                Account full = await FastPathTests.ReadAsync(new ScriptedStream(bytes), dialect, Outcome.WithoutFastPath(new ChatReadOptions()));
                Account fast = await FastPathTests.ReadAsync(new ScriptedStream(bytes), dialect, new ChatReadOptions(), shared);
                Assert.Equal((Encoding.UTF8.GetString(bytes), full.Text), (Encoding.UTF8.GetString(bytes), fast.Text));
                hits += fast.Hits;
            }

            Assert.InRange(hits, count, int.MaxValue);
        }
    }

    private static void Change(Random random, List<string> events, string[] others)
    {
        int place = random.Next(events.Count);
        switch (random.Next(5))
        {
            case 0 when events.Count > 1:
                events.RemoveAt(place);
                break;
            case 1:
                events.Insert(place, events[random.Next(events.Count)]);
                break;
            case 2:
                events.Insert(place, others[random.Next(others.Length)]);
                break;
            default:
                MatchCollection values = Value.Matches(events[place]);
                if (values.Count == 0) break;
                Group value = values[random.Next(values.Count)].Groups[1];
                events[place] = events[place].Remove(value.Index, value.Length).Insert(value.Index, Values[random.Next(Values.Length)]);
                break;
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
