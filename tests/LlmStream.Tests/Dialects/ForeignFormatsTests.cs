using LlmStream.Tests.Dialects.Streams;

namespace LlmStream.Tests.Dialects;

public class ForeignFormatsTests
{
    // Each with the events that a client could take for the end of an answer.
    public static TheoryData<string, string[]> Streams => new()
    {
        {
            "OpenAI's Assistants",
            [
                """{"id":"run_1","object":"thread.run","status":"queued"}""",
                """{"id":"msg_1","object":"thread.message.delta","delta":{"content":[{"index":0,"type":"text","text":{"value":"Hi"}}]}}""",
                """{"id":"run_1","object":"thread.run","status":"completed","usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""",
            ]
        },
        { "Anthropic's legacy Text Completions", ["""{"type":"completion","completion":" Hi","stop_reason":"stop_sequence","model":"claude-2.1"}"""] },
        { "Anthropic's legacy Text Completions", ["""{"completion":" Hi","stop_reason":"stop_sequence","truncated":false,"exception":null}"""] },
        {
            "Text Generation Inference (native)",
            ["""{"index":1,"token":{"id":5,"text":"Hi","logprob":-0.1,"special":false},"generated_text":"Hi","details":{"finish_reason":"eos_token"}}"""]
        },
        {
            "Baidu's ERNIE (native)",
            ["""{"id":"as-1","object":"chat.completion","sentence_id":0,"is_end":true,"is_truncated":false,"result":"Hi","usage":{"prompt_tokens":1}}"""]
        },
        { "YandexGPT", ["""{"result":{"alternatives":[{"message":{"role":"assistant","text":"Hi"},"status":"ALTERNATIVE_STATUS_FINAL"}],"usage":{"inputTextTokens":"1"}}}"""] },
        { "watsonx.ai's text generation", ["""{"model_id":"m","created_at":"2026-01-01","results":[{"generated_text":"Hi","stop_reason":"max_tokens"}]}"""] },
        { "GigaChat (version 2)", ["""{"id":"x","model":"m","messages":[{"role":"assistant","content":[{"text":"Hi"}]}]}""", """{"id":"x","usage":{"input_tokens":3}}"""] },
        { "Amazon Titan (InvokeModel)", ["""{"outputText":"Hi","index":0,"totalOutputTextTokenCount":2,"completionReason":"FINISH"}"""] },
        { "Meta Llama (InvokeModel)", ["""{"generation":"Hi","prompt_token_count":3,"generation_token_count":1,"stop_reason":"stop"}"""] },
        { "llama.cpp's completion", ["""{"index":0,"content":"Hi","tokens":[1],"stop":true,"id_slot":0}"""] },
        { "Dify", ["""{"event":"message","task_id":"t","answer":"Hi"}""", """{"event":"message_end","task_id":"t","metadata":{"usage":{}}}"""] },
    };

    [Theory, MemberData(nameof(Streams))]
    public async Task Another_format_is_named_and_never_taken_for_an_answer(string name, string[] events)
    {
        foreach (string end in (string[])["", "data: [DONE]\n\n"])
        {
            string body = string.Concat(events.Select(data => $"data: {data}\n\n")) + end;
            foreach (ChatDialect dialect in (ChatDialect[])[ChatDialect.OpenAI, ChatDialect.Anthropic, ChatDialect.Gemini, ChatDialect.Responses])
            {
                if (dialect != ChatDialect.OpenAI && events[0].Contains("\"result\"", StringComparison.Ordinal)) continue;
                Outcome outcome = await Outcome.ReadAsync(body, dialect);
                Assert.Equal(("NotAStream", false), (outcome.Ending, outcome.Exception!.IsTransient));
                Assert.Contains($"It looks like {name}, which is not supported.", outcome.Exception.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("middle of the answer", outcome.Exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Another_dialect_is_named()
    {
        DialectStream anthropic = DialectStream.All.Single(stream => stream.Dialect == ChatDialect.Anthropic);
        Outcome outcome = await Outcome.ReadAsync(anthropic.Body() + "data: [DONE]\n\n", ChatDialect.OpenAI);
        Assert.Equal("NotAStream", outcome.Ending);
        Assert.Contains("It looks like the dialect anthropic.", outcome.Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_and_the_end_marker_are_no_answer()
    {
        Outcome outcome = await Outcome.ReadAsync("""data: {"x":"Hi"}|data: {"usage":{"prompt_tokens":3}}|data: [DONE]|""".Replace("|", "\n\n", StringComparison.Ordinal), ChatDialect.OpenAI);
        Assert.Equal("NotAStream", outcome.Ending);
        Assert.Contains("Its format is unknown. It begins: {\"x\":\"Hi\"}.", outcome.Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_end_marker_an_unknown_event_may_be_the_start_of_an_answer() =>
        Assert.Equal("Truncated", (await Outcome.ReadAsync("data: {\"x\":\"Hi\"}\n\n", ChatDialect.OpenAI)).Ending);

    [Theory]
    [InlineData("")]
    [InlineData("data: {\"choices\":[]}|")]
    [InlineData("data: {\"choices\":[],\"prompt_filter_results\":[]}|data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}|")]
    public async Task An_answer_that_has_not_begun_is_not_complete(string events)
    {
        Outcome outcome = await Outcome.ReadAsync((events + "data: [DONE]|").Replace("|", "\n\n", StringComparison.Ordinal), ChatDialect.OpenAI);
        Assert.Equal("Truncated", outcome.Ending);
    }
}
