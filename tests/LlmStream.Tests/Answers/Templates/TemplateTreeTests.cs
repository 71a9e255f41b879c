using System.Globalization;
using System.Text;
using LlmStream.Answers.Templates;
using LlmStream.Dialects.Anthropic;
using LlmStream.Dialects.OpenAI;

namespace LlmStream.Tests.Answers.Templates;

public class TemplateTreeTests
{
    private static readonly string[] Known =
    [
        "{'id':'1','model':'m','choices':[{'index':0,'delta':{'content':'a'}}]}",
        "{'id':'1','model':'m','choices':[{'index':0,'delta':{'content':''}}]}",
        "{'id':'1','model':'m','choices':[{'index':0,'delta':{'content':'a'}}],'usage':null}",
        "{'id':'1','model':'m','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}",
        "{'id':'1','created':5,'choices':[{'index':0,'delta':{'content':'a'}}]}",
        "{'id':'1','choices':[],'usage':{'prompt_tokens':1}}",
        "{'id':'1','choices':[],'p':1.5,'usage':{'prompt_tokens':1}}",
    ];

    [Theory]
    [InlineData("{'id':'2','model':'other','choices':[{'index':0,'delta':{'content':'a text'}}]}", 0)]
    [InlineData("{'id':'','model':'','choices':[{'index':0,'delta':{'content':'\\u0061\\n'}}]}", 0)]
    [InlineData("{'id':'2','model':'other','choices':[{'index':0,'delta':{'content':''}}]}", 1)]
    [InlineData("{'id':'2','model':'other','choices':[{'index':0,'delta':{'content':'b'}}],'usage':null}", 2)]
    [InlineData("{'id':'2','model':'other','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}", 3)]
    [InlineData("{'id':'2','created':123,'choices':[{'index':0,'delta':{'content':'b'}}]}", 4)]
    [InlineData("{'id':'2','choices':[],'usage':{'prompt_tokens':0}}", 5)]
    [InlineData("{'id':'2','choices':[],'p':-3e5,'usage':{'prompt_tokens':2}}", 6)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':0,'delta':{'content':'a'}}]} ", -1)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':0,'delta':{'content':'a'}}]", -1)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':12,'delta':{'content':'a'}}]}", 0)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':01,'delta':{'content':'a'}}]}", -1)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':-1,'delta':{'content':'a'}}]}", -1)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':0,'delta':{'content':null}}]}", -1)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':0,'delta':{'content':'\\x'}}]}", -1)]
    [InlineData("{'id':'2','model':'m','choices':[{'index':0,'delta':{},'finish_reason':'length'}]}", -1)]
    [InlineData("{'id':'2','created':1.5,'choices':[{'index':0,'delta':{'content':'b'}}]}", -1)]
    [InlineData("{'id':'2','choices':[],'usage':{'prompt_tokens':-1}}", -1)]
    [InlineData("{'id':2,'choices':[],'usage':{'prompt_tokens':1}}", -1)]
    [InlineData("{'id':'2", -1)]
    [InlineData("", -1)]
    public void The_template_is_found_that_an_event_matches(string json, int template)
    {
        SharedTemplate[] all = [.. Known.Select(Create)];
        var values = new SlotValue[TemplateRecorder.MaxSlots];
        SharedTemplate? found = new TemplateTree(all).Find("message", Bytes(json), values);
        Assert.Same(template < 0 ? null : all[template], found);
        // Whatever the order in which they were added.
        Array.Reverse(all);
        Assert.Same(found, new TemplateTree(all).Find("message", Bytes(json), values));
    }

    [Fact]
    public void The_values_in_the_slots_are_returned()
    {
        byte[] json = Bytes("{'id':'2','created':123,'choices':[{'index':7,'delta':{'content':'\\n'}}]}");
        var values = new SlotValue[TemplateRecorder.MaxSlots];
        var match = new SharedMatch(new TemplateTree(Known.Select(Create)).Find("message", json, values)!, json, values);
        int created = match.Find(TemplateSlotKind.Created), text = match.Find(TemplateSlotKind.Text);
        Assert.Equal(("2", 123), (match.Name(match.Find(TemplateSlotKind.Id)), match.Values[created].Number));
        Assert.Equal(("\\n", true), (Encoding.UTF8.GetString(match.Raw(text)), match.Values[text].IsEscaped));
        Assert.Equal(-1, match.Find(TemplateSlotKind.Model));
        Assert.Equal(7, match.Choice);
    }

    [Fact]
    public void The_type_of_an_event_must_match()
    {
        byte[] json = Bytes("{'type':'content_block_stop','index':0}");
        SharedTemplate template = new AnthropicEventForm(ChatDialect.Anthropic.Format).TryCreate("content_block_stop", json)!;
        var tree = new TemplateTree([Create(Known[0]), template]);
        var values = new SlotValue[TemplateRecorder.MaxSlots];
        Assert.Same(template, tree.Find("content_block_stop", json, values));
        Assert.Null(tree.Find("message", json, values));
        Assert.Null(tree.Find("other", json, values));
    }

    [Fact]
    public void A_client_goes_on_learning_after_many_events_that_cannot_be_described()
    {
        var shared = new SharedTemplates();
        int attempts = 0;
        for (int i = 0; i < 10_000; i++)
        {
            if (!shared.MayLearn()) continue;
            attempts++;
            shared.Add(null, Bytes("{}"));
        }

        Assert.InRange(attempts, 600, 1_200); // about one of 16
        byte[] json = Bytes(Known[0]);
        while (!shared.MayLearn())
        {
        }

        shared.Add(Create(Known[0]), json);
        shared.Add(Create(Known[0]), json);
        Assert.Same(Assert.Single(shared.All), shared.Find("message", json, new SlotValue[TemplateRecorder.MaxSlots]));
    }

    [Fact]
    public void Templates_that_are_in_use_are_not_replaced()
    {
        var shared = new SharedTemplates();
        for (int i = 0; i < SharedTemplates.MaxTemplates; i++) Add(i);
        byte[] first = Event(0);
        var values = new SlotValue[TemplateRecorder.MaxSlots];
        for (int i = 0; i < 200; i++)
        {
            shared.NoteStream();
            Assert.NotNull(shared.Find("message", first, values));
            if (i < 50) Add(1000 + i);
            if (i == 50) Assert.Equal(Enumerable.Range(0, SharedTemplates.MaxTemplates), shared.All.Select(Number));
        }

        for (int i = 0; i < 100; i++) Add(2000 + i);
        Assert.Equal(SharedTemplates.MaxTemplates, shared.All.Length);
        Assert.NotNull(shared.Find("message", first, values));
        Assert.Equal([0, .. Enumerable.Range(2000, SharedTemplates.MaxTemplates - 1)], shared.All.Select(Number));

        void Add(int number) => shared.Add(Create(Encoding.UTF8.GetString(Event(number))), Event(number));

        static int Number(SharedTemplate template) => int.Parse(
            Encoding.UTF8.GetString(template.Known).Split("number ")[1].Split('"')[0], CultureInfo.InvariantCulture);

        static byte[] Event(int number) => Bytes($"{{'choices':[{{'delta':{{'content':'a'}},'seed':{{'number {number}':null}}}}]}}");
    }

    private static SharedTemplate Create(string json) => new OpenAIEventForm(ChatDialect.OpenAI.Format).TryCreate("message", Bytes(json))!;

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json.Replace('\'', '"'));
}
