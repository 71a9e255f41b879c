using LlmStream.Answers;

namespace LlmStream.Tests.Answers;

/// <summary>Which call a fragment belongs to, and what becomes visible of it. A fragment is written as index, id, name, arguments.</summary>
public class ToolCallListTests
{
    [Theory]
    [InlineData("0,a,f,{|0,,,}", "0:a:f@0'{'|0::@1'}'", "a:f:{}")] // by index
    [InlineData("0,a,f,{|1,b,g,[|0,,,}|1,,,]", "0:a:f@0'{'|1:b:g@0'['|0::@1'}'|1::@1']'", "a:f:{}|b:g:[]")]
    [InlineData("5,a,f,1|3,b,g,2", "0:a:f@0'1'|1:b:g@0'2'", "a:f:1|b:g:2")] // in the order of their appearance
    [InlineData("0,a,f,1|0,b,g,2|0,,,3", "0:a:f@0'1'|1:b:g@0'2'|1::@1'3'", "a:f:1|b:g:23")] // one index, but another name
    [InlineData("0,,f,1|0,,g,2", "0::f@0'1'|1::g@0'2'", ":f:1|:g:2")]
    [InlineData("0,a,f,1|0,b,,2|0,c,,3", "0:a:f@0'1'|0::@1'2'|0::@2'3'", "a:f:123")] // another id alone continues the call
    [InlineData("0,a,f,1|1,b,,2", "0:a:f@0'1'|0::@1'2'", "a:f:12")] // without a name no call begins while one is open
    [InlineData(",a,f,1|,b,g,2|,a,,3", "0:a:f@0'1'|1:b:g@0'2'|0::@1'3'", "a:f:13|b:g:2")] // by id
    [InlineData("0,a,f,1|0,b,g,2|1,b,,3|1,,,4|0,a,,5", "0:a:f@0'1'|1:b:g@0'2'|1::@1'3'|1::@2'4'|0::@1'5'", "a:f:15|b:g:234")] // the id wins
    [InlineData("0,a,f,{x}|0,a,g,{y}|0,a,,z", "0:a:f@0'{x}'|1:a_2:g@0'{y}'|1::@3'z'", "a:f:{x}|a_2:g:{y}z")] // one id for all
    [InlineData("0,a,f,|1,a,f,|0,a_2,g,", "0:a:f@0''|1:a_2:g@0''", "a:f:|a_2:g:")]
    [InlineData(",,f,1|,,,2|,,g,3", "0::f@0'1'|0::@1'2'|1::g@0'3'", ":f:12|:g:3")] // neither: a name begins a call
    [InlineData(",a,f,|0,,,1|0,,,2", "0:a:f@0''|0::@0'1'|0::@1'2'", "a:f:12")] // the index comes late
    [InlineData(",a,f,&,b,g,|1,,,1|0,,,2|1,,,3", "0:a:f@0''|1:b:g@0''|1::@0'1'|0::@0'2'|1::@1'3'", "a:f:2|b:g:13")]
    [InlineData(",a,f,&,b,g,|,,,1&,,,2|,,,3&,,,4", "0:a:f@0''|1:b:g@0''|0::@0'1'|1::@0'2'|0::@1'3'|1::@1'4'", "a:f:13|b:g:24")] // by position
    [InlineData(",a,f,1|,b,g,2|,,,3", "0:a:f@0'1'|1:b:g@0'2'|1::@1'3'", "a:f:1|b:g:23")] // in the latest list that began a call
    [InlineData(",a,f,1|0,b,f,2", "0:a:f@0'1'|1:b:f@0'2'", "a:f:1|b:f:2")] // another id at an index that comes late
    [InlineData("1,,f,1|0,,f,2", "0::f@0'1'|1::f@0'2'", ":f:1|:f:2")] // another index at the same place
    [InlineData(",a,f,1|,b,f,2", "0:a:f@0'1'|1:b:f@0'2'", "a:f:1|b:f:2")] // another id at the same position
    [InlineData(",a,f,{x}&,b,g,|,,,{y}", "0:a:f@0'{x}'|1:b:g@0''|1::@0'{y}'", "a:f:{x}|b:g:{y}")] // the first is complete
    [InlineData("0,,,|0,a,,|0,,f,|0,,,1", "0:a:f@0''|0::@0'1'", "a:f:1")] // id and name come later
    [InlineData("0,a,,{|0,,,x|0,,f,}", "0:a:f@0'{x}'", "a:f:{x}")] // so that it is not shown before
    [InlineData("0,a,f,1|0,a,f,1", "0:a:f@0'1'", "a:f:1")] // repeated
    [InlineData("0,a,f,{x}|0,a,f,{x}|0,,,{x}", "0:a:f@0'{x}'", "a:f:{x}")]
    [InlineData("0,a,f,1|0,a,f,2", "0:a:f@0'1'|0::@1'2'", "a:f:12")] // the name in every fragment
    [InlineData(",,f,1|,,f,2", "0::f@0'1'|0::@1'2'", ":f:12")]
    [InlineData("0,a,f,1|0,b,f,2", "0:a:f@0'1'|0::@1'2'", "a:f:12")] // a new id too, in the middle of an object
    [InlineData("0,a,f,1|0,a,f,", "0:a:f@0'1'", "a:f:1")]
    [InlineData("0,a,f,{x}|0,b,f,{y}", "0:a:f@0'{x}'|1:b:f@0'{y}'", "a:f:{x}|b:f:{y}")] // the same function twice
    [InlineData("0,a,f,|0,b,f,|0,,,1", "0:a:f@0''|1:b:f@0''|1::@0'1'", "a:f:|b:f:1")]
    [InlineData("0,,f,{x}|0,,f,{y}", "0::f@0'{x}'|1::f@0'{y}'", ":f:{x}|:f:{y}")]
    [InlineData(",,f,{x}&,,f,{x}", "0::f@0'{x}'|1::f@0'{x}'", ":f:{x}|:f:{x}")] // in one list
    [InlineData("0,,f,{}&0,,f,{}", "0::f@0''|1::f@0''", ":f:|:f:")]
    [InlineData("0,a,f,{}|0,,,{x}|0,,,y", "0:a:f@0''|0::@0'{x}'|0::@3'y'", "a:f:{x}y")] // a placeholder
    [InlineData("0,a,f,null|0,a,f,{ }|0,,, |0,,,1", "0:a:f@0''|0::@0'1'", "a:f:1")]
    [InlineData("0,a,f,{x}|0,,,{}|0,,,null|0,a,f,{}", "0:a:f@0'{x}'", "a:f:{x}")] // after the arguments too
    [InlineData("0,a,f,{x}|1,a,f,{}", "0:a:f@0'{x}'|1:a_2:f@0''", "a:f:{x}|a_2:f:")]
    [InlineData("0,a,f,|0,b,f,{|0,c,f,x|0,d,f,}", "0:a:f@0''|0::@0'{'|0::@1'x'|0::@2'}'", "a:f:{x}")] // a new id and the name each time
    [InlineData("0,a,f,|1,a,g,|0,a,,1|1,a,,2|0,a,,3", "0:a:f@0''|1:a_2:g@0''|0::@0'1'|1::@0'2'|0::@1'3'", "a:f:13|a_2:g:2")] // one id for all
    [InlineData("0,a,f,{x}|1,a,f,|1,,,{y}", "0:a:f@0'{x}'|1:a_2:f@0''|1::@0'{y}'", "a:f:{x}|a_2:f:{y}")] // the same function twice
    [InlineData(",,,|0,,,|1,,,", "", "")] // placeholders for calls
    public void A_fragment_is_added_to_its_call(string fragments, string deltas, string calls)
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        Assert.Equal(deltas, AddAll(list, fragments));
        Assert.Equal(calls, string.Join('|', list.ToToolCalls(isFinished: true).Select(call => $"{call.Id}:{call.Name}:{call.Arguments}")));
        Assert.Equal(list.Count, list.ToToolCalls(isFinished: true).Count);
    }

    [Theory]
    [InlineData(ChatTextMode.Cumulative)]
    [InlineData(ChatTextMode.Auto)]
    public void The_position_identifies_a_call_of_cumulative_chunks(ChatTextMode mode)
    {
        var list = new ToolCallList(mode, new ChatReadOptions());
        for (int length = 1; length <= 3; length++)
        {
            list.Add(new ToolCallFragment { Name = "f", Arguments = "[12345678]"u8[..(7 + length)], Position = 0 });
            list.Add(new ToolCallFragment { Name = "f", Arguments = "{12345678}"u8[..(7 + length)], Position = 1 });
        }

        Assert.Equal(["[12345678]", "{12345678}"], list.ToToolCalls(isFinished: true).Select(call => call.Arguments));
    }

    [Theory]
    [InlineData("0,a,f,{x|0,b,f,{y", "a:f:{x|b:f:{y")] // another id begins another call, even in the middle of an object
    [InlineData("0,a,f,{x}|0,a,f,{x}y", "a:f:{x}y")]
    public void The_id_identifies_a_call_of_cumulative_chunks(string fragments, string calls)
    {
        var list = new ToolCallList(ChatTextMode.Cumulative, new ChatReadOptions());
        AddAll(list, fragments);
        Assert.Equal(calls, string.Join('|', list.ToToolCalls(isFinished: true).Select(call => $"{call.Id}:{call.Name}:{call.Arguments}")));
    }

    [Fact]
    public void Arguments_are_open_until_their_end_or_until_the_provider_says_that_the_call_is_complete()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "0,a,f,{x");
        Assert.True(list.HasOpenArguments);
        AddAll(list, "0,,,}");
        Assert.False(list.HasOpenArguments);
        AddAll(list, "1,b,g,{y");
        Assert.True(list.HasOpenArguments);
        list.Add(new ToolCallFragment { StatedIndex = 1, IsComplete = true });
        Assert.False(list.HasOpenArguments);
    }

    [Fact]
    public void Nothing_is_added_to_a_call_that_is_complete()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        list.Add(new ToolCallFragment { StatedIndex = 0, Name = "f", Arguments = "{x}"u8, IsComplete = true });
        list.Add(new ToolCallFragment { StatedIndex = 1, Arguments = "{y"u8 });
        list.Add(new ToolCallFragment { StatedIndex = 1, Name = "g", Arguments = "}"u8 });
        Assert.Equal("0::f@0'{x}'|1::g@0'{y}'", Show(list.TakeChanges()));
    }

    [Fact]
    public void A_call_is_complete_when_the_provider_says_so_or_the_next_one_begins()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        list.Add(new ToolCallFragment { ProviderIndex = 0, Id = "a", Name = "f" });
        Assert.Equal([false], IsComplete(isFinished: false));
        Assert.Equal([true], IsComplete(isFinished: true));
        list.Add(new ToolCallFragment { ProviderIndex = 1, Id = "b", Name = "f" });
        Assert.Equal([true, false], IsComplete(isFinished: false));
        list.TakeChanges();
        list.Add(new ToolCallFragment { ProviderIndex = 1, IsComplete = true });
        Assert.True(Assert.Single(list.TakeChanges()).IsComplete);
        list.Add(new ToolCallFragment { ProviderIndex = 1, IsComplete = true });
        Assert.False(list.HasChanges); // once
        Assert.Equal([true, true], IsComplete(isFinished: false));

        IEnumerable<bool> IsComplete(bool isFinished) => list.ToToolCalls(isFinished).Select(call => call.IsComplete);
    }

    [Fact]
    public void Arguments_are_replaced_by_their_complete_form()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        list.Add(new ToolCallFragment { ProviderIndex = 7, Id = "a", Name = "f", Arguments = "[1"u8 });
        list.TakeChanges();
        list.ReplaceArguments(8, "[1,2]"); // no such call
        Assert.False(list.HasChanges);
        list.ReplaceArguments(7, "[1,2]");
        Assert.Equal("0::@2',2]'", Show(list.TakeChanges()));
        list.ReplaceArguments(7, "[1, 2]"); // the same JSON: the complete form counts
        Assert.Equal("0::@3' 2]'", Show(list.TakeChanges()));
        list.ReplaceArguments(7, " {} "); // a placeholder
        Assert.False(list.HasChanges);
        list.ReplaceArguments(7, "[3]");
        list.ReplaceArguments(7, "[3");
        list.TakeChanges();
        list.ReplaceArguments(7, "{}"); // what came is not complete
        Assert.Equal("0::@0'{}'", Show(list.TakeChanges()));
    }

    [Fact]
    public void Half_of_a_pair_is_emitted_at_the_end_of_the_stream()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        list.Add(new ToolCallFragment { ProviderIndex = 0, Name = "f", Arguments = "a\\ud83d"u8, ArgumentsAreEscaped = true });
        Assert.Equal("0::f@0'a'", Show(list.TakeChanges()));
        list.EndStream();
        Assert.Equal("0::@1'\uFFFD'", Show(list.TakeChanges()));
        list.EndStream();
        Assert.False(list.HasChanges);
    }

    [Fact]
    public void The_number_of_calls_is_limited()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        for (int i = 0; i < ToolCallList.MaxToolCalls; i++) list.Add(new ToolCallFragment { ProviderIndex = i, Name = "f" });
        Assert.Throws<AnswerTooLargeException>(() => list.Add(new ToolCallFragment { ProviderIndex = ToolCallList.MaxToolCalls, Name = "f" }));
        list.Add(new ToolCallFragment { ProviderIndex = 0, Arguments = "1"u8 });
        Assert.Equal(ToolCallList.MaxToolCalls, list.Count);
        Assert.Equal("1", list.ToToolCalls(isFinished: true)[0].Arguments);
    }

    [Fact]
    public void Placeholders_do_not_count_against_the_limit()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        for (int i = 0; i < ToolCallList.MaxToolCalls; i++) list.Add(new ToolCallFragment { ProviderIndex = i });
        list.Add(new ToolCallFragment { ProviderIndex = ToolCallList.MaxToolCalls, Name = "f" });
        Assert.Equal(1, list.Count);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void The_length_of_arguments_is_limited(int length, bool fits)
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions { MaxToolArgumentCharacters = 4 });
        if (fits) list.Add(new ToolCallFragment { ProviderIndex = 0, Name = "f", Arguments = "12345"u8[..length] });
        else Assert.Throws<AnswerTooLargeException>(() => list.Add(new ToolCallFragment { ProviderIndex = 0, Name = "f", Arguments = "12345"u8[..length] }));
        Assert.Equal(fits ? 1 : 0, list.Count); // a call that was refused was not emitted either
        Assert.Equal(fits, list.HasChanges);
    }

    [Fact]
    public void A_dialect_that_numbers_its_calls_decides_by_the_number_alone()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        list.Add(new ToolCallFragment { ProviderIndex = 0, Id = "a", Name = "f", Arguments = "{}"u8 });
        list.Add(new ToolCallFragment { ProviderIndex = 1 }); // a placeholder
        list.Add(new ToolCallFragment { ProviderIndex = 1, Id = "b" }); // not shown without a name
        list.Add(new ToolCallFragment { ProviderIndex = 0, Id = "c", Name = "g", Arguments = "{x}"u8 });
        list.Add(new ToolCallFragment { ProviderIndex = 2, Id = "a", Name = "f" });
        Assert.Equal("0:a:f@0''|0::@0'{x}'|1:a_2:f@0''", Show(list.TakeChanges()));
    }

    [Fact]
    public void Complete_calls_are_calls_of_their_own()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        for (int i = 0; i < 2; i++) list.Add(new ToolCallFragment { Id = "a", Name = "f", Arguments = "{}"u8, IsWhole = true });
        Assert.Equal("0:a:f@0'{}'|1:a_2:f@0'{}'", Show(list.TakeChanges()));
        Assert.All(list.ToToolCalls(isFinished: false), call => Assert.True(call.IsComplete));
        Assert.Equal([null, "a"], list.ToToolCalls(isFinished: false).Select(call => call.SharedId));
    }

    [Fact]
    public void The_arguments_of_a_complete_call_are_no_placeholder()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        list.Add(new ToolCallFragment { Name = "f", Arguments = "{ }"u8, IsWhole = true });
        Assert.Equal("0::f@0'{ }'", Show(list.TakeChanges()));
    }

    [Fact]
    public void A_message_that_repeats_the_calls_does_not_add_any()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "0,a,f,{\"x\":1}|1,,g,{\"x\"");
        list.Add(new ToolCallFragment { Id = "a", Name = "f", Arguments = "{ \"x\": 1 }"u8, IsRepeated = true });
        list.Add(new ToolCallFragment { Name = "g", Arguments = "{\"x\":2}"u8, IsRepeated = true, Position = 1 });
        list.Add(new ToolCallFragment { Name = "h", IsRepeated = true, Position = 2 });
        Assert.Equal("1::@4':2}'|2::h@0''", Show(list.TakeChanges()));
    }

    [Fact]
    public void A_message_with_another_call_at_the_same_position_adds_it()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "0,,f,{x}");
        list.Add(new ToolCallFragment { Name = "g", Arguments = "{y}"u8, IsRepeated = true });
        Assert.Equal("1::g@0'{y}'", Show(list.TakeChanges()));
    }

    [Fact]
    public void A_message_that_repeats_calls_which_share_an_id_changes_none()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "0,a,f,{x}|0,a,g,{y}");
        list.Add(new ToolCallFragment { Id = "a", Name = "f", Arguments = "{x}"u8, IsRepeated = true });
        list.Add(new ToolCallFragment { Id = "a", Name = "g", Arguments = "{y}"u8, IsRepeated = true, Position = 1 });
        Assert.False(list.HasChanges);
    }

    [Fact]
    public void A_message_that_repeats_a_call_may_state_its_name()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "0,a,,{x}");
        list.Add(new ToolCallFragment { Id = "a", Name = "f", Arguments = "{x}"u8, IsRepeated = true });
        Assert.Equal("0:a:f@0'{x}'", Show(list.TakeChanges()));
    }

    [Theory]
    [InlineData("0,a,f,{}", "0::@0'{}'", "a:f:{}")] // nothing followed that replaced the placeholder
    [InlineData("0,a,f,null", "0::@0'null'", "a:f:null")]
    [InlineData("0,a,,", "", "")] // without a name and arguments it was none
    [InlineData("0,a,,{}", "", "")]
    [InlineData("0,a,, ", "", "")]
    [InlineData("0,a,,{1}|1,b,,", "0:a:@0'{1}'", "a::{1}")] // nothing that arrived is lost
    public void What_is_undecided_is_decided_at_the_finish_reason(string fragments, string deltas, string calls)
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, fragments);
        list.Decide();
        Assert.Equal(deltas, Show(list.TakeChanges()));
        Assert.Equal(calls, string.Join('|', list.ToToolCalls(isFinished: true).Select(call => $"{call.Id}:{call.Name}:{call.Arguments}")));
        list.Decide();
        Assert.False(list.HasChanges);
    }

    [Fact]
    public void The_end_of_a_call_decides_too()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "0,a,f,{}");
        list.Add(new ToolCallFragment { StatedIndex = 1, IsComplete = true }); // no such call
        Assert.False(list.HasChanges);
        list.Add(new ToolCallFragment { StatedIndex = 0, IsComplete = true });
        ToolCallDelta delta = Assert.Single(list.TakeChanges());
        Assert.Equal(("{}", 0, true), (delta.Arguments, delta.ArgumentsOffset, delta.IsComplete));
    }

    [Theory]
    [InlineData("""{"c":|{"c": 1}""", """{"c": 1}""")] // snapshots: the second is an object
    [InlineData("""{"a":1}|{"a":1}""", """{"a":1}""")]
    [InlineData("""{"a":[1,|{"a":[1,2""", """{"a":[1,2""")] // cut off: increments of an object do not begin alike
    [InlineData("""1|11""", "11")]
    [InlineData("""{"a":|{"a":1}}""", """{"a":{"a":1}}""")] // increments: the second alone is no object
    [InlineData("""{"a":1}""", """{"a":1}""")]
    public void The_arguments_show_whether_chunks_are_cumulative(string chunks, string expected)
    {
        var list = new ToolCallList(ChatTextMode.Auto, new ChatReadOptions());
        foreach (string chunk in chunks.Split('|'))
            list.Add(new ToolCallFragment { StatedIndex = 0, Id = "a", Name = "f", Arguments = System.Text.Encoding.UTF8.GetBytes(chunk) });
        list.Decide();
        Assert.Equal(expected, Assert.Single(list.ToToolCalls(isFinished: true)).Arguments);
    }

    [Theory]
    [InlineData("\\n", "\n")] // models that go on with white space, or with another object
    [InlineData("}", "}")]
    [InlineData("{\\\"y\\\":2}", "{\"y\":2}")]
    public void Fragments_after_the_end_of_the_arguments_take_linear_work(string fragment, string decoded)
    {
        const int Count = 1000;
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        string value = new('x', 10_000);
        byte[] arguments = System.Text.Encoding.UTF8.GetBytes($$"""{\"x\":\"{{value}}\"}""");
        list.Add(new ToolCallFragment { StatedIndex = 0, Name = "f", Arguments = arguments, ArgumentsAreEscaped = true });
        byte[] more = System.Text.Encoding.UTF8.GetBytes(fragment);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++) list.Add(new ToolCallFragment { StatedIndex = 0, Arguments = more, ArgumentsAreEscaped = true });
        // A copy of the arguments for each fragment would take 20 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        string expected = $$"""{"x":"{{value}}"}""" + string.Concat(Enumerable.Repeat(decoded, Count));
        Assert.Equal(expected, Assert.Single(list.ToToolCalls(isFinished: true)).Arguments);
    }

    /// <summary>Adds fragments. Those of one list are separated by an ampersand.</summary>
    private static string AddAll(ToolCallList list, string fragments)
    {
        foreach (string[] chunk in fragments.Split('|').Select(list => list.Split('&')))
        {
            for (int i = 0; i < chunk.Length; i++)
            {
                string[] parts = chunk[i].Split(',');
                list.Add(new ToolCallFragment
                {
                    StatedIndex = parts[0].Length == 0 ? null : int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
                    Id = parts[1].Length == 0 ? null : parts[1],
                    Name = parts[2].Length == 0 ? null : parts[2],
                    Arguments = System.Text.Encoding.UTF8.GetBytes(parts[3]),
                    Position = i,
                });
            }
        }

        return Show(list.TakeChanges());
    }

    private static string Show(IReadOnlyList<ToolCallDelta> deltas) =>
        string.Join('|', deltas.Select(delta => $"{delta.Index}:{delta.Id}:{delta.Name}@{delta.ArgumentsOffset}'{delta.Arguments}'"));
}
