using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Tests.Serving;

public sealed class ReplyStoreTests
{
    [Fact]
    public void Reply_is_found_by_its_id()
    {
        var store = new ReplyStore();
        var request = new ScriptedRequest(0, "POST", "/", "", new Dictionary<string, string>(), []);
        var reply = new Reply(new AnswerContent("Hi"), new ParsedRequest(), new ContinuationBehavior(), default, number: 0);
        store.Add("a", request, reply);

        Assert.True(store.TryGet("a", out (ScriptedRequest Request, Reply Reply) stored));
        Assert.Same(reply, stored.Reply);
        Assert.Same(request, stored.Request);
        Assert.False(store.TryGet("A", out _));
    }
}
