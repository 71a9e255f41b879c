using System.Text;
using LlmStream.Reading;
using LlmStream.Tests.Dialects.Streams;

namespace LlmStream.Tests.Dialects;

/// <summary>The one rule for all dialects on when an answer is complete, and on what may be missing at its end.</summary>
public class CompletenessTests
{
    private static readonly DialectStream OpenAI = DialectStream.All[0];

    public static TheoryData<string> Dialects => [.. DialectStream.All.Select(stream => stream.Dialect.Name)];

    [Theory, MemberData(nameof(Dialects))]
    public async Task After_a_finish_reason_the_end_marker_may_be_missing(string dialect)
    {
        DialectStream stream = Of(dialect);
        foreach (string[] end in (string[][])[[], ["data: [DONE]"], stream.End is null ? [] : [stream.End]])
        {
            if (end is ["data: [DONE]"] && dialect is "ollama") continue; // JSON lines
            string body = stream.Join([.. stream.Text, stream.Finished(), .. end]);
            Assert.Equal("Complete Hello stop", Describe(await Outcome.ReadAsync(body, stream.Dialect)));
            Assert.Equal("Complete Hello stop", Describe(await AbortedAsync(body, stream.Dialect)));
        }
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task Without_a_finish_reason_only_the_dialects_own_marker_completes(string dialect)
    {
        DialectStream stream = Of(dialect);
        string text = stream.Join(stream.Text);
        Assert.Equal("Truncated Hello ", Describe(await Outcome.ReadAsync(text, stream.Dialect)));
        Assert.Equal("Connection Hello ", Describe(await AbortedAsync(text, stream.Dialect)));
        if (dialect is "ollama") return;
        bool isMarker = dialect is "openai" or "hunyuan" or "tokens";
        Assert.Equal(isMarker ? "Complete Hello " : "Truncated Hello ", Describe(await Outcome.ReadAsync(text + "data: [DONE]\n\n", stream.Dialect)));
        if (stream.End is { } end) Assert.StartsWith("Complete Hello ", Describe(await Outcome.ReadAsync(text + stream.Join(end), stream.Dialect)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task The_end_marker_alone_completes_nothing(string dialect)
    {
        DialectStream stream = Of(dialect);
        string[] markers = stream.End is { } end && dialect is not ("ollama" or "tokens") ? ["data: [DONE]", end] : ["data: [DONE]"];
        foreach (string marker in markers)
            Assert.NotEqual("Complete", (await Outcome.ReadAsync(marker + "\n\n", stream.Dialect)).Ending);
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task After_text_that_follows_a_finish_reason_the_body_must_end_cleanly(string dialect)
    {
        DialectStream stream = Of(dialect);
        if (dialect is "cohere" or "responses" or "interactions") return; // their finish reason comes with the end marker
        string body = stream.Join(stream.Text[0], stream.Finished(), stream.Text[1]);
        Assert.Equal("Complete Hello stop", Describe(await Outcome.ReadAsync(body, stream.Dialect)));
        Assert.Equal("Connection Hello stop", Describe(await AbortedAsync(body, stream.Dialect)));
        Assert.Equal("Truncated Hello stop", Describe(await Outcome.ReadAsync(body + stream.Text[0][..^1], stream.Dialect)));
        Assert.Equal("Connection Hello stop", Describe(await AbortedAsync(body + stream.Join(stream.Finished()), stream.Dialect)));
    }

    [Theory]
    [InlineData("tool_calls", "", "Truncated")]
    [InlineData("stop", "", "Truncated")]
    [InlineData("tool_calls", "data: [DONE]\n\n", "Complete")] // the server says that this is all
    [InlineData("length", "", "Complete")] // the finish reason says that the answer was cut off
    [InlineData("content_filter", "", "Complete")]
    public async Task No_call_is_half_open(string finish, string end, string ending)
    {
        string call = """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]}}]}""";
        string body = OpenAI.Join(call, OpenAI.Finished(finish)) + end;
        Assert.Equal(ending, (await Outcome.ReadAsync(body, ChatDialect.OpenAI)).Ending);
        string whole = body.Replace("{\\\"a\\\":", "{\\\"a\\\":1}", StringComparison.Ordinal);
        Assert.Equal("Complete", (await Outcome.ReadAsync(whole, ChatDialect.OpenAI)).Ending);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain text of a custom tool {")]
    [InlineData("{\\\"a\\\":1}}")] // invalid, but more would not make it valid
    public async Task Arguments_that_are_no_json_are_not_half_open(string arguments)
    {
        string call = """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"ARGS"}}]}}]}""";
        string body = OpenAI.Join(call.Replace("ARGS", arguments, StringComparison.Ordinal), OpenAI.Finished("tool_calls"));
        Assert.Equal("Complete", (await Outcome.ReadAsync(body, ChatDialect.OpenAI)).Ending);
    }

    [Theory]
    [InlineData(0, "", true)]
    [InlineData(1, "", true)]
    [InlineData(2, "", false)] // only one of the two was seen
    [InlineData(2, """data: {"choices":[{"index":1,"delta":{"content":"b"}}]}""", false)]
    [InlineData(2, """data: {"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}""", true)]
    [InlineData(2, "data: [DONE]", true)]
    public async Task Every_choice_that_was_requested_needs_a_finish_reason(long requested, string more, bool isComplete)
    {
        byte[] body = Encoding.UTF8.GetBytes(OpenAI.Join([.. OpenAI.Text, OpenAI.Finished(), .. more.Length > 0 ? (string[])[more] : []]));
        await using var session = new ReadSession(new ScriptedStream(body), ChatDialect.OpenAI, new ChatReadOptions());
        session.Decoder.Answer.RequestedChoices = requested;
        Verdict? verdict = null;
        while (verdict is null) verdict = await session.StepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(isComplete ? null : ChatStreamError.Truncated, verdict.Exception?.Error);
    }

    private static DialectStream Of(string dialect) => DialectStream.All.Single(stream => stream.Dialect.Name == dialect);

    private static Task<Outcome> AbortedAsync(string body, ChatDialect dialect) =>
        Outcome.ReadAsync(new ScriptedStream(Encoding.UTF8.GetBytes(body), failure: () => new IOException("reset")), dialect);

    private static string Describe(Outcome outcome) => $"{outcome.Ending} {outcome.Result.Text} {outcome.Result.FinishReason}";
}
