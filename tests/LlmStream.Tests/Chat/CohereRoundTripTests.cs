using System.Text;
using LlmStream.Answers;
using LlmStream.Chat.Updates;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>Cohere's format end to end: a client, a server, and what is sent back.</summary>
public class CohereRoundTripTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reasoning_and_calls_are_sent_back_with_the_results(bool asChatClient)
    {
        await using ScriptedLlmServer server = await StartAsync(
            Script.Answer("").WithReasoning("Two cities.").WithToolCall("weather", """{"city":"北京"}""").WithToolCall("now", "")
                .Then(Script.Answer("Sunny.")));
        using var client = new LlmStreamClient(server.Provider);
        List<ChatMessage> history = [new(ChatRole.User, "Weather?")];
        var options = new ChatOptions
        {
            Tools =
            [
                AIFunctionFactory.CreateDeclaration("weather", "How it is.", default),
                AIFunctionFactory.CreateDeclaration("now", null, default),
            ],
        };

        if (asChatClient)
            history.AddMessages(await client.AsIChatClient().GetStreamingResponseAsync(history, options).ToChatResponseAsync());
        else history.Add((await client.StreamAsync(history, options).CollectAsync()).ToChatMessage());
        FunctionCallContent[] calls = [.. history[1].Contents.OfType<FunctionCallContent>()];
        AIContent[] results = [.. calls.Select(call => new FunctionResultContent(call.CallId, $"result of {call.Name}"))];
        history.Add(new ChatMessage(ChatRole.Tool, results));
        Assert.Equal("Sunny.", (await client.StreamAsync(history, options).CollectAsync()).Text);

        Assert.All(server.Requests, request => Assert.Equal("/v2/chat", request.Path));
        JsonAssert.Equal(
            """
            [
              {"role":"user","content":"Weather?"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"Two cities."}],"tool_calls":[
                {"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"北京\"}"}},
                {"id":"call_2","type":"function","function":{"name":"now","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"call_1","content":"result of weather"},
              {"role":"tool","tool_call_id":"call_2","content":"result of now"}
            ]
            """,
            server.Requests[1].Json!["messages"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tool_plan_is_sent_back_with_the_calls(bool asUpdates)
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("cohere/tools.sse").Bytes, ChatDialect.Cohere);
        IList<ChatMessage> messages = asUpdates
            ? (await ChatResponseUpdates.FromDeltas(Outcome.Feed(outcome.Deltas)).ToChatResponseAsync()).Messages
            : [outcome.Result.ToChatMessage()];

        JsonAssert.Equal(
            """
            [{"role":"assistant","tool_plan":"I will look.","tool_calls":[
              {"id":"level_1","type":"function","function":{"name":"level","arguments":"{\"at\":\"the 堤\"}"}},
              {"id":"now_2","type":"function","function":{"name":"now","arguments":"{}"}}]}]
            """,
            ChatDialect.Cohere.BuildRequest(messages)["messages"]);
    }

    [Fact]
    public async Task A_truncated_tool_plan_is_not_lost()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("cohere/cut-in-the-plan.sse").Bytes, ChatDialect.Cohere);
        AIContent content = Assert.Single(outcome.Exception!.Partial.Choices[0].OtherContents);
        Assert.Equal("I will", (string?)ProviderContent.Read("cohere", content)!["tool_plan"]);
        Assert.Single(outcome.Deltas[^1].OtherContents);
    }

    [Theory]
    [InlineData("cohere/cut-in-the-plan.sse", nameof(ChatStreamError.TooLarge))]
    [InlineData("cohere/tools.sse", nameof(ChatStreamError.TooLarge))]
    public async Task A_tool_plan_counts_towards_the_limit(string name, string ending)
    {
        var options = new ChatReadOptions { MaxAnswerCharacters = 5 };
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load(name).Bytes, ChatDialect.Cohere, options);
        Assert.Equal(ending, outcome.Ending);
    }

    [Fact]
    public async Task A_call_is_complete_at_its_end_event()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("cohere/tools.sse").Bytes, ChatDialect.Cohere);
        IEnumerable<ToolCallDelta> calls = outcome.Deltas.SelectMany(delta => delta.ToolCalls);
        Assert.Equal([0, 1], calls.Where(call => call.IsComplete).Select(call => call.Index));
    }

    [Fact]
    public async Task A_citation_comes_after_the_cited_text()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("cohere/citations.sse").Bytes, ChatDialect.Cohere);
        TextContent[] contents = [.. outcome.Result.ToChatMessage().Contents.Cast<TextContent>()];
        Assert.Equal(["Reeds grow.", "", " Fast."], contents.Select(content => content.Text));

        CitationAnnotation citation = Assert.IsType<CitationAnnotation>(Assert.Single(contents[1].Annotations!));
        Assert.Equal(("doc:0", "Marshes", "Reeds grow in marshes."), (citation.FileId, citation.Title, citation.Snippet));
        Assert.Equal("https://marsh.example/1", citation.Url?.AbsoluteUri);
        TextSpanAnnotatedRegion region = Assert.IsType<TextSpanAnnotatedRegion>(Assert.Single(citation.AnnotatedRegions!));
        Assert.Equal((0, 5), (region.StartIndex, region.EndIndex));
    }

    [Fact]
    public async Task A_citation_of_version_1_has_an_annotation_for_each_document()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("cohere/v1-search-and-citations.ndjson").Bytes, ChatDialect.Cohere);
        AIContent content = Assert.Single(outcome.Result.Choices[0].OtherContents);
        Assert.Equal(["web_0", "web_1"], content.Annotations!.Cast<CitationAnnotation>().Select(citation => citation.FileId));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("[1,null,\"x\"]")]
    [InlineData("\"\\ud83d\"")]
    public async Task Invalid_citations_are_ignored(string citations)
    {
        Outcome outcome = await OfCitations(citations);
        Assert.Equal(("Complete", 0), (outcome.Ending, outcome.Result.Choices[0].OtherContents.Count));
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("{\"start\":\"0\",\"end\":1e99,\"sources\":7}", null)]
    [InlineData("{\"start\":0,\"end\":3,\"sources\":[]}", null)]
    [InlineData("{\"sources\":[7,{\"id\":\"half \\ud83d\",\"document\":7}]}", "half \ufffd")]
    [InlineData("[{\"sources\":[{\"type\":\"tool\",\"id\":\"c1:0\",\"tool_output\":{\"a\":1}}]}]", "c1:0")]
    public async Task A_non_standard_citation_is_read(string citation, string? id)
    {
        AIContent content = Assert.Single((await OfCitations(citation)).Result.Choices[0].OtherContents);
        Assert.Equal(id, Assert.IsType<CitationAnnotation>(Assert.Single(content.Annotations!)).FileId);
    }

    [Fact]
    public async Task Billed_tokens_are_separate_counts()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("cohere/text.sse").Bytes, ChatDialect.Cohere);
        Assert.Equal(
            ["billed_input_tokens 4", "billed_output_tokens 7"],
            outcome.Result.Usage!.AdditionalCounts!.Select(count => $"{count.Key} {count.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_truncated_answer_is_continued_by_an_instruction()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("One two three four.").ResetAtEvent(4).ThenWithoutFaults());
        using var client = new LlmStreamClient(server.Provider);
        ChatStreamResult answer = await client.StreamAsync("Count.", new ChatOptions { MaxOutputTokens = 50 }).CollectAsync();

        Assert.Equal("One two three four.", answer.Text);
        Assert.Equal(ContinuationKind.Instruction, server.Requests[1].Continuation);
    }

    [Fact]
    public async Task Structured_output_is_not_resumed()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Answer("[1, 2, 3, 4]").ResetAtEvent(4));
        using var client = new LlmStreamClient(server.Provider);
        ChatStreamException exception = await Assert.ThrowsAsync<ChatStreamException>(
            () => client.StreamAsync("Count.", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }).CollectAsync());
        Assert.Equal(ChatResumeRefusal.StructuredOutput, exception.ResumeRefusal);
    }

    private static Task<Outcome> OfCitations(string citations) => Outcome.ReadAsync(
        Encoding.UTF8.GetBytes(
            $$$$"""
            data: {"type":"citation-start","index":0,"delta":{"message":{"citations":{{{{citations}}}}}}}

            data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}


            """),
        ChatDialect.Cohere);

    private static Task<ScriptedLlmServer> StartAsync(Script script) =>
        ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Cohere });
}
