using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Dialects;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What single words and figures of the providers mean.</summary>
public class WordTests
{
    [Theory]
    [InlineData("stop", "stop", false)]
    [InlineData("length", "length", false)]
    [InlineData("model_length", "length", false)]
    [InlineData("tool_calls", "tool_calls", false)]
    [InlineData("function_call", "tool_calls", false)]
    [InlineData("content_filter", "content_filter", false)]
    [InlineData("sensitive", "content_filter", false)]
    [InlineData("eos_token", "eos_token", false)]
    [InlineData("error", "error", true)]
    [InlineData("network_error", "network_error", true)]
    [InlineData("insufficient_system_resource", "insufficient_system_resource", true)]
    public void A_finish_reason_is_understood_or_passed_on(string value, string reason, bool isFailure)
    {
        Assert.Equal(new ChatFinishReason(reason), FinishReasons.Understand(value));
        Assert.Equal(isFailure, FinishReasons.IsFailure(value));
    }

    [Theory]
    [InlineData("data: {\"id\":\"x\",\"choices\":[]}\n\n", "openai")]
    [InlineData("{\"choices\":[]}", "openai")]
    [InlineData("data: {\"error\":{\"message\":\"m\"}}\n\n", "openai")]
    [InlineData("data: {\"output\":{\"choices\":[]}}\n\n", "dashscope")] // a name further in does not count
    [InlineData("id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"c\",\"message\":\"m\",\"request_id\":\"r\"}\n\n", "dashscope")]
    [InlineData("data: {\"Note\":\"\",\"Choices\":[]}\n\n", "hunyuan")]
    [InlineData("{\"Response\":{\"Error\":{}}}", "hunyuan")]
    [InlineData("data: {\"error\":{}}\n\ndata: {\"Choices\":[]}\n\n", "hunyuan")]
    [InlineData("data: {broken\n\ndata: {\"Choices\":[]}\n\n", "hunyuan")]
    [InlineData("data: {\"content\":\"\\\"choices\\\": {\",\"Choices\":[", "hunyuan")] // nor does one in a text
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"cut o", "openai")]
    [InlineData("data: [DONE]\n\n", "openai")]
    [InlineData("{\"model\":\"m\",\"created_at\":\"2026-09-10T06:26:01Z\",\"response\":\"a\",\"done\":false}\n", "ollama")]
    [InlineData("{\"error\":\"busy\"}\n{\"model\":\"m\",\"message\":{},\"done\":true}\n", "ollama")]
    [InlineData("{\"output\":[],\"id\":\"r\",\"object\":\"response\"}", "responses")] // whichever comes first
    [InlineData("", null)]
    [InlineData("<html>", null)]
    [InlineData("{\"a\":1}", null)]
    public void A_dialect_is_recognised_by_its_fields(string head, string? dialect) =>
        Assert.Equal(dialect, DialectRecognition.Recognise(Encoding.UTF8.GetBytes(head))?.Name);

    [Fact]
    public void Every_transcript_is_recognised() => Assert.All(
        Transcript.Names.Where(name => name is not ("openai/prose-event.sse" or "dashscope/error-body.json" or "dashscope/error-event-throttled.sse" or "ollama/error-body.json" or "cohere/error-body.json")),
        name => Assert.Equal(Transcript.Load(name).Dialect, DialectRecognition.Recognise(Transcript.Load(name).Bytes)));

    [Theory]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}""", "in=1 out=2 total=3 cached= reasoning=")]
    [InlineData("""{"input_tokens":1,"output_tokens":2,"input_tokens_details":{"cached_tokens":4},"output_tokens_details":{"reasoning_tokens":5}}""", "in=1 out=2 total= cached=4 reasoning=5")]
    [InlineData("""{"PromptTokens":1,"CompletionTokens":2,"TotalTokens":3}""", "in=1 out=2 total=3 cached= reasoning=")]
    [InlineData("""{"prompt_tokens":7.0,"prompt_cache_hit_tokens":6}""", "in=7 out= total= cached=6 reasoning=")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":"2","total_tokens":-3}""", null)]
    [InlineData("""{"prompt_tokens":1e99,"completion_tokens":[1],"total_tokens":{"prompt_tokens":1}}""", null)]
    [InlineData("""{"prompt_tokens_details":null,"completion_tokens_details":[]}""", null)]
    [InlineData("{}", null)]
    [InlineData("null", null)]
    [InlineData("[1]", null)]
    public void Token_counts_are_read_under_every_name(string json, string? expected)
    {
        var counts = new UsageCounts();
        Assert.Equal(expected is not null, Read(ref counts, json));
        Assert.Equal(expected is not null, counts.IsKnown);
        if (expected is not null) Assert.Equal(expected, Show.Usage(counts.ToDetails()));
    }

    [Fact]
    public void Later_counts_replace_earlier_ones_one_by_one()
    {
        var counts = new UsageCounts();
        Read(ref counts, """{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":3}}""");
        Assert.Equal("in=10 out=1 total= cached=8 reasoning=", Show.Usage(counts.Report()));
        Assert.False(counts.IsNew);
        Read(ref counts, """{"prompt_tokens":null,"completion_tokens":5,"total_tokens":15}""");
        Assert.True(counts.IsNew);
        UsageDetails details = counts.Report();
        Assert.Equal("in=10 out=5 total=15 cached=8 reasoning=", Show.Usage(details));
        Assert.Equal(3, details.AdditionalCounts!["input_audio_tokens"]);
    }

    [Fact]
    public void Of_a_broken_object_no_count_is_kept()
    {
        var counts = new UsageCounts();
        Assert.ThrowsAny<JsonException>(() => Read(ref counts, """{"prompt_tokens":1,"completion_tokens":}"""));
        Assert.False(counts.IsKnown);
        Assert.Equal("in= out= total= cached= reasoning=", Show.Usage(counts.ToDetails()));
    }

    [Fact]
    public void A_dialect_goes_by_its_name() => Assert.Equal("openai", ChatDialect.OpenAI.ToString());

    private static bool Read(ref UsageCounts counts, string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        bool any = counts.Read(ref reader, new TemplateRecorder());
        Assert.Equal(0, reader.CurrentDepth);
        return any;
    }
}
