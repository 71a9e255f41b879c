using System.Globalization;
using System.Text;
using LlmStream.Answers.Templates;
using LlmStream.Dialects;
using LlmStream.Reading;
using LlmStream.Tests.Dialects.Bedrock;

namespace LlmStream.Tests.Reading;

/// <summary>
/// The fast path says what the full one says: delta by delta, in what has arrived when a stream fails, and in how it ends.
/// Each comparison shows that the fast path was taken at all.
/// </summary>
public class FastPathTests
{
    private const int RandomStreams = 120;

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, RandomStreams)];

    public static TheoryData<string> Files => Repository.Shared is null ? ["(none)"] :
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Shared, "corpus"), "*", SearchOption.AllDirectories)
            .Where(path => path.EndsWith(".sse", StringComparison.Ordinal) || path.EndsWith(".ndjson", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Path.Combine(Repository.Shared, "corpus"), path)).Order(StringComparer.Ordinal),
    ];

    [Theory, MemberData(nameof(Seeds))]
    public async Task A_random_stream_is_read_alike(int seed) => Assert.True(await CompareRandomStreamAsync(seed), "The fast path is not taken");

    /// <summary>Many more seeds than the suite has time for.</summary>
    [Fact(Explicit = true)]
    public async Task Many_random_streams_are_read_alike()
    {
        const int Streams = 20_000;
        int slow = 0;
        await EveryByte.ForEachAsync(Enumerable.Range(1_000, Streams).Select(seed => $"{seed}"), async seed =>
        {
            if (!await CompareRandomStreamAsync(int.Parse(seed, CultureInfo.InvariantCulture))) Interlocked.Increment(ref slow);
        });
        // Those with many events at the start for which a template is of no use, so that none are made for a while.
        Assert.InRange(slow, 0, Streams / 2_000);
    }

    [Fact]
    public async Task Nearly_all_of_a_plain_stream_is_recognised()
    {
        List<string> others = [];
        foreach (RandomEventStream stream in RandomEventStream.PlainOnes)
        {
            byte[] bytes = stream.ToBytes();
            Account account = await CompareAsync(bytes, stream.Dialect, new ChatReadOptions(), new Random(1));
            if (account.Hits < stream.Events - 14) others.Add($"{account.Hits} of {stream.Events}: {stream.Dialect.Name} {Encoding.UTF8.GetString(bytes[^200..])}");
        }

        Assert.Empty(others);
    }

    /// <summary>What a form does not tell: an event of each of two kinds, again and again in turns.</summary>
    [Theory]
    [InlineData("{'choices':[{'delta':{'tool_calls':[{'index':0,'id':'t','function':{'name':'f','arguments':'{'}}]}}]}", "{'choices':[{'delta':{'content':'x'}}]}")]
    [InlineData("{'choices':[{'delta':{'reasoning':'a','reasoning_details':[{'text':'b'}]}}]}", "{'choices':[{'delta':{'reasoning':'','reasoning_details':[{'text':'b'}]}}]}")]
    [InlineData("{'choices':[{'delta':{'reasoning':'a','reasoning_content':'b'}}]}", "{'choices':[{'delta':{'reasoning':'','reasoning_content':'c'}}]}")]
    [InlineData("{'choices':[{'delta':{'content':'a'}}],'usage':{'prompt_tokens':12.0}}", "{'choices':[{'delta':{'content':'a'}}],'usage':{'prompt_tokens':13}}")]
    [InlineData("{'choices':[{'delta':{'content':'a'}}],'usage':{'prompt_tokens':0}}", "{'choices':[{'delta':{'content':'a'}}],'usage':{'prompt_tokens':01}}")]
    [InlineData("{'choices':[{'delta':{'content':'a'},'finish_reason':'stop'}]}", "{'choices':[{'delta':{'content':'a'},'finish_reason':'length'}]}")]
    [InlineData("{'choices':[{'delta':{'content':'a','refusal':'b'}}]}", "{'choices':[{'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'delta':{'content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]}}]}", "{'choices':[{'delta':{'content':[{'type':'text','text':'a'},{'type':'text','text':''}]}}]}")]
    [InlineData("{'choices':[{'delta':{'content':'a','extra_content':{'x':1}}}]}", "{'choices':[{'delta':{'content':'a','extra_content':{'x':2}}}]}")]
    [InlineData("{'choices':[{'message':{'content':'aaa'}}]}", "{'choices':[{'message':{'content':'aab'}}]}")]
    [InlineData("{'choices':[{'message':{'content':'a'},'delta':{'content':'b'},'text':'c'}]}", "{'choices':[{'message':{'content':'d'},'delta':{'content':'b'},'text':'e'}]}")]
    [InlineData("{'choices':[{'message':{'content':'a'},'delta':{'content':'b'},'text':'c'}]}", "{'choices':[{'message':{'content':'d'},'delta':null,'text':'e'}]}")]
    [InlineData("{'object':'x','message':'a'}", "{'object':'error','message':'a'}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}}],'error':null}", "{'choices':[{'index':0,'delta':{'content':'a'}}],'error':'no'}")]
    [InlineData("{'id':'','choices':[{'delta':{'content':'a'}}],'created':0}", "{'id':'1','choices':[{'delta':{'content':'a'}}],'created':5}")]
    [InlineData("{'choices':[{'delta':{'content':'a'}}],'p':1}", "{'choices':[{'delta':{'content':'a'}}],'p':1.}")]
    [InlineData("{'choices':[{'delta':{'content':'a'}}],'p':1}", "{'choices':[{'delta':{'content':'a'}}],'p':-0.5E+3}")]
    [InlineData("{'choices':[{'delta':{'content':'a'}}],'p':'1'}", "{'choices':[{'delta':{'content':'a'}}],'p':'\\x'}")]
    [InlineData("{'choices':[{'usage':{'total_tokens':5},'delta':{'content':'a'}}]}", "{'choices':[{'delta':{'content':'a'},'usage':{'total_tokens':6}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}}]}", "{'choices':[{'index':1,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'role':'assistant','content':'a'}}]}", "{'choices':[{'index':1,'delta':{'role':'assistant','content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'stop'}]}", "{'choices':[{'index':1,'delta':{'content':'a'},'finish_reason':'stop'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','annotations':[{'url':'https://a.example/'}]}}]}", "{'choices':[{'index':1,'delta':{'content':'a','annotations':[{'url':'https://a.example/'}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}},{'delta':{'content':'b'}}]}", "{'choices':[{'index':1,'delta':{'content':'a'}},{'delta':{'content':'b'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'index':2}]}", "{'choices':[{'index':1,'delta':{'content':'a'},'index':2}]}")]
    [InlineData("{'choices':[{'index':1,'delta':{'content':'a'}}]}", "{'choices':[{'index':12345678901,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':1,'delta':{'content':'a'}}]}", "{'choices':[{'index':2.0,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':1,'delta':{'content':'a'}}]}", "{'choices':[{'index':'2','delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':1,'delta':{'content':'a','reasoning':'b'}}]}", "{'choices':[{'index':2,'delta':{'content':'c','reasoning':'d'}}]}")]
    public async Task Events_that_differ_in_what_they_do_are_read_alike(string one, string other)
    {
        int[] order = [0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1];
        string body = string.Concat(order.Select(i => $"data: {(i == 0 ? one : other).Replace('\'', '"')}\n\n"));
        foreach (string suffix in new[] { "", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n" })
            await CompareAsync(Encoding.UTF8.GetBytes(body + suffix), ChatDialect.OpenAI, new ChatReadOptions(), new Random(1));
    }

    /// <summary>Chunks of some choices, then of another one: what they state for the first time there must have its effect.</summary>
    [Theory]
    [InlineData("'delta':{'content':'a'}")]
    [InlineData("'delta':{'role':'assistant','content':'a'}")]
    [InlineData("'delta':{'content':'a'},'finish_reason':'stop'")]
    [InlineData("'delta':{'content':'a','annotations':[{'url':'https://a.example/'}]}")]
    [InlineData("'delta':{'content':'a','refusal':'b'}")]
    [InlineData("'delta':{'tool_calls':[{'index':0,'function':{'name':'f','arguments':'a'}}]}")]
    [InlineData("'delta':{'content':'','tool_calls':[{'index':0,'function':{'arguments':'a'}}]}")]
    [InlineData("'message':{'content':'a'}")]
    public async Task Another_choice_is_read_alike(string choice)
    {
        for (int seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            IEnumerable<int> order = seed == 0 ? [0, 0, 0, 1, 1, 0, 1, 0, 2, 0, 2, 3, 1, 12]
                : seed == 1 ? Enumerable.Range(0, 100).Select(i => i < 96 ? i / 8 % 6 : i) // more than there are templates
                : Enumerable.Range(0, 30).Select(i => random.Next(1 + (i / 5)));
            string body = string.Concat(order.Select(i => $"data: {{'choices':[{{'index':{i},{choice}}}]}}\n\n"));
            byte[] bytes = Encoding.UTF8.GetBytes(body.Replace('\'', '"'));
            await CompareAsync(bytes, ChatDialect.OpenAI, new ChatReadOptions(), random);
            Account full = await ReadAsync(new ScriptedStream(bytes), ChatDialect.OpenAI, Outcome.WithoutFastPath(new ChatReadOptions()));
            var shared = new SharedTemplates();
            shared.Begin();
            for (int i = 0; i < 3; i++)
                Assert.Equal(full.Text, (await ReadAsync(new ScriptedStream(bytes), ChatDialect.OpenAI, new ChatReadOptions(), shared)).Text);
        }
    }

    /// <summary>A fragment of a call that is begun, then one of each of two kinds in turns.</summary>
    [Theory]
    [InlineData("{'index':0,'function':{'arguments':'a'}}", "{'index':0,'function':{'arguments':''}}")]
    [InlineData("{'index':0,'function':{'arguments':'a'}}", "{'index':1,'function':{'name':'g','arguments':'b'}}")]
    [InlineData("{'index':0,'function':{'arguments':'a'}}", "{'index':0,'id':'t','function':{'name':'f','arguments':'a'}}")]
    [InlineData("{'index':0,'function':{'arguments':'a'}}", "{'index':0,'id':'u','function':{'name':'f','arguments':'{}'}}")]
    [InlineData("{'index':0,'function':{'arguments':'}'}}", "{'index':0,'function':{'arguments':'{}'}}")]
    [InlineData("{'index':0,'function':{'arguments':'}'}}", "{'function':{'arguments':'a'}}")]
    [InlineData("{'index':0,'function':{'arguments':'a'}}", "{'index':0,'function':{'arguments':{'a':1}}}")]
    [InlineData("{'index':0,'function':{'arguments':'a'}}", "{'index':'0','function':{'arguments':'b'}},{'index':1,'function':{'arguments':'c'}}")]
    [InlineData("{'id':'t','function':{'name':'f','arguments':'a'}}", "{'id':'t','function':{'name':'f','arguments':'b'}}")]
    [InlineData("{'id':'t','function':{'name':'f','arguments':'}'}}", "{'id':'t','function':{'name':'f','arguments':'}'}}")]
    [InlineData("{'index':1,'function':{'arguments':'a'}}", "{'index':0,'function':{'arguments':'a'}}")] // a call without a name
    [InlineData("{'index':0,'function':{'arguments':'\ud83d'}}", "{'index':0,'function':{'arguments':'\ude00'}}")]
    public async Task Fragments_of_calls_are_read_alike(string one, string other)
    {
        int[] order = [0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0];
        const string First = "data: {'choices':[{'delta':{'tool_calls':[{'index':0,'id':'t','type':'function','function':{'name':'f','arguments':''}}]}}]}\n\n";
        const string Brace = "data: {'choices':[{'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{'}}]}}]}\n\n";
        const string Finish = "data: {'choices':[{'delta':{},'finish_reason':'tool_calls'}]}\n\n";
        string body = string.Concat(order.Select(i => $"data: {{'choices':[{{'delta':{{'tool_calls':[{(i == 0 ? one : other)}]}}}}]}}\n\n"));
        foreach (string stream in new[] { First + body, First + Brace + body, First + body + Finish, First + Brace + Finish + body, body })
        {
            foreach (ChatTextMode mode in Enum.GetValues<ChatTextMode>())
            {
                byte[] bytes = Encoding.UTF8.GetBytes(stream.Replace('\'', '"'));
                await CompareAsync(bytes, ChatDialect.OpenAI, new ChatReadOptions { TextMode = mode }, new Random(1));
            }
        }
    }

    [Fact]
    public async Task Events_with_the_number_of_an_earlier_one_are_read_alike()
    {
        int[] numbers = [3, 4, 5, 6, 6, 5, 7, 1, 8, 9, 9];
        string body = string.Concat(numbers.Select(i =>
            $"data: {{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"{i}\",\"sequence_number\":{i}}}\n\n"));
        Account account = await CompareAsync(Encoding.UTF8.GetBytes(body), ChatDialect.Responses, new ChatReadOptions(), new Random(1));
        Assert.InRange(account.Hits, 3, 7);
    }

    [Fact]
    public async Task A_text_that_becomes_too_long_is_read_alike()
    {
        const string Call = "{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':'{'}}]}}]}";
        IEnumerable<string> texts = Enumerable.Range(1, 20).Select(
            i => $"{{'choices':[{{'index':0,'delta':{{'content':'text {i}'}}}}],'usage':{{'completion_tokens':{i}}}}}");
        string body = string.Concat(texts.Prepend(Call).Select(json => $"data: {json.Replace('\'', '"')}\n\n"));
        for (int limit = 30; limit < 60; limit++)
        {
            var options = new ChatReadOptions { MaxAnswerCharacters = limit };
            Account account = await CompareAsync(Encoding.UTF8.GetBytes(body), ChatDialect.OpenAI, options, new Random(limit));
            Assert.Equal(ChatStreamError.TooLarge, account.Error);
            Assert.InRange(account.Hits, 1, 20);
        }
    }

    [Theory]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a'}]},'finishReason':'STOP'}]}", "{'candidates':[{'content':{'parts':[{'text':'a'}]},'finishReason':'MAX_TOKENS'}]}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a'}]},'finishReason':'STOP'}]}", "{'candidates':[{'content':{'parts':[{'functionCall':{'name':'f','args':{}}}]}}]}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'functionCall':{}}]}}]}", "{'candidates':[{'content':{'parts':[{'functionCall':{'name':'f','willContinue':true}}]}}]}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a'}]}}]}", "{'candidates':[{'content':{'parts':[{'text':'b'},{'text':'a','thought':true}]}}]}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a','thought':true}]}}]}", "{'candidates':[{'content':{'parts':[{'text':'b'}]}}]}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'usageMetadata':{'promptTokensDetails':[{'modality':'AUDIO','tokenCount':2}]}}", "{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'usageMetadata':{'promptTokensDetails':[{'modality':'TEXT','tokenCount':3}]}}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'usageMetadata':{'promptTokensDetails':[{'tokenCount':2,'modality':'AUDIO','tokenCount':4}]}}", "{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'usageMetadata':{'promptTokensDetails':[{'tokenCount':2,'modality':'AUDIO','tokenCount':-1}]}}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'createTime':''}", "{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'createTime':'2026-01-02T03:04:05Z'}")]
    [InlineData("{'candidates':[{'content':{'parts':[{'text':'\ud83d'}]},'finishReason':'STOP'}]}", "{'candidates':[{'content':{'parts':[{'text':'\ude00'}]},'finishReason':'STOP'}]}")]
    public async Task Gemini_events_that_differ_in_what_they_do_are_read_alike(string one, string other)
    {
        int[] order = [0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1];
        foreach (string format in new[] { "data: {0}\n\n", "data: {0}\r\n\r\n", "{0}\r\n,\n" })
        {
            string body = string.Concat(order.Select(i => format.Replace("{0}", i == 0 ? one : other, StringComparison.Ordinal).Replace('\'', '"')));
            string pretty = body.Replace(",\"", ",\n  \"", StringComparison.Ordinal);
            foreach (string stream in format[0] == 'd' ? new[] { body } : [$"[{body}", $"[{pretty}"])
                await CompareAsync(Encoding.UTF8.GetBytes(stream), ChatDialect.Gemini, new ChatReadOptions(), new Random(1));
        }
    }

    [Theory]
    [InlineData("{'type':'content-delta','delta':{'message':{'content':{'text':'a'}}}}", "{'type':'tool-plan-delta','delta':{'message':{'tool_plan':'p'}}}")]
    [InlineData("{'type':'content-delta','delta':{'message':{'content':{'text':'a'}}}}", "{'type':'content-delta','delta':{'message':{'tool_plan':'p'}}}")]
    [InlineData("{'type':'tool-call-end','index':0}", "{'type':'tool-call-start','index':0,'delta':{'message':{'tool_calls':{'id':'t','function':{'name':'f','arguments':'{}'}}}}}")]
    [InlineData("{'type':'tool-call-delta','index':0,'delta':{'message':{'tool_calls':{'function':{'arguments':'a'}}}}}", "{'type':'tool-call-end','index':0}")]
    [InlineData("{'type':'tool-call-delta','index':0,'delta':{'message':{'tool_calls':{'function':{'name':'f','arguments':'a'}}}}}", "{'type':'tool-plan-delta','delta':{'message':{'tool_plan':'p'}}}")]
    [InlineData("{'event_type':'text-generation','text':'a'}", "{'event_type':'tool-calls-chunk','text':'p'}")]
    [InlineData("{'event_type':'tool-calls-chunk','text':'p','tool_call_delta':{'index':0,'parameters':'a'}}", "{'event_type':'tool-calls-chunk','tool_call_delta':{'index':0,'name':'f','parameters':'a'}}")]
    [InlineData("{'type':'content-delta','delta':{'message':{'content':{'text':'a'}}},'error':null}", "{'type':'content-delta','delta':{'message':{'content':{'text':'a'}}},'error':'no'}")]
    [InlineData("{'type':'content-delta','delta':{'message':{'content':{'type':'thinking','text':'a'}}}}", "{'type':'content-delta','delta':{'message':{'content':{'type':'text','text':'a'}}}}")]
    public async Task Cohere_events_that_differ_in_what_they_do_are_read_alike(string one, string other)
    {
        int[] order = [0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1];
        foreach (string format in new[] { "event: x\ndata: {0}\n\n", "{0}\n" })
        {
            string body = string.Concat(order.Select(i => format.Replace("{0}", i == 0 ? one : other, StringComparison.Ordinal).Replace('\'', '"')));
            await CompareAsync(Encoding.UTF8.GetBytes(body), ChatDialect.Cohere, new ChatReadOptions(), new Random(1));
        }
    }

    [Theory]
    [InlineData("contentBlockDelta {'contentBlockIndex':0,'delta':{'text':'a'}}", "contentBlockStop {'contentBlockIndex':0}", "contentBlockDelta {'contentBlockIndex':0,'delta':{'citation':{'title':'t'}}}")]
    [InlineData("contentBlockDelta {'contentBlockIndex':0,'delta':{'text':'a'}}", "contentBlockDelta {'contentBlockIndex':0,'delta':{'reasoningContent':{'signature':'s'}}}", "contentBlockStop {'contentBlockIndex':0}")]
    [InlineData("contentBlockDelta {'contentBlockIndex':0,'delta':{'toolUse':{'input':''}}}", "contentBlockDelta {'contentBlockIndex':0,'delta':{'toolUse':{'input':'{}'}}}", "contentBlockStop {'contentBlockIndex':0}")]
    [InlineData("contentBlockDelta {'contentBlockIndex':0,'delta':{'toolUse':{'input':'a'}}}", "contentBlockStart {'contentBlockIndex':0,'start':{'toolUse':{'toolUseId':'s','name':'f','type':'server_tool_use'}}}", "contentBlockStop {'contentBlockIndex':0}")]
    [InlineData("contentBlockDelta {'contentBlockIndex':0,'delta':{'toolUse':{'input':'a'}}}", "contentBlockStart {'contentBlockIndex':0,'start':{'toolUse':{'toolUseId':'t','name':'f'}}}", "contentBlockStop {'contentBlockIndex':0}")]
    [InlineData("metadata {'usage':{'inputTokens':3}}", "contentBlockDelta {'contentBlockIndex':0,'delta':{'text':'a'}}", "messageStop {'stopReason':'end_turn'}")]
    [InlineData("contentBlockDelta {'contentBlockIndex':0,'delta':{'text':''}}", "contentBlockStop {'contentBlockIndex':0}", "contentBlockDelta {'contentBlockIndex':0,'delta':{'text':'a'}}")]
    [InlineData("chunk {'bytes':'eyJjb250ZW50QmxvY2tEZWx0YSI6eyJkZWx0YSI6eyJ0ZXh0IjoiYSJ9fX0='}", "chunk {'bytes':'eyJjb250ZW50QmxvY2tEZWx0YSI6eyJkZWx0YSI6eyJ0ZXh0IjoiYiJ9fX0='}", "chunk {'bytes':'e30='}")]
    public async Task Bedrock_events_that_differ_in_what_they_do_are_read_alike(params string[] events)
    {
        int[] order = [0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 2, 1, 0, 0, 2];
        byte[] body = EventStream.Events([.. order.Select(i => events[i].Replace('\'', '"'))]);
        await CompareAsync(body, ChatDialect.Bedrock, new ChatReadOptions(), new Random(1));
    }

    [Fact]
    public async Task Text_ends_reasoning_that_was_held_back()
    {
        const string Text = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", Reasoning = "data: {\"choices\":[{\"delta\":{\"reasoning\":\"b\"}}]}\n\n";
        byte[] bytes = Encoding.UTF8.GetBytes(Text + Text + Text + Reasoning + Reasoning + Text + Reasoning + Text);
        Account account = await CompareAsync(bytes, ChatDialect.OpenAI, new ChatReadOptions(), new Random(1));
        Assert.InRange(account.Hits, 2, 8);
    }

    [Fact]
    public async Task The_type_of_an_event_tells_events_apart()
    {
        const string Event = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
        Account account = await CompareAsync(Encoding.UTF8.GetBytes(Event + Event + Event + "event: error\n" + Event + Event), ChatDialect.OpenAI, new ChatReadOptions(), new Random(1));
        Assert.Equal((ChatStreamError.ProviderError, 1), (account.Error, account.Hits));
    }

    [Theory, MemberData(nameof(Files))]
    public Task A_recorded_stream_is_read_alike(string file) => CompareFileAsync(file, maxBytesInOtherDialects: 4_000);

    [Fact(Explicit = true)]
    public Task A_recorded_stream_is_read_alike_in_every_dialect() =>
        EveryByte.ForEachAsync(Files.Select(row => row.Data), file => CompareFileAsync(file, maxBytesInOtherDialects: 40_000));

    [Fact]
    public async Task Most_events_of_the_recorded_streams_are_recognised()
    {
        string corpus = Repository.RequireShared("corpus");
        int all = 0, hits = 0;
        foreach (string file in Files.Select(row => row.Data))
        {
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(corpus, file), TestContext.Current.CancellationToken);
            if (ChatDialect.Recognize(bytes) is not { } dialect || !file.EndsWith(".sse", StringComparison.Ordinal)) continue;
            Account account = await ReadAsync(new ScriptedStream(bytes), dialect, new ChatReadOptions());
            all += account.Deltas;
            hits += account.Hits;
        }

        Assert.InRange(hits, all / 2, all + 1000);
    }

    /// <returns>Whether the fast path was taken where it can be.</returns>
    private static async Task<bool> CompareRandomStreamAsync(int seed)
    {
        var random = new Random(seed);
        var stream = RandomEventStream.Create(random);
        var options = new ChatReadOptions
        {
            TextMode = (ChatTextMode)random.Next(3),
            MaxAnswerCharacters = random.Next(6) == 0 ? random.Next(1, 200) : 1_000_000,
            MaxEventBytes = random.Next(12) == 0 ? random.Next(100, 900) : 1_000_000,
        };
        Account account = await CompareAsync(stream.ToBytes(), stream.Dialect, options, random);
        if (account.Error is not (null or ChatStreamError.Truncated)) return true; // it ended before its end
        // Events of other parts, blocks, and calls in between make the templates invalid, and those that have no effect get none: fragments
        // of a call that was not begun.
        return account.Hits >= Math.Min(account.Deltas, stream.PlainEvents) / 40;
    }

    private static async Task CompareFileAsync(string file, int maxBytesInOtherDialects)
    {
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(Repository.RequireShared("corpus"), file), TestContext.Current.CancellationToken);
        var random = new Random(bytes.Length);
        ChatDialect recognised = ChatDialect.Recognize(bytes) ?? ChatDialect.OpenAI;
        foreach (ChatDialect dialect in ChatDialect.All)
        {
            if (dialect != recognised && bytes.Length > maxBytesInOtherDialects) continue;
            await CompareAsync(bytes, dialect, new ChatReadOptions { TextMode = (ChatTextMode)random.Next(3) }, random);
        }
    }

    /// <summary>Reads in full, then fast: whole, a byte at a time, and in pieces at random.</summary>
    private static async Task<Account> CompareAsync(byte[] bytes, ChatDialect dialect, ChatReadOptions options, Random random)
    {
        Account full = await ReadAsync(new ScriptedStream(bytes), dialect, Outcome.WithoutFastPath(options));
        Assert.Equal(0, full.Hits);
        Account whole = await ReadAsync(new ScriptedStream(bytes), dialect, options);
        Assert.Equal(full.Text, whole.Text);

        List<IEnumerable<int>> deliveries = [Pieces(random, 40), Pieces(random, 1500)];
        if (bytes.Length < 100_000) deliveries.Add(Enumerable.Repeat(1, bytes.Length));
        foreach (IEnumerable<int> pieces in deliveries)
        {
            Account other = await ReadAsync(new ScriptedStream(bytes, pieces), dialect, options);
            Assert.Equal(full.Text, other.Text);
            Assert.Equal(whole.Hits, other.Hits);
        }

        return whole;
    }

    private static IEnumerable<int> Pieces(Random random, int most)
    {
        var own = new Random(random.Next());
        while (true) yield return own.Next(1, most);
    }

    /// <summary>Reads a stream, with what others of the same client have learned, if there are any.</summary>
    internal static async Task<Account> ReadAsync(Stream stream, ChatDialect dialect, ChatReadOptions options, SharedTemplates? shared = null)
    {
        await using var session = new ReadSession(stream, dialect, options);
        session.Decoder.SharedTemplates = shared;
        List<string> lines = [];
        Verdict? verdict = null;
        while (verdict is null)
        {
            verdict = await session.StepAsync(TestContext.Current.CancellationToken);
            while (session.Decoder.Answer.TryTake(out ChatDelta? delta)) lines.Add(Show.Delta(delta));
        }

        int deltas = lines.Count;
        ChatStreamResult result = verdict.Exception?.Partial ?? session.Decoder.Answer.ToResult(isComplete: true);
        lines.Add($"{verdict.Exception?.Error} {verdict.Exception?.Message} {verdict.Exception?.ProviderCode} {verdict.Exception?.IsTransient}");
        lines.Add($"{result.IsComplete} {result.Stream} {Show.Answer(result)}");
        return new Account(verdict.Exception?.Error, string.Join('\n', lines), deltas, session.Decoder.TemplateHits);
    }

    internal sealed record Account(ChatStreamError? Error, string Text, int Deltas, int Hits);
}
