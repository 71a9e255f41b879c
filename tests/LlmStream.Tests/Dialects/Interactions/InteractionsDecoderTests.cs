using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class InteractionsDecoderTests
{
    private const string Created = """{"event_type":"interaction.created","interaction":{"id":"v1_a"},"event_id":"e0"}""";

    [Theory]
    [InlineData("steps.sse", "thought:Counting up.|signature:c2ln|text:1, 2, 3.")]
    [InlineData("built-in-tools.sse", "part:google_search_call|part:google_search_result|text:Spain <3 won.|sources:One https://example.com/1|sources:Madrid |data:image/png 8|link:https://example.com/a.png|part:hologram")]
    [InlineData("calls-with-signatures.sse", "signature:dGhvdWdodA==|part:function_call_signature|call:now|call:weather")]
    [InlineData("whole.json", "thought:Hm.|signature:c2ln|text:I look.|call:look")]
    [InlineData("unknown-steps.sse", "part:dream|text:Hi")]
    public async Task Everything_is_kept_in_its_order(string name, string expected)
    {
        Transcript transcript = Transcript.Load("interactions/" + name);
        ChatStreamResult whole = await ChatStreamReader.ReadAsync(new MemoryStream(transcript.Bytes), ChatDialect.Interactions).CollectAsync();
        Assert.Equal(expected, Describe(whole.ToChatMessage().Contents));
    }

    [Fact]
    public async Task The_steps_of_a_built_in_tool_can_be_sent_back()
    {
        ChatStreamResult whole = await ChatStreamReader.ReadAsync(new MemoryStream(Transcript.Load("interactions/built-in-tools.sse").Bytes), ChatDialect.Interactions).CollectAsync();
        ChatMessage[] messages = [new(ChatRole.User, "Who won?"), whole.ToChatMessage()];
        JsonAssert.Equal(
            """
            [{"type":"user_input","content":[{"type":"text","text":"Who won?"}]},
             {"type":"google_search_call","id":"s1","arguments":{"queries":["who won"]},"signature":"c2ln"},
             {"type":"google_search_result","call_id":"s1","result":[{"title":"One","url":"https://example.com/1"}]},
             {"type":"model_output","content":[{"type":"text","text":"Spain <3 won."},{"type":"image","data":"iVBORw0KGgo=","mime_type":"image/png"},
                {"type":"image","uri":"https://example.com/a.png","mime_type":"image/png"}]},
             {"type":"hologram","depth":3}]
            """,
            ChatDialect.Interactions.BuildRequest(messages)["input"]!);
    }

    [Fact]
    public void The_place_of_a_replay_is_the_last_event_with_an_id()
    {
        EventFeed feed = new(ChatDialect.Interactions);
        Assert.Null(feed.Decoder.ReplayPoint);
        feed.Send(Created);
        Assert.Equal(new ReplayPoint("v1_a", "e0"), feed.Decoder.ReplayPoint);
        feed.Send("""{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"a"},"event_id":"e1"}""");
        Assert.Equal(new ReplayPoint("v1_a", "e1"), feed.Decoder.ReplayPoint);
        feed.Send("""{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"b"}}""");
        Assert.Null(feed.Decoder.ReplayPoint); // a replay after e1 would repeat it
    }

    [Fact]
    public void An_event_that_a_replay_repeats_is_skipped()
    {
        EventFeed feed = new(ChatDialect.Interactions);
        feed.SendAll(Created, """{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"a"},"event_id":"e1"}""");
        feed.Decoder.BeginReplay();
        feed.SendAll(
            """{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"a"},"event_id":"e1"}""",
            """{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"b"},"event_id":"e2"}""",
            """{"event_type":"interaction.completed","interaction":{"status":"completed"},"event_id":"e3"}""");
        Assert.Equal(("ab", true), (feed.Result.Text, feed.Result.IsComplete));
    }

    [Fact]
    public async Task A_stream_without_event_ids_is_not_replayed()
    {
        string created = $"data: {Created.Replace(",\"event_id\":\"e0\"", "", StringComparison.Ordinal)}\n\n";
        string begin = created + """data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"The sky "}}""" + "\n\n";
        string rest = begin.Replace("The sky ", "is blue.", StringComparison.Ordinal) + """data: {"event_type":"interaction.completed","interaction":{"status":"completed"}}""" + "\n\n";
        var server = new StubServer().Streams(begin).Streams(rest);
        ChatStreamResult answer = await server.Client(options => options.Provider = LlmProvider.GeminiInteractions).StreamAsync("Why?").CollectAsync();
        Assert.Equal("The sky is blue.", answer.Text);
        Assert.Equal([HttpMethod.Post, HttpMethod.Post], server.Requests.Select(request => request.Method)); // continued by an instruction
        Assert.Contains("\"model_output\"", server.Bodies[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interaction_that_is_not_kept_anymore_is_continued()
    {
        string begin = $"data: {Created}\n\n" + """data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"The sky "},"event_id":"e1"}""" + "\n\n";
        string rest = $"data: {Created}\n\n" + """data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"is blue."},"event_id":"e1"}""" + "\n\n"
            + """data: {"event_type":"interaction.completed","interaction":{"status":"completed"},"event_id":"e2"}""" + "\n\n";
        var server = new StubServer().Streams(begin).Answers(System.Net.HttpStatusCode.NotFound, """{"error":{"code":"not_found","message":"No."}}""").Streams(rest);
        ChatStreamResult answer = await server.Client(options => options.Provider = LlmProvider.GeminiInteractions).StreamAsync("Why?").CollectAsync();
        Assert.Equal("The sky is blue.", answer.Text);
        Assert.Equal("https://generativelanguage.googleapis.com/v1beta/interactions/v1_a?stream=true&last_event_id=e1", server.Requests[1].RequestUri!.AbsoluteUri);
    }

    [Fact]
    public void A_whole_interaction_does_not_repeat_steps_that_have_come()
    {
        EventFeed feed = new(ChatDialect.Interactions);
        feed.SendAll(Created, """{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"a"},"event_id":"e1"}""");
        feed.Send("""{"id":"v1_a","status":"completed","steps":[{"type":"model_output","content":[{"type":"text","text":"ab"}]}]}""");
        Assert.Equal(("ab", true), (feed.Result.Text, feed.Result.IsComplete));
    }

    [Theory]
    [InlineData("""data: {"event_type":"interaction.created","interaction":{}}""")]
    [InlineData("""data: {"event_type":"step.delta","delta":{}}""")]
    [InlineData("""{"id":"v1","object":"interaction","status":"completed","steps":[]}""")]
    public void It_is_recognised(string head) => Assert.Equal(ChatDialect.Interactions, ChatDialect.Recognize(System.Text.Encoding.UTF8.GetBytes(head)));

    private static string Describe(IEnumerable<AIContent> contents) => string.Join('|', contents.Where(content => content is not UsageContent).SelectMany(Describe));

    private static IEnumerable<string> Describe(AIContent content) => content switch
    {
        TextReasoningContent { ProtectedData: { } signature } signed => signed.Text.Length > 0 ? [$"thought:{signed.Text}", $"signature:{signature}"] : [$"signature:{signature}"],
        TextReasoningContent thought => [$"thought:{thought.Text}"],
        { Annotations: { } sources } => sources.Cast<CitationAnnotation>().Select(source => $"sources:{source.Title} {source.Url}"),
        TextContent text => [$"text:{text.Text}"],
        FunctionCallContent call => [$"call:{call.Name}"],
        DataContent data => [$"data:{data.MediaType} {data.Data.Length}"],
        UriContent link => [$"link:{link.Uri}"],
        _ => [$"part:{ProviderContent.Read("interactions", content)!["type"]}"],
    };
}
