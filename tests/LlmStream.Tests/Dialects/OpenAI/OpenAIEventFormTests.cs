using System.Text;
using LlmStream.Answers.Templates;
using LlmStream.Dialects.OpenAI;

namespace LlmStream.Tests.Dialects.OpenAI;

/// <summary>Which events can be recognized in other streams, and what is kept of them.</summary>
public class OpenAIEventFormTests
{
    [Theory]
    [InlineData("{'id':'','object':'chat.completion.chunk','created':,'model':'','choices':[{'index':0,'delta':{'content':''},'logprobs':null,'finish_reason':null}],'obfuscation':''}", "{'id':'secret','object':'chat.completion.chunk','created':1,'model':'secret','choices':[{'index':0,'delta':{'content':'secret'},'logprobs':null,'finish_reason':null}],'obfuscation':'secret'}")]
    [InlineData("{'choices':[{'delta':{'reasoning':'','content':''},'index':3}]}", "{'choices':[{'delta':{'reasoning':'secret','content':'secret'},'index':3}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'type':'function','function':{'arguments':''}}]}}]}", "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'type':'function','function':{'arguments':'secret'}}]}}]}")]
    [InlineData("{'choices':[{'delta':{},'finish_reason':'stop','content_filter_results':{'hate':{'severity':'','score':}}}]}", "{'choices':[{'delta':{},'finish_reason':'stop','content_filter_results':{'hate':{'severity':'secret','score':5}}}]}")]
    [InlineData("{'choices':[],'usage':{'prompt_tokens':,'details':{'x':}},'x_groq':{'id':''}}", "{'choices':[],'usage':{'prompt_tokens':12,'details':{'x':3}},'x_groq':{'id':'secret'}}")]
    public void Values_are_not_kept(string known, string json)
    {
        SharedTemplate? template = Create(json);
        Assert.NotNull(template);
        Assert.Equal(known.Replace('\'', '"'), Encoding.UTF8.GetString(template.Event.Known));
    }

    [Theory]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}}],'extra':'secret'}")] // an unknown field
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','extra':'secret'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'message':{'content':'secret'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'error':null}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','content':'b'}}]}")] // twice
    [InlineData("{'choices':[{'index':0,'delta':{'reasoning':'a','reasoning_content':'b'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}},{'index':1,'delta':{'content':'b'}}]}")]
    [InlineData("{'choices':[{'index':0}]}")]
    [InlineData("{'choices':[{'index':-1,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':'0','delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':['a']}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'role':'user','content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','role':'assistant'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'Stop it'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'null'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'native_finish_reason':'error'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'logprobs':{'content':[]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'refusal':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'t','function':{'arguments':'a'}}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'name':'f','arguments':'a'}}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'a'}},{'index':1,'function':{'arguments':'a'}}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':'a'}}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':''}}]}}]}")]
    [InlineData("{'choices':{'index':0,'delta':{'content':'a'}}}")]
    [InlineData("{'object':'secret','choices':[{'index':0,'delta':{'content':'a'}}]}")]
    [InlineData("{'created':1.5e3,'choices':[{'index':0,'delta':{'content':'a'}}],'usage':{'prompt_tokens':'12'}}")]
    [InlineData("{'ch\\u006fices':[{'index':0,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[],'usage':{'error':1,'prompt_tokens':12}}")]
    [InlineData("{'usage':{'prompt_tokens':12}}")]
    [InlineData("{'id':'a'}")]
    public void An_event_with_anything_unusual_is_not_described(string json) => Assert.Null(Create(json));

    [Fact]
    public void An_event_with_too_many_values_is_not_described()
    {
        string Event(int values) =>
            $"{{'choices':[{{'index':0,'delta':{{'content':'a'}},'content_filter_results':{{'x':[{string.Join(',', Enumerable.Repeat(1, values))}]}}}}]}}";

        Assert.NotNull(Create(Event(40)));
        Assert.Null(Create(Event(47)));
        Assert.Null(Create(Event(600)));
        Assert.Null(Create($"{{'choices':[{{'index':0,'delta':{{'content':'a'}},'content_filter_results':{{'{new string('x', 1000)}':null}}}}]}}"));
    }

    [Fact]
    public void The_effects_besides_those_of_the_slots_are_stated()
    {
        SharedTemplate template = Create("{'choices':[{'index':2,'delta':{'role':'assistant','content':''},'finish_reason':'tool_calls'}]}")!;
        Assert.Equal((2, true, "tool_calls", false), (template.Choice, template.HasRole, template.Finish, template.IsUsual));
        template = Create("{'choices':[{'delta':{'content':'a'},'finish_reason':''}]}")!;
        Assert.Equal((0, false, null, true), (template.Choice, template.HasRole, template.Finish, template.IsUsual));
        template = Create("{'choices':[],'usage':{'prompt_tokens':1}}")!;
        Assert.Equal((-1, false, null, false), (template.Choice, template.HasRole, template.Finish, template.IsUsual));
    }

    private static SharedTemplate? Create(string json) =>
        OpenAIEventForm.TryCreate("message", Encoding.UTF8.GetBytes(json.Replace('\'', '"')), ChatDialect.OpenAI.Format);
}
