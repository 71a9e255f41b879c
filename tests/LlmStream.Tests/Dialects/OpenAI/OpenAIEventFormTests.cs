using System.Text;
using LlmStream.Answers.Templates;
using LlmStream.Dialects.OpenAI;

namespace LlmStream.Tests.Dialects.OpenAI;

/// <summary>Which events can be recognized in other streams, and what is kept of them.</summary>
public class OpenAIEventFormTests
{
    [Theory]
    [InlineData("{'id':'','object':'chat.completion.chunk','created':,'model':'','choices':[{'index':,'delta':{'content':''},'logprobs':null,'finish_reason':null}],'obfuscation':''}", "{'id':'secret','object':'chat.completion.chunk','created':1,'model':'secret','choices':[{'index':0,'delta':{'content':'secret'},'logprobs':null,'finish_reason':null}],'obfuscation':'secret'}")]
    [InlineData("{'choices':[{'delta':{'reasoning':'','content':''},'index':}]}", "{'choices':[{'delta':{'reasoning':'secret','content':'secret'},'index':3}]}")]
    [InlineData("{'choices':[{'index':,'delta':{'tool_calls':[{'index':1,'type':'function','function':{'arguments':''}}]}}]}", "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'type':'function','function':{'arguments':'secret'}}]}}]}")]
    [InlineData("{'choices':[{'delta':{},'finish_reason':'stop','content_filter_results':{'hate':{'severity':'','score':}}}]}", "{'choices':[{'delta':{},'finish_reason':'stop','content_filter_results':{'hate':{'severity':'secret','score':5}}}]}")]
    [InlineData("{'choices':[{'index':,'delta':{'tool_calls':[{'id':'','type':'function','function':{'name':'','arguments':''}},{'index':1,'id':null}],'role':'assistant'}}]}", "{'choices':[{'index':0,'delta':{'tool_calls':[{'id':'secret','type':'function','function':{'name':'secret','arguments':'secret'}},{'index':1,'id':null}],'role':'assistant'}}]}")]
    [InlineData("{'choices':[{'index':,'text':'','message':{'content':''},'delta':{'reasoning':'','reasoning_details':[{'type':'','text':'','signature':null}],'content':''},'logprobs':{'content':[{'token':'','bytes':[]}]},'native_finish_reason':'STOP'}]}", "{'choices':[{'index':0,'text':'secret','message':{'content':'secret'},'delta':{'reasoning':'secret','reasoning_details':[{'type':'secret','text':'secret','signature':null}],'content':''},'logprobs':{'content':[{'token':'secret','bytes':[1]}]},'native_finish_reason':'STOP'}]}")]
    [InlineData("{'choices':[],'usage':{'prompt_tokens':,'details':{'x':}},'x_groq':{'id':''}}", "{'choices':[],'usage':{'prompt_tokens':12,'details':{'x':3}},'x_groq':{'id':'secret'}}")]
    [InlineData("{'choices':[{'content_filter_results':{'hate':{'severity':''}},'finish_reason':null,'index':}]}", "{'choices':[{'content_filter_results':{'hate':{'severity':'secret'}},'finish_reason':null,'index':0}]}")]
    [InlineData("{'id':'','usage':{'prompt_tokens':},'obfuscation':''}", "{'id':'secret','usage':{'prompt_tokens':12},'obfuscation':'secret'}")]
    public void Values_are_not_kept(string known, string json)
    {
        SharedTemplate? template = Create(json);
        Assert.NotNull(template);
        Assert.Equal(known.Replace('\'', '"'), Encoding.UTF8.GetString(template.Known));
    }

    [Theory]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}}],'extra':'secret'}")] // an unknown field
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','extra':'secret'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'error':null}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','content':'b'}}]}")] // twice
    [InlineData("{'choices':[{'index':0,'delta':{'reasoning':'a','reasoning_content':'b'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'}},{'index':1,'delta':{'content':'b'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':null}]}")]
    [InlineData("{'choices':[{'index':0,'text':'a'}]}")] // without a delta, it is the answer
    [InlineData("{'choices':[{'index':0,'message':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'message':null,'message':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':-1,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':'0','delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':['a']}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'role':'user','content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'Stop it'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'null'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'native_finish_reason':'error'}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a'},'logprobs':{'content':[{'bytes':[1,2,3,4,5]}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'refusal':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'reasoning_details':[{'type':'reasoning.text','text':'secret'}],'reasoning':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'reasoning':'a','reasoning_details':[{'text':'a','signature':'secret'}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'audio':{'data':'secret'}}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','role':'assistant','reasoning':'b'}}]}")] // pieces around the role
    [InlineData("{'choices':[{'index':0,'delta':{'content':'a','role':'assistant','tool_calls':[{'index':0}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0}],'content':'a'}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'index':1}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'index':'0'}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'type':'secret'}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'extra_content':{}}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':{}}}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':'a'},'arguments':'b'}]}}]}")]
    [InlineData("{'choices':[{'index':0,'delta':{'tool_calls':{'index':0}}}]}")]
    [InlineData("{'choices':{'index':0,'delta':{'content':'a'}}}")]
    [InlineData("{'object':'secret','choices':[{'index':0,'delta':{'content':'a'}}]}")]
    [InlineData("{'created':1.5e3,'choices':[{'index':0,'delta':{'content':'a'}}],'usage':{'prompt_tokens':'12'}}")]
    [InlineData("{'ch\\u006fices':[{'index':0,'delta':{'content':'a'}}]}")]
    [InlineData("{'choices':[],'usage':{'error':1,'prompt_tokens':12}}")]
    [InlineData("{'usage':{'prompt_tokens':12},'error':null}")]
    [InlineData("{'id':'a','code':1}")]
    public void An_event_with_anything_unusual_is_not_described(string json) => Assert.Null(Create(json));

    [Fact]
    public void An_event_with_too_many_values_is_not_described()
    {
        string Event(int values) => // besides the text and the padding
            $"{{'choices':[{{'index':0,'delta':{{'content':'a'}},'content_filter_results':{{'x':[{string.Join(',', Enumerable.Repeat(1, values))}]}}}}]}}";

        Assert.NotNull(Create(Event(40)));
        Assert.Null(Create(Event(47)));
        Assert.Null(Create(Event(600)));
        Assert.Null(Create($"{{'choices':[{{'index':0,'delta':{{'content':'a'}},'content_filter_results':{{'{new string('x', 2000)}':null}}}}]}}"));
    }

    [Theory]
    [InlineData("{'choices':[{'index':2,'delta':{'role':'assistant','content':''},'finish_reason':'tool_calls'}]}", true, true, false, "tool_calls", 0, false)]
    [InlineData("{'choices':[{'delta':{'content':'a'},'finish_reason':''}]}", true, false, false, null, 0, true)]
    [InlineData("{'choices':[{'delta':{'content':'a','role':'assistant'}}]}", true, true, true, null, 0, true)]
    [InlineData("{'choices':[{'delta':{'content':'','role':'assistant'}}]}", true, true, false, null, 0, false)]
    [InlineData("{'choices':[{'delta':{'content':'a','reasoning':'b'}}]}", true, false, false, null, 0, false)]
    [InlineData("{'choices':[{'delta':{'tool_calls':[{'index':1,'function':{'arguments':'a'}}]}}]}", true, false, false, null, 1, true)]
    [InlineData("{'choices':[{'delta':{'tool_calls':[{'index':1,'id':'','function':{'arguments':'a'}}]}}]}", true, false, false, null, 1, false)]
    [InlineData("{'choices':[{'delta':{'tool_calls':[{'index':1,'function':{'arguments':''}}]}}]}", true, false, false, null, 1, false)]
    [InlineData("{'choices':[{'delta':{'content':'a','tool_calls':[{'index':1}]}}]}", true, false, false, null, 1, false)]
    [InlineData("{'choices':[],'usage':{'prompt_tokens':1}}", false, false, false, null, 0, false)]
    public void The_effects_besides_those_of_the_slots_are_stated(
        string json, bool hasChoice, bool hasRole, bool isRoleLast, string? finish, int calls, bool isUsual)
    {
        SharedTemplate template = Create(json)!;
        Assert.Equal((hasChoice, hasRole, isRoleLast, finish), (template.HasChoice, template.HasRole, template.IsRoleLast, template.Finish));
        Assert.Equal((calls, isUsual), (template.Calls.Length, template.IsUsual));
    }

    private static SharedTemplate? Create(string json) =>
        new OpenAIEventForm(ChatDialect.OpenAI.Format).TryCreate("message", Encoding.UTF8.GetBytes(json.Replace('\'', '"')));
}
