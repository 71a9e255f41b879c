using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects.Interactions;

/// <summary>An interaction in the background whose stream is not sent again: its state is requested until it has ended.</summary>
public class PolledInteractionTests
{
    private const string Gone = """{"error":{"message":"The stream is not available any more.","code":"invalid_request"}}""";
    private const string Pending = """{"id":"v1_1","object":"interaction","status":"in_progress"}""";

    private static readonly string Created = Event(0, "interaction.created", """ "interaction":{"id":"v1_1","status":"in_progress"} """);
    private static readonly string Text = Event(1, "step.start", """ "index":0,"step":{"type":"model_output"} """)
        + Event(2, "step.delta", """ "index":0,"delta":{"type":"text","text":"The sky "} """);

    [Fact]
    public async Task The_rest_of_a_text_is_delivered_once()
    {
        var server = new StubServer().Streams(Created + Text).Answers(HttpStatusCode.BadRequest, Gone).Answers(HttpStatusCode.OK, Pending)
            .Answers(HttpStatusCode.OK, Ended("""{"type":"user_input","content":[{"type":"text","text":"Why?"}]},{"type":"model_output","content":[{"type":"text","text":"The sky is "},{"type":"text","text":"blue."}]}"""));
        List<ChatDelta> deltas = await Client(server).StreamAsync(Body()).ToListAsync();

        Assert.Equal(["The sky ", "is blue."], deltas.Select(delta => delta.Text).Where(text => text.Length > 0));
        Assert.Equal((ChatFinishReason.Stop, 12), (deltas[^1].FinishReason!.Value, deltas[^1].Usage!.TotalTokenCount));
        Assert.Equal(
            ["interactions", "interactions/v1_1?stream=true&last_event_id=e2", "interactions/v1_1", "interactions/v1_1"],
            server.Requests.Select(request => request.RequestUri!.PathAndQuery["/v1beta/".Length..]));
        Assert.Single(server.Requests, request => request.Method == HttpMethod.Post);
    }

    [Fact]
    public async Task Thoughts_calls_and_steps_of_other_kinds_are_completed()
    {
        string begin = Created + Event(1, "step.start", """ "index":0,"step":{"type":"thought"} """)
            + Event(2, "step.delta", """ "index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"Lo"}} """)
            + Event(3, "step.start", """ "index":1,"step":{"type":"function_call","id":"c1","name":"look","arguments":{}} """)
            + Event(4, "step.delta", """ "index":1,"delta":{"type":"arguments_delta","arguments":"{\"x\":"} """)
            + Event(5, "step.start", """ "index":2,"step":{"type":"google_search_call","id":"s1"} """);
        const string Steps = """
            {"type":"thought","signature":"c2ln","summary":[{"type":"text","text":"Look."}]},
            {"type":"function_call","id":"c1","name":"look","arguments":{"x":1},"signature":"ZnVu"},
            {"type":"google_search_call","id":"s1","arguments":{"queries":["sky"]}},
            {"type":"function_call","id":"c2","name":"go","arguments":{}}
            """;
        var server = new StubServer().Streams(begin).Answers(HttpStatusCode.BadRequest, Gone).Answers(HttpStatusCode.OK, Ended(Steps, "requires_action"));
        ChatStreamResult answer = await Client(server).StreamAsync(Body()).CollectAsync();

        Assert.Equal(("Look.", ChatFinishReason.ToolCalls), (answer.Reasoning, answer.FinishReason));
        Assert.Equal(["c1 look {\"x\":1}", "c2 go {}"], answer.ToolCalls.Select(call => $"{call.Id} {call.Name} {call.Arguments}"));
        Assert.Equal(["c2ln"], answer.Choices[0].OtherContents.OfType<TextReasoningContent>().Select(content => content.ProtectedData));
        string others = string.Concat(answer.Choices[0].OtherContents.Select(content => content.RawRepresentation));
        Assert.Contains("queries", others, StringComparison.Ordinal);
        Assert.Contains("ZnVu", others, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_is_not_repeated_and_what_differs_counts()
    {
        string begin = Created + Text + Event(3, "step.delta", """ "index":0,"delta":{"type":"text_annotation_delta","annotations":[{"type":"url_citation","url":"https://a.test/"}]} """)
            + Event(4, "step.stop", """ "index":0 """) + Event(5, "step.start", """ "index":1,"step":{"type":"model_output"} """)
            + Event(6, "step.delta", """ "index":1,"delta":{"type":"text","text":"was "} """);
        const string Steps = """
            {"type":"model_output","content":[{"type":"text","text":"The sky ","annotations":[{"type":"url_citation","url":"https://a.test/"},{"type":"url_citation","url":"https://b.test/"}]}]},
            {"type":"model_output","content":[{"type":"text","text":"is blue."}]}
            """;
        var server = new StubServer().Streams(begin).Answers(HttpStatusCode.BadRequest, Gone).Answers(HttpStatusCode.OK, Ended(Steps));
        ChatStreamResult answer = await Client(server).StreamAsync(Body()).CollectAsync();
        Assert.Equal("The sky is blue.", answer.Text);
        Assert.Equal(2, answer.Choices[0].OtherContents.Sum(content => content.Annotations?.Count ?? 0));
    }

    [Theory]
    [InlineData("failed", ChatStreamError.ProviderError)]
    [InlineData("cancelled", ChatStreamError.ProviderError)]
    public async Task One_that_failed_is_an_error(string status, ChatStreamError error)
    {
        var server = new StubServer().Streams(Created + Text).Answers(HttpStatusCode.BadRequest, Gone).Answers(HttpStatusCode.OK, Ended("", status));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => Client(server, options => options.Resume = new LlmResumeOptions { MaxResumes = 1 }).StreamAsync(Body()).CollectAsync());
        Assert.Equal((error, "The sky "), (failure.Error, failure.Partial.Text));
    }

    [Fact]
    public async Task One_that_ends_with_its_connection_is_continued()
    {
        var server = new StubServer().Streams(Created + Text).Answers(HttpStatusCode.BadRequest, Gone)
            .Streams(Created + Text.Replace("The sky ", "is blue.", StringComparison.Ordinal) + Event(3, "interaction.completed", """ "interaction":{"id":"v1_1","status":"completed"} """));
        JsonObject body = Body();
        body["background"] = false;
        Assert.Equal("The sky is blue.", (await Client(server).StreamAsync(body).CollectAsync()).Text);
        Assert.Equal(["POST", "GET", "POST"], server.Requests.Select(request => request.Method.Method));
    }

    private static LlmStreamClient Client(StubServer server, Action<LlmStreamOptions>? configure = null) => server.Client(options =>
    {
        options.TimeProvider = new FakeTimeProvider { SkipDelays = true };
        options.Provider = LlmProvider.GeminiInteractions with { BaseAddress = new Uri("https://llm.test/v1beta") };
        options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero };
        configure?.Invoke(options);
    });

    private static JsonObject Body() => new() { ["model"] = "g-1", ["input"] = "Why?", ["background"] = true };

    private static string Ended(string steps, string status = "completed") =>
        $$$"""{"id":"v1_1","object":"interaction","status":"{{{status}}}","steps":[{{{steps}}}],"usage":{"total_input_tokens":5,"total_output_tokens":7,"total_tokens":12}}""";

    private static string Event(int number, string type, string fields) =>
        $$"""data: {"event_type":"{{type}}","event_id":"e{{number}}",{{fields}}}""" + "\n\n";
}
