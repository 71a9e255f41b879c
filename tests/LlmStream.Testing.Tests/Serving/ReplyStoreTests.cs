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
        var stored = new StoredReply(request, reply, Created: 7);
        store.Add("a", stored);

        Assert.Same(stored, store.Find("a"));
        Assert.Null(store.Find("A"));
    }
}
