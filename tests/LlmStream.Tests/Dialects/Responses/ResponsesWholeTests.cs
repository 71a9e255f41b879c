using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>
/// A server sends everything as deltas, and whole at the end of the content, the part, the item, and the response. The whole that comes
/// last counts.
/// </summary>
public class ResponsesWholeTests
{
    private const string Added = """{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]}}""";

    [Theory]
    [InlineData("""{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"Hello"}""")]
    [InlineData("""{"type":"response.content_part.done","item_id":"m","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hello"}}""")]
    [InlineData("""{"type":"response.output_item.done","output_index":0,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}}""")]
    [InlineData("""{"type":"response.completed","response":{"status":"completed","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}]}}""")]
    [InlineData("""{"type":"response.incomplete","response":{"status":"incomplete","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}]}}""")]
    [InlineData("""{"type":"response.failed","response":{"status":"failed","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"Hello"}]}]}}""")]
    [InlineData("""{"type":"response.completed","response":{"output":[{"id":"other","type":"message","content":[{"type":"output_text","text":"Hello"}]}]}}""")]
    public void A_whole_adds_and_replaces_at_every_level(string whole)
    {
        foreach ((string first, string second, int offset) in new[] { ("Hel", "lo", 3), ("Help", "lo", 3), ("XY", "Hello", 0), ("Hello!", "", 5) })
        {
            var feed = new EventFeed(ChatDialect.Responses);
            feed.SendAll(Added, TextDelta(first));
            ChatDelta delta = feed.Send(whole).First(delta => delta.Text.Length > 0 || delta.TextOffset < first.Length || delta.FinishReason is null);
            Assert.Equal((second, offset), (delta.Text, delta.TextOffset));
            Assert.Equal("Hello", feed.Result.Text);
        }
    }

    [Theory]
    [InlineData("""{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":""}""")]
    [InlineData("""{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":null}""")]
    [InlineData("""{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"Hello"}""")] // trimmed
    [InlineData("""{"type":"response.output_item.done","output_index":0,"item":{"id":"m","type":"message","content":[]}}""")]
    [InlineData("""{"type":"response.completed","response":{"output":[]}}""")]
    [InlineData("""{"type":"response.completed","response":{"output":null}}""")]
    [InlineData("""{"type":"response.completed","response":{}}""")]
    [InlineData("""{"type":"response.completed"}""")]
    [InlineData("""{"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"output_text","text":"Hel"},{"type":"output_text","text":"lo "}]}]}}""")]
    [InlineData("""{"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"output_text","text":"Hel"}]},{"type":"message","content":[{"type":"output_text","text":"lo "}]}]}}""")]
    public void A_whole_without_other_content_changes_nothing(string whole)
    {
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(Added, TextDelta("Hello "));
        Assert.All(feed.Send(whole), delta => Assert.Equal(("", 6), (delta.Text, delta.TextOffset)));
        Assert.Equal("Hello ", feed.Result.Text);
    }

    [Theory]
    [InlineData("output_text", "text", "output_text", "text")]
    [InlineData("refusal", "refusal", "refusal", "refusal")]
    public void A_content_index_that_counts_on_over_items_is_no_place_in_the_content(string events, string field, string type, string partField)
    {
        foreach (int index in new[] { 0, 1, 5 })
        {
            var feed = new EventFeed(ChatDialect.Responses);
            string item = $$"""{"id":"m","type":"message","content":[{"type":"{{type}}","{{partField}}":"No."}]}""";
            feed.SendAll(
                Added,
                $$"""{"type":"response.{{events}}.delta","item_id":"m","output_index":0,"content_index":{{index}},"delta":"No."}""",
                $$"""{"type":"response.{{events}}.done","item_id":"m","output_index":0,"content_index":{{index}},"{{field}}":"No."}""",
                $$"""{"type":"response.content_part.done","item_id":"m","output_index":0,"content_index":{{index}},"part":{"type":"{{type}}","{{partField}}":"No."} }""",
                $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""",
                $$"""{"type":"response.completed","response":{"output":[{{item}}]} }""");
            Assert.Equal("No.", feed.Result.Text + feed.Result.Choices[0].Refusal);
        }
    }

    [Fact]
    public void Parts_are_matched_by_their_order()
    {
        const string item = """{"id":"m","type":"message","content":[{"type":"output_text","text":"One."},{"type":"refusal","refusal":"No."},{"type":"output_text","text":"Two."}]}""";
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            Added,
            TextDelta("On", 3),
            """{"type":"response.refusal.delta","item_id":"m","output_index":0,"content_index":4,"delta":"N"}""",
            TextDelta("Tw", 5),
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""");
        // The first part is not the last segment of the text: it is replaced at the end of the response, with all others at once.
        Assert.Equal(("OnTwo.", "No."), (feed.Result.Text, feed.Result.Choices[0].Refusal));
        ChatDelta delta = feed.Send($$"""{"type":"response.completed","response":{"output":[{{item}}]} }""").Single(delta => delta.Text.Length > 0);
        Assert.Equal(("e.Two.", 2), (delta.Text, delta.TextOffset));
        Assert.Equal("One.Two.", feed.Result.Text);
    }

    [Fact]
    public void Replacements_are_made_if_the_stream_ends_early()
    {
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            TextDelta("a", 0), TextDelta("b", 1), TextDelta("c", 0),
            """{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"Aac"}""");
        Assert.Equal("abc", feed.Result.Text);
        feed.End();
        Assert.Equal("Aacb", feed.Result.Text);
    }

    [Fact]
    public void A_part_that_has_ended_is_not_continued()
    {
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            Added,
            TextDelta("One."), """{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"One."}""",
            TextDelta("Two."), """{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"Two."}""",
            """{"type":"response.output_item.done","output_index":0,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"One."},{"type":"output_text","text":"Two."}]}}""");
        Assert.Equal("One.Two.", feed.Result.Text);
    }

    [Theory]
    [InlineData("reasoning_summary_text", "summary_index", """{"summary":[{"type":"summary_text","text":"Think it."}]}""")]
    [InlineData("reasoning_text", "content_index", """{"summary":[],"content":[{"type":"reasoning_text","text":"Think it."}]}""")]
    [InlineData("reasoning_text", "content_index", """{"summary":[{"text":"In short."}],"content":[{"type":"reasoning_text","text":"Think it."}]}""")]
    public void The_whole_reasoning_counts_in_the_form_of_its_deltas(string events, string index, string item)
    {
        item = """{"id":"x","type":"reasoning",""" + item[1..];
        foreach (string delta in new[] { "", "Think", "gAAAA" })
        {
            var feed = new EventFeed(ChatDialect.Responses);
            feed.Send("""{"type":"response.output_item.added","output_index":0,"item":{"id":"r","type":"reasoning","summary":[]}}""");
            if (delta.Length > 0) feed.Send($$"""{"type":"response.{{events}}.delta","item_id":"y","output_index":0,"{{index}}":2,"delta":"{{delta}}"}""");
            feed.SendAll($$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""", $$"""{"type":"response.completed","response":{"output":[{{item}}]} }""");
            string expected = delta.Length == 0 && item.Contains("In short.", StringComparison.Ordinal) ? "In short." : "Think it.";
            Assert.Equal(expected, feed.Result.Choices[0].Reasoning);
            Assert.Single(feed.Result.Choices[0].OtherContents);
        }
    }

    [Theory]
    [InlineData("function_call", "function_call_arguments", "arguments", """{"q":1}""")]
    [InlineData("custom_tool_call", "custom_tool_call_input", "input", "ls -l")]
    public void Whole_arguments_count_even_if_all_ids_change(string type, string events, string field, string arguments)
    {
        string quoted = System.Text.Json.JsonSerializer.Serialize(arguments);
        string item = $$"""{"id":"ID","type":"{{type}}","call_id":"c","name":"w","{{field}}":{{quoted}} }""";
        foreach (string delta in new[] { "", "gAAAAABo", arguments[..2], "{ }" })
        {
            string[] ends =
            [
                $$"""{"type":"response.{{events}}.done","item_id":"i3","output_index":0,"{{field}}":{{quoted}} }""",
                $$"""{"type":"response.output_item.done","output_index":0,"item":{{item.Replace("ID", "i4", StringComparison.Ordinal)}} }""",
                $$"""{"type":"response.completed","response":{"output":[{{item.Replace("ID", "i5", StringComparison.Ordinal)}}]} }""",
            ];
            for (int first = 0; first < ends.Length; first++)
            {
                var feed = new EventFeed(ChatDialect.Responses);
                feed.Send($$"""{"type":"response.output_item.added","output_index":0,"item":{"id":"i1","type":"{{type}}","call_id":"c","name":"w","{{field}}":""} }""");
                if (delta.Length > 0) feed.Send($$"""{"type":"response.{{events}}.delta","item_id":"i2","output_index":0,"delta":"{{delta}}"}""");
                feed.SendAll(ends[first..]);
                ToolCall call = Assert.Single(feed.Result.Choices[0].ToolCalls);
                Assert.Equal(("c", "w", arguments), (call.Id, call.Name, call.Arguments));
                if (first == ends.Length - 1) Assert.Equal(ChatFinishReason.ToolCalls, feed.Result.FinishReason);
            }
        }
    }

    [Fact]
    public void Items_are_matched_by_their_index()
    {
        // One id for all items, and neither starts nor deltas.
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            """{"type":"response.function_call_arguments.delta","item_id":"x","output_index":0,"delta":"{\"a\""}""",
            """{"type":"response.output_item.done","output_index":0,"item":{"id":"x","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"}}""",
            """{"type":"response.output_item.done","output_index":1,"item":{"id":"x","type":"function_call","call_id":"c2","name":"g","arguments":"{\"b\":2}"}}""",
            """{"type":"response.completed","response":{"output":[{"id":"y","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},{"id":"y","type":"function_call","call_id":"c2","name":"g","arguments":"{\"b\":2}"}]}}""");
        Assert.Equal(["c1 f {\"a\":1}", "c2 g {\"b\":2}"], feed.Result.Choices[0].ToolCalls.Select(call => $"{call.Id} {call.Name} {call.Arguments}"));
    }

    [Fact]
    public void Messages_under_new_ids_are_matched_in_order_although_others_are_left_out()
    {
        var feed = new EventFeed(ChatDialect.Responses);
        feed.SendAll(
            """{"type":"response.reasoning_text.delta","item_id":"r","output_index":0,"content_index":0,"delta":"Hm."}""",
            """{"type":"response.output_text.delta","item_id":"a","output_index":1,"content_index":0,"delta":"On"}""",
            """{"type":"response.output_text.delta","item_id":"b","output_index":2,"content_index":0,"delta":"Tw"}""",
            """{"type":"response.completed","response":{"output":[{"id":"c","type":"message","content":[{"type":"output_text","text":"One."}]},{"id":"d","type":"message","content":[{"type":"output_text","text":"Two."}]}]}}""");
        Assert.Equal(("One.Two.", "Hm."), (feed.Result.Text, feed.Result.Choices[0].Reasoning));
    }

    [Fact]
    public async Task Updates_carry_the_whole_arguments()
    {
        string[] events =
        [
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"a","type":"function_call","call_id":"c","name":"w","arguments":""}}""",
            """{"type":"response.function_call_arguments.delta","item_id":"b","output_index":0,"delta":"gAAAA"}""",
            """{"type":"response.output_item.done","output_index":0,"item":{"id":"d","type":"function_call","call_id":"c","name":"w","arguments":"{\"q\":1}"}}""",
            """{"type":"response.completed","response":{"output":[]}}""",
        ];
        Outcome outcome = await Outcome.ReadAsync(string.Concat(events.Select(json => $"data: {json}\n\n")), ChatDialect.Responses);
        FunctionCallContent call = outcome.Result.ToChatMessage().Contents.OfType<FunctionCallContent>().Single();
        Assert.Equal("1", call.Arguments!["q"]!.ToString());
        Assert.Null(call.Exception);
    }

    private static string TextDelta(string text, int index = 0) =>
        $$"""{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":{{index}},"delta":"{{text}}"}""";
}
