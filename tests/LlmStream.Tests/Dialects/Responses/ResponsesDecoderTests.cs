using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Framing;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What of a response has no word in a delta, and what goes on behind the scenes of the transcripts.</summary>
public class ResponsesDecoderTests
{
    [Fact]
    public async Task What_tools_of_the_providers_own_did_is_kept_as_it_came()
    {
        Outcome outcome = await LoadAsync("tools-of-its-own.sse");
        ChatMessage message = outcome.Result.ToChatMessage();

        Assert.Equal(
            ["web_search_call", "file_search_call", "mcp_call", "code_interpreter_call", "image_generation_call", "image/png", "So: 4.", "cited tea.txt"],
            message.Contents.Select(Show));
        JsonObject search = ProviderContent.Read("responses", message.Contents[0])!;
        Assert.Equal("""{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"tea"}}""", search.ToJsonString());
        CitationAnnotation citation = Assert.IsType<CitationAnnotation>(Assert.Single(message.Contents[^1].Annotations!));
        Assert.Equal(("file_1", "tea.txt"), (citation.FileId, citation.Title));
    }

    [Fact]
    public async Task A_citation_has_its_page_and_its_place()
    {
        Outcome outcome = await LoadAsync("xai-search-of-its-own.sse");
        CitationAnnotation citation = Assert.IsType<CitationAnnotation>(Assert.Single(outcome.Result.Choices[0].OtherContents[^1].Annotations!));
        TextSpanAnnotatedRegion region = Assert.IsType<TextSpanAnnotatedRegion>(Assert.Single(citation.AnnotatedRegions!));
        Assert.Equal(("https://example.org/a", "A", 0, 6), (citation.Url!.OriginalString, citation.Title, region.StartIndex, region.EndIndex));
    }

    [Fact]
    public async Task An_annotation_that_comes_in_the_end_only_is_kept_and_one_that_comes_twice_is_said_once()
    {
        const string item = """{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[{"type":"url_citation","url":"not a page","title":"One"},{"type":"url_citation","title":"Two"}]}]}""";
        string body =
            Event("""{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Hi"}""")
            + Event("""{"type":"response.output_text.annotation.added","item_id":"m","output_index":0,"content_index":0,"annotation":{"type":"url_citation","title":"One"}}""")
            + Event($$$"""{"type":"response.output_item.done","output_index":0,"item":{{{item}}}}""")
            + Event($$$"""{"type":"response.completed","response":{"output":[{{{item}}}]}}""");
        Outcome outcome = await Outcome.ReadAsync(body, ChatDialect.Responses);

        Assert.Equal(["cited One", "cited Two"], outcome.Result.Choices[0].OtherContents.Select(Show));
        Assert.Equal("Hi", outcome.Result.Text);
    }

    [Fact]
    public async Task A_thought_stands_before_what_it_led_to()
    {
        Outcome outcome = await LoadAsync("raw-reasoning-and-a-whole-call.sse");
        Assert.Equal(["A tool it is.", "reasoning", "weather"], outcome.Result.ToChatMessage().Contents.Select(Show));
        Assert.True(Assert.Single(outcome.Deltas.SelectMany(delta => delta.ToolCalls), call => call.IsComplete).Index == 0);
        Assert.True(outcome.Deltas.FindIndex(delta => delta.ToolCalls.Any(call => call.IsComplete)) < outcome.Deltas.FindIndex(delta => delta.FinishReason is not null));
    }

    [Fact]
    public async Task An_answer_of_one_event_has_its_order_too()
    {
        Outcome outcome = await LoadAsync("everything-in-the-end.sse");
        Assert.Equal(["**Think** once.**Then** twice.", "reasoning", "Everything in the end.", "look"], outcome.Result.ToChatMessage().Contents.Select(Show));
    }

    [Fact]
    public async Task Nothing_is_read_behind_the_end()
    {
        string body = Event("""{"type":"response.output_text.delta","delta":"Hi"}""") + Event("""{"type":"response.completed","response":{"output":[]}}""") + Event("""{"type":"response.output_text.delta","delta":" again"}""");
        Outcome outcome = await Outcome.ReadAsync(body, ChatDialect.Responses);
        Assert.Equal(("Hi", "Complete"), (outcome.Result.Text, outcome.Ending));
    }

    [Fact]
    public async Task An_unknown_event_is_counted_and_read_past()
    {
        Transcript transcript = Transcript.Load("responses/nulls-and-unknown-events.sse");
        var statistics = new LlmStream.Inspection.DecodingStatistics();
        ChatDecoder decoder = ChatDialect.Responses.CreateDecoder(ChatReadOptions.Default, statistics);
        foreach (string line in System.Text.Encoding.UTF8.GetString(transcript.Bytes).Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)))
            decoder.Handle(new LlmStream.Framing.Frame(LlmStream.Framing.FrameKind.Event, LlmStream.Framing.Frame.DefaultEventType, System.Text.Encoding.UTF8.GetBytes(line[6..]), false));

        Assert.Equal(("response.mood.changed", 1), Assert.Single(statistics.UnknownEvents) is var only ? (only.Key, only.Value) : default);
        Assert.Equal(0, statistics.MalformedEvents);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task The_place_to_go_on_from_is_the_last_event_that_was_handled()
    {
        ChatDecoder decoder = ChatDialect.Responses.CreateDecoder(ChatReadOptions.Default, null);
        Assert.Null(decoder.ReplayPoint);
        Give("""{"type":"response.created","sequence_number":0,"response":{"id":"r"}}""");
        Give("""{"type":"response.output_text.delta","sequence_number":1,"delta":"a"}""");
        Assert.Equal(new ReplayPoint("r", "1"), decoder.ReplayPoint);
        Give("""{"type":"response.output_text.delta","sequence_number":2,"delta":"b""");
        Assert.Equal(new ReplayPoint("r", "1"), decoder.ReplayPoint);
        await Task.CompletedTask;

        void Give(string json) => decoder.Handle(new LlmStream.Framing.Frame(LlmStream.Framing.FrameKind.Event, LlmStream.Framing.Frame.DefaultEventType, System.Text.Encoding.UTF8.GetBytes(json), false));
    }

    [Fact]
    public async Task Numbers_that_begin_anew_do_no_harm()
    {
        string body = string.Concat(Enumerable.Range(0, 3).Select(i => Event($$"""{"type":"response.output_text.delta","sequence_number":0,"delta":"{{i}}"}"""))) + Event("""{"type":"response.completed","sequence_number":0,"response":{}}""");
        Assert.Equal("012", (await Outcome.ReadAsync(body, ChatDialect.Responses)).Result.Text);
    }

    [Fact]
    public async Task Where_the_type_stands_in_the_name_of_the_event_only_that_will_do()
    {
        Outcome outcome = await Outcome.ReadAsync("event: response.output_text.delta\ndata: {\"delta\":\"Hi\"}\n\nevent: response.completed\ndata: {\"response\":{}}\n\n", ChatDialect.Responses);
        Assert.Equal(("Hi", "Complete"), (outcome.Result.Text, outcome.Ending));
    }

    [Fact]
    public async Task An_error_in_place_of_the_stream_is_the_providers()
    {
        Outcome outcome = await Outcome.ReadAsync("""{"error":{"message":"No such model.","type":"invalid_request_error","param":"model","code":"model_not_found"}}""", ChatDialect.Responses);
        Assert.Equal(("ProviderError", "model_not_found", false), (outcome.Ending, outcome.Exception!.ProviderCode, outcome.Exception.IsTransient));
    }

    [Fact]
    public async Task An_output_without_end_is_refused_in_no_time()
    {
        string begun = string.Concat(Enumerable.Range(0, 4000).Select(i => Event($$$"""{"type":"response.output_item.done","output_index":{{{i}}},"item":{"id":"a{{{i}}}","type":"t"}}""")));
        string body = begun + Event($$$"""{"type":"response.completed","response":{"output":[{{{string.Join(',', Enumerable.Repeat("{}", 500_000))}}}]}}""");
        Outcome outcome = await Outcome.ReadAsync(body, ChatDialect.Responses);
        Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
    }

    private static string Event(string json) => $"data: {json}\n\n";

    private static Task<Outcome> LoadAsync(string name)
    {
        Transcript transcript = Transcript.Load("responses/" + name);
        return Outcome.ReadAsync(transcript.Bytes, ChatDialect.Responses);
    }

    private static string Show(AIContent content) => content switch
    {
        TextContent { Annotations: [CitationAnnotation citation] } => "cited " + citation.Title,
        TextContent text => text.Text,
        TextReasoningContent reasoning => reasoning.Text,
        DataContent data => data.MediaType,
        FunctionCallContent call => call.Name,
        _ => (string?)ProviderContent.Read("responses", content)?["type"] ?? content.GetType().Name,
    };
}
