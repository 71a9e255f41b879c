using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Dialects.Responses;

/// <summary>
/// What the end of a part, of an item, and of the response repeats is compared with what came. It is the same text if it is written in
/// another way, and it replaces what came if it is not the same.
/// </summary>
public class ResponsesRepetitionTests
{
    // As JSON strings, without their quotation marks: the deltas, the whole, and the text that is expected.
    public static TheoryData<string[], string, string> Wholes { get; } = new()
    {
        { ["Hel", "lo"], "Hello", "Hello" },
        { ["Hel", "lo"], "\\u0048ello", "Hello" },
        { ["Hel", "lo"], "Hell", "Hell" },
        { ["Hel", "lo"], "Hello!", "Hello!" },
        { ["Hel", "lo"], "Help", "Help" },
        { ["Hel", "lo"], "Jello", "Jello" },
        { ["Hel", "lo"], "", "Hello" },
        { ["a\\nb", "\\\"c\\\""], "a\\u000ab\\u0022c\\u0022", "a\nb\"c\"" },
        { ["a/b"], "a\\/b", "a/b" },
        { ["caf\\u00e9"], "café", "café" },
        { ["漢", "字"], "\\u6f22\\u5B57", "漢字" },
        { ["\\ud83d", "\\ude00"], "😀", "😀" }, // a pair that two deltas divide
        { ["\\ud83d\\ude00"], "\\uD83D\\uDE00", "😀" },
        { ["😀", "x"], "😀", "😀" },
        { ["a\\ud83d", "b"], "a\\ud83db", "a\uFFFDb" }, // half of a pair, repaired in both
        { ["a\\ud83d", "b"], "a\uFFFDb", "a\uFFFDb" },
        { ["a\\ud83d", "b"], "a😀b", "a😀b" },
        { ["a"], "a\\ude00", "a\uFFFD" },
        { ["a\0"], "a\0", "a\uFFFD" }, // not UTF-8
        { ["a\0", "b"], "a\uFFFDb", "a\uFFFDb" },
        { ["a\0", "b"], "ab", "ab" },
    };

    [Theory, MemberData(nameof(Wholes))]
    public void Text_is_compared_at_every_level(string[] deltas, string whole, string expected)
    {
        string part = $$"""{"type":"output_text","text":"{{whole}}","annotations":[]}""";
        string item = $$"""{"id":"m","type":"message","status":"completed","content":[{{part}}],"role":"assistant"}""";
        string[] ends =
        [
            $$"""{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"{{whole}}"}""",
            $$"""{"type":"response.content_part.done","item_id":"m","output_index":0,"content_index":0,"part":{{part}} }""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""",
            $$"""{"type":"response.completed","response":{"status":"completed","output":[{{item}}] } }""",
        ];
        for (int first = 0; first < ends.Length; first++)
        {
            var feed = new EventFeed(ChatDialect.Responses);
            Send(feed, """{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]}}""");
            foreach (string delta in deltas)
                Send(feed, $$"""{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"{{delta}}"}""");
            string before = feed.Result.Text;
            for (int level = first; level < ends.Length; level++)
            {
                List<ChatDelta> sent = Send(feed, ends[level]);
                // What is repeated again, or is the same from the beginning, adds nothing.
                bool mayChange = level == first && before != expected;
                if (!mayChange) Assert.All(sent, delta => Assert.Equal("", delta.Text));
                Assert.Equal(expected, feed.Result.Text);
            }
        }
    }

    [Theory]
    [InlineData("{\\\"a\\\":1}", "{\"a\":1}", false)]
    [InlineData("{\\u0022a\\u0022:1}", "{\"a\":1}", false)]
    [InlineData("{\\\"a\\\":12}", "{\"a\":12}", true)]
    [InlineData("{\\\"a\\\": 1}", "{\"a\": 1}", true)]
    [InlineData("{\\\"b\\\":1}", "{\"b\":1}", true)]
    [InlineData("{}", "{\"a\":1}", false)] // a placeholder
    [InlineData("", "{\"a\":1}", false)]
    public void Arguments_are_compared_at_every_level(string whole, string expected, bool isChange)
    {
        string item = $$"""{"id":"f","type":"function_call","call_id":"c","name":"g","arguments":"{{whole}}","status":"completed"}""";
        string[] ends =
        [
            $$"""{"type":"response.function_call_arguments.done","item_id":"f","output_index":0,"arguments":"{{whole}}"}""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""",
            $$"""{"type":"response.completed","response":{"status":"completed","output":[{{item}}] } }""",
        ];
        for (int first = 0; first < ends.Length; first++)
        {
            var feed = new EventFeed(ChatDialect.Responses);
            Send(feed, """{"type":"response.output_item.added","output_index":0,"item":{"id":"f","type":"function_call","call_id":"c","name":"g","arguments":""}}""");
            foreach (string delta in new[] { "{\\\"a", "\\\":1}" })
                Send(feed, $$"""{"type":"response.function_call_arguments.delta","item_id":"f","output_index":0,"delta":"{{delta}}"}""");
            for (int level = first; level < ends.Length; level++)
            {
                List<ToolCallDelta> sent = [.. Send(feed, ends[level]).SelectMany(delta => delta.ToolCalls).Where(call => call.Arguments.Length > 0)];
                Assert.Equal(isChange && level == first, sent.Count > 0);
                Assert.Equal(expected, Assert.Single(feed.Result.Choices[0].ToolCalls).Arguments);
            }
        }
    }

    [Theory]
    [InlineData("""{"type":"output_text","text":"Hello"}""")]
    [InlineData("""{"text":"no","type":"refusal","text":"Hello","type":"output_text"}""")] // the last field of a name counts
    [InlineData("""{ "annotations" : null , "t\u0065xt" : "Hello" , "type" : "output\u005ftext" }""")]
    [InlineData("""{"type":"text","refusal":"Hello","text":""}""")]
    [InlineData("""{"type":"output_text","text":"Hello","annotations":[null,1,"x",[]]}""")]
    public void The_fields_of_a_part_are_read_in_any_form(string part)
    {
        var feed = new EventFeed(ChatDialect.Responses);
        Send(feed, """{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","content":[]}}""");
        Send(feed, $$"""{"type":"response.content_part.done","item_id":"m","output_index":0,"content_index":0,"part":{{part}} }""");
        Assert.Equal("Hello", feed.Result.Text);
        Assert.Empty(feed.Result.Choices[0].OtherContents);
        Send(feed, $$"""{"type":"response.output_item.done","output_index":0,"item":{"content":[1,{{part}},null],"id":"m","type":"message"} }""");
        Send(feed, $$"""{"type":"response.completed","response":{"output":[0,{"item_id":"m","content":[{{part}}],"type":"message"},"x"]} }""");
        Assert.Equal("Hello", feed.Result.Text);
    }

    [Fact]
    public void Annotations_are_added_once_although_they_are_repeated()
    {
        const string Citation = """{"type":"url_citation","url":"https://example.com/1","title":"One","start_index":0,"end_index":2}""";
        const string Other = """{"type":"url_citation","url":"https://example.com/2","title":"Two"}""";
        const string Part = $$"""{"type":"output_text","text":"Hello","annotations":[{{Citation}},{{Other}}]}""";
        const string Item = $$"""{"id":"m","type":"message","content":[{{Part}}]}""";
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","content":[]}}""",
            """{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Hello"}""",
            $$"""{"type":"response.output_text.annotation.added","item_id":"m","output_index":0,"content_index":0,"annotation":{{Citation}} }""",
            $$"""{"type":"response.content_part.done","item_id":"m","output_index":0,"content_index":0,"part":{{Part}} }""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{Item}} }""",
            $$"""{"type":"response.completed","response":{"output":[{{Item}}] } }""");
        Assert.Equal(2, feed.Result.Choices[0].OtherContents.Count);
        Assert.Equal("Hello", feed.Result.Text);
    }

    /// <summary>Sends an event in which U+0000 stands for a byte that is not UTF-8.</summary>
    private static List<ChatDelta> Send(EventFeed feed, string data)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(data);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0) bytes[i] = 0xFF;
        }

        feed.Decoder.Handle(new Frame(FrameKind.Event, Frame.DefaultEventType, bytes, isUnterminated: false));
        List<ChatDelta> deltas = [];
        while (feed.Decoder.Answer.TryTake(out ChatDelta? delta)) deltas.Add(delta);
        return deltas;
    }
}
