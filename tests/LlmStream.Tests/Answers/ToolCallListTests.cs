using LlmStream.Answers;

namespace LlmStream.Tests.Answers;

/// <summary>Which call a fragment belongs to, and what becomes visible of it. A fragment is written as index, id, name, arguments.</summary>
public class ToolCallListTests
{
    [Theory]
    [InlineData("0,a,f,{|0,,,}", "0:a:f@0'{'|0::@1'}'", "a:f:{}")] // by index
    [InlineData("0,a,f,{|1,b,g,[|0,,,}|1,,,]", "0:a:f@0'{'|1:b:g@0'['|0::@1'}'|1::@1']'", "a:f:{}|b:g:[]")]
    [InlineData("5,a,f,1|3,b,g,2", "0:a:f@0'1'|1:b:g@0'2'", "a:f:1|b:g:2")] // in the order of their appearance
    [InlineData("0,a,f,1|0,b,g,2|0,,,3", "0:a:f@0'1'|1:b:g@0'2'|1::@1'3'", "a:f:1|b:g:23")] // one index, but another id and a name
    [InlineData("0,a,f,1|0,b,,2", "0:a:f@0'1'|0::@1'2'", "a:f:12")] // another id alone continues the call
    [InlineData(",a,f,1|,b,g,2|,a,,3", "0:a:f@0'1'|1:b:g@0'2'|0::@1'3'", "a:f:13|b:g:2")] // by id
    [InlineData(",,f,1|,,,2|,,g,3", "0::f@0'1'|0::@1'2'|1::g@0'3'", ":f:12|:g:3")] // neither: a name begins a call
    [InlineData("0,,,|0,a,,|0,,f,|0,,,1", "0::@0''|0:a:@0''|0::f@0''|0::@0'1'", "a:f:1")] // id and name come later
    [InlineData("0,a,f,1|0,a,f,1", "0:a:f@0'1'", "a:f:1")] // repeated
    [InlineData("0,a,f,1|0,a,f,2", "0:a:f@0'1'|0::@1'2'", "a:f:12")] // not repeated
    [InlineData("0,a,f,1|0,a,f,", "0:a:f@0'1'", "a:f:1")]
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
    public void Arguments_are_extended_to_their_complete_form()
    {
        var list = new ToolCallList(ChatTextMode.Incremental, new ChatReadOptions());
        AddAll(list, "7,a,f,[1");
        list.ExtendArguments(8, "[1,2]"); // no such call
        list.ExtendArguments(7, "[2]"); // does not begin with what came
        Assert.False(list.HasChanges);
        list.ExtendArguments(7, "[1,2]");
        Assert.Equal("0::@2',2]'", Show(list.TakeChanges()));
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
        for (int i = 0; i < ToolCallList.MaxToolCalls; i++) list.Add(new ToolCallFragment { ProviderIndex = i });
        Assert.Throws<AnswerTooLargeException>(() => list.Add(new ToolCallFragment { ProviderIndex = ToolCallList.MaxToolCalls }));
        list.Add(new ToolCallFragment { ProviderIndex = 0, Arguments = "1"u8 });
        Assert.Equal(ToolCallList.MaxToolCalls, list.Count);
        Assert.Equal("1", list.ToToolCalls(isFinished: true)[0].Arguments);
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

    private static string AddAll(ToolCallList list, string fragments)
    {
        foreach (string[] parts in fragments.Split('|').Select(fragment => fragment.Split(',')))
        {
            list.Add(new ToolCallFragment
            {
                ProviderIndex = parts[0].Length == 0 ? null : int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
                Id = parts[1],
                Name = parts[2],
                Arguments = System.Text.Encoding.UTF8.GetBytes(parts[3]),
            });
        }

        return Show(list.TakeChanges());
    }

    private static string Show(IReadOnlyList<ToolCallDelta> deltas) =>
        string.Join('|', deltas.Select(delta => $"{delta.Index}:{delta.Id}:{delta.Name}@{delta.ArgumentsOffset}'{delta.Arguments}'"));
}
