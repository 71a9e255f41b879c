using System.Text;
using LlmStream.Answers.Templates;
using LlmStream.Dialects.Anthropic;

namespace LlmStream.Tests.Dialects.Anthropic;

/// <summary>Which events can be recognized in other streams, and what is kept of them.</summary>
public class AnthropicEventFormTests
{
    [Theory]
    [InlineData("{'type':'message_start','message':{'id':'','type':'message','role':'assistant','model':'','content':[],'stop_reason':null,'stop_sequence':null,'usage':{'input_tokens':,'cache_creation':{'x':},'service_tier':''}}}", "{'type':'message_start','message':{'id':'secret','type':'message','role':'assistant','model':'secret','content':[],'stop_reason':null,'stop_sequence':null,'usage':{'input_tokens':5,'cache_creation':{'x':6},'service_tier':'secret'}}}", nameof(SharedEffect.BeginMessage))]
    [InlineData("{'type':'content_block_start','index':,'content_block':{'type':'text','text':'','citations':null}}", "{'type':'content_block_start','index':12,'content_block':{'type':'text','text':'','citations':null}}", nameof(SharedEffect.BeginText))]
    [InlineData("{'type':'content_block_start','content_block':{'thinking':'','signature':'','type':'thinking'},'index':}", "{'type':'content_block_start','content_block':{'thinking':'','signature':'','type':'thinking'},'index':0}", nameof(SharedEffect.BeginReasoning))]
    [InlineData("{'type':'content_block_start','index':,'content_block':{'type':'tool_use','id':'','name':'','input':{},'caller':{'type':'direct'}}}", "{'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'secret','name':'secret','input':{},'caller':{'type':'direct'}}}", nameof(SharedEffect.BeginCall))]
    [InlineData("{'type':'content_block_delta','index':,'delta':{'type':'text_delta','text':''}}", "{'type':'content_block_delta','index':1,'delta':{'type':'text_delta','text':'secret'}   }", nameof(SharedEffect.None))]
    [InlineData("{'delta':{'thinking':''},'type':'content_block_delta','p':''}", "{'delta':{'thinking':'secret'},'type':'content_block_delta','p':'secret'}", nameof(SharedEffect.None))]
    [InlineData("{'type':'content_block_delta','index':,'delta':{'type':'input_json_delta','partial_json':''}}", "{'type':'content_block_delta','index':1,'delta':{'type':'input_json_delta','partial_json':'secret'}}", nameof(SharedEffect.None))]
    [InlineData("{'type':'content_block_delta','index':,'delta':{'type':'signature_delta','signature':''}}", "{'type':'content_block_delta','index':1,'delta':{'type':'signature_delta','signature':'secret'}}", nameof(SharedEffect.None))]
    [InlineData("{'type':'content_block_stop','index':}", "{'type':'content_block_stop','index':3}", nameof(SharedEffect.EndBlock))]
    [InlineData("{'type':'message_delta','delta':{'stop_reason':'end_turn','stop_sequence':'','stop_details':{'type':''}},'usage':{'output_tokens':}}", "{'type':'message_delta','delta':{'stop_reason':'end_turn','stop_sequence':'secret','stop_details':{'type':'secret'}},'usage':{'output_tokens':7}}", nameof(SharedEffect.FinishMessage))]
    [InlineData("{'usage':{'output_tokens':},'type':'message_delta'}", "{'usage':{'output_tokens':7},'type':'message_delta'}", nameof(SharedEffect.FinishMessage))]
    [InlineData("{'type':'message_stop','amazon-bedrock-invocationMetrics':{'inputTokenCount':}}", "{'type':'message_stop','amazon-bedrock-invocationMetrics':{'inputTokenCount':9}}", nameof(SharedEffect.EndAnswer))]
    public void Values_are_not_kept(string known, string json, string effect)
    {
        SharedTemplate? template = Create(json);
        Assert.NotNull(template);
        Assert.Equal(known.Replace('\'', '"'), Encoding.UTF8.GetString(template.Known));
        Assert.Equal(effect, template.Effect.ToString());
    }

    [Theory]
    [InlineData("{'type':'message_start','message':{'content':[{'type':'text','text':'secret'}]}}")]
    [InlineData("{'type':'message_start','message':{'stop_reason':'end_turn'}}")]
    [InlineData("{'type':'message_start','message':{'role':'user'}}")]
    [InlineData("{'type':'message_start','message':{'extra':'secret'}}")]
    [InlineData("{'type':'message_start','message':{'usage':{'input_tokens':1.5}}}")]
    [InlineData("{'type':'message_start'}")]
    [InlineData("{'type':'message_start','delta':{}}")]
    [InlineData("{'type':'message_start','message':{},'usage':{'input_tokens':1}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'text','text':'secret'}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'text','input':{}}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'text','citations':[{}]}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'thinking','signature':'secret'}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'server_tool_use','id':'secret'}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'text':''}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'tool_use','input':{'x':'secret'}}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'tool_use','caller':{'type':'code'}}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'tool_use','caller':{'type':'direct','id':'secret'}}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'tool_use','extra':'secret'}}")]
    [InlineData("{'type':'content_block_start','index':0,'content_block':{'type':'tool_use','text':''}}")]
    [InlineData("{'type':'content_block_start','index':'0','content_block':{'type':'text'}}")]
    [InlineData("{'type':'content_block_start','index':-1,'content_block':{'type':'text'}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'type':'text_delta'}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'text':'a','text':'b'}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'text':'a','thinking':'b'}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'thinking':'a','estimated_tokens':3}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'citation':{'url':'secret'}}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'text':['secret']}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':null}")]
    [InlineData("{'type':'content_block_delta','index':0,'content_block':{'text':'a'}}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'text':'a'},'error':null}")]
    [InlineData("{'type':'content_block_delta','index':0,'delta':{'text':'a'},'extra':'secret'}")]
    [InlineData("{'type':'message_delta','delta':{'stop_reason':'Stop it'}}")]
    [InlineData("{'type':'message_delta','delta':{'id':'secret'}}")]
    [InlineData("{'type':'message_delta','delta':{'content':[]}}")]
    [InlineData("{'type':'message_delta','message':{'stop_reason':'end_turn'}}")]
    [InlineData("{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':[]}")]
    [InlineData("{'type':'message_stop','delta':{}}")]
    [InlineData("{'type':'message','content':[]}")]
    [InlineData("{'type':'error','error':{'message':'secret'}}")]
    [InlineData("{'type':'secret'}")]
    [InlineData("{'type':'ping'}")]
    [InlineData("{'delta':{'text':'a'}}")]
    public void An_event_with_anything_unusual_is_not_described(string json) => Assert.Null(Create(json));

    private static SharedTemplate? Create(string json) =>
        new AnthropicEventForm(ChatDialect.Anthropic.Format).TryCreate("message", Encoding.UTF8.GetBytes(json.Replace('\'', '"')));
}
