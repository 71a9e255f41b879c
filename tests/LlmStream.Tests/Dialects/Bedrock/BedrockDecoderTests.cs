using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects.Bedrock;

public class BedrockDecoderTests
{
    private const string Start = """messageStart {"role":"assistant"}""";
    private const string Text = """contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"Blue."},"p":"abc"}""";
    private const string BlockStop = """contentBlockStop {"contentBlockIndex":0}""";
    private const string Stop = """messageStop {"stopReason":"end_turn"}""";
    private const string Metadata = """metadata {"usage":{"inputTokens":3,"outputTokens":5,"totalTokens":1956,"cacheReadInputTokens":1712,"cacheWriteInputTokens":236}}""";

    [Fact]
    public async Task An_answer_is_complete_after_the_stop_reason_and_nothing_is_read_after_the_metadata()
    {
        Assert.Equal("Truncated", (await ReadAsync(Start, Text, BlockStop)).Ending);
        Assert.Equal("Complete", (await ReadAsync(Start, Text, BlockStop, Stop)).Ending);
        var stream = new ScriptedStream(EventStream.Events(Start, Text, BlockStop, Stop, Metadata), failure: () => new InvalidOperationException("It read past the metadata."));
        Outcome outcome = await Outcome.ReadAsync(stream, ChatDialect.Bedrock);
        Assert.Equal(("Complete", "Blue."), (outcome.Ending, outcome.Result.Text));
    }

    [Fact]
    public async Task Cached_tokens_are_part_of_the_input()
    {
        UsageDetails usage = (await ReadAsync(Start, Text, Stop, Metadata)).Result.Usage!;
        Assert.Equal((3L + 1712 + 236, 5L, 1956L, 1712L), (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount, usage.CachedInputTokenCount));
        Assert.Equal(236, usage.AdditionalCounts!["cache_creation_input_tokens"]);
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("guardrail_intervened", "content_filter")]
    [InlineData("content_filtered", "content_filter")]
    [InlineData("new_reason", "new_reason")]
    public async Task A_stop_reason_is_mapped(string reason, string expected)
    {
        Outcome outcome = await ReadAsync(Start, Text, $$"""messageStop {"stopReason":"{{reason}}"}""");
        Assert.Equal(("Complete", expected), (outcome.Ending, outcome.Result.FinishReason?.Value));
    }

    [Theory]
    [InlineData("malformed_model_output")]
    [InlineData("malformed_tool_use")]
    public async Task A_stop_reason_may_mean_failure(string reason)
    {
        Outcome outcome = await ReadAsync(Start, Text, $$"""messageStop {"stopReason":"{{reason}}"}""", Metadata);
        Assert.Equal(("ProviderError", reason, "Blue."), (outcome.Ending, outcome.Exception!.ProviderCode, outcome.Result.Text));
        Assert.NotNull(outcome.Result.Usage);
    }

    [Theory]
    [InlineData("throttlingException", 429, true)]
    [InlineData("validationException", 400, false)]
    [InlineData("internalServerException", 500, true)]
    [InlineData("serviceUnavailableException", 503, true)]
    [InlineData("modelStreamErrorException", 424, true)]
    [InlineData("modelTimeoutException", 408, true)]
    [InlineData("futureException", null, false)]
    public async Task An_exception_is_an_error_with_its_type(string type, int? status, bool isTransient)
    {
        byte[] headers = [.. EventStream.Header(":exception-type", type), .. EventStream.Header(":message-type", "exception")];
        byte[] exception = EventStream.Message(headers, """{"message":"No.","originalMessage":"Why."}"""u8.ToArray());
        Outcome outcome = await Outcome.ReadAsync([.. EventStream.Events(Start, Text), .. exception], ChatDialect.Bedrock);

        Assert.Equal(("ProviderError", "Blue."), (outcome.Ending, outcome.Result.Text));
        Assert.Equal((type, "No. (Why.)", (HttpStatusCode?)status, isTransient),
            (outcome.Exception!.ProviderCode, outcome.Exception.ProviderMessage, outcome.Exception.StatusCode, outcome.Exception.IsTransient));
    }

    [Fact]
    public async Task A_stream_whose_first_bytes_are_all_that_came_is_truncated()
    {
        byte[] bytes = EventStream.Events(Start);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Outcome outcome = await Outcome.ReadAsync(bytes[..cut], ChatDialect.Bedrock);
            Assert.Equal(("Truncated", true), (outcome.Ending, outcome.Exception!.IsTransient));
        }
    }

    /// <summary>Each byte of an answer, cut and damaged: it is never read as complete, nor as another text.</summary>
    [Fact]
    public async Task An_answer_that_is_cut_or_damaged_anywhere_is_not_read_as_another()
    {
        byte[] bytes = EventStream.Events(Start, Text, """contentBlockDelta {"contentBlockIndex":0,"delta":{"text":" Always."}}""", BlockStop, Stop);
        for (int i = 0; i < bytes.Length; i++)
        {
            Outcome cut = await Outcome.ReadAsync(bytes[..i], ChatDialect.Bedrock);
            Assert.Equal("Truncated", cut.Ending);
            Assert.StartsWith(cut.Result.Text, "Blue. Always.", StringComparison.Ordinal);

            foreach (int mask in new[] { 0x01, 0x20, 0x80, 0xFF })
            {
                byte[] damaged = [.. bytes];
                damaged[i] ^= (byte)mask;
                Outcome outcome = await Outcome.ReadAsync(damaged, ChatDialect.Bedrock);
                Assert.Equal("MalformedEvent", outcome.Ending);
                Assert.False(outcome.Exception!.IsTransient);
                Assert.StartsWith(outcome.Result.Text, "Blue. Always.", StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("""contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"x" }""")]
    [InlineData("contentBlockDelta [1]")]
    [InlineData("""contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"%"}}}""")]
    [InlineData("""chunk {"bytes":"%"}""")]
    public async Task A_payload_that_cannot_be_understood_is_malformed(string message) =>
        Assert.Equal("MalformedEvent", (await ReadAsync(Start, message, Stop)).Ending);

    [Theory]
    [InlineData("""contentBlockDelta {"contentBlockIndex":"0","delta":null}""")]
    [InlineData("""contentBlockDelta {"delta":{"text":null,"toolUse":1,"reasoningContent":[],"citation":"","toolResult":{},"image":0}}""")]
    [InlineData("""contentBlockStart {"contentBlockIndex":4,"start":{"toolUse":null,"toolResult":"","image":[]}}""")]
    [InlineData("""contentBlockStop {"contentBlockIndex":7}""")]
    [InlineData("""messageStart {"role":null}""")]
    [InlineData("""messageStop {"stopReason":null}""")]
    [InlineData("""metadata {"usage":null,"trace":null}""")]
    [InlineData("""somethingNew {"a":1}""")]
    public async Task Placeholders_and_unknown_events_are_read_past(string message)
    {
        Outcome outcome = await ReadAsync(Start, message, Text, BlockStop, Stop, Metadata);
        Assert.Equal(("Complete", "Blue.", 0), (outcome.Ending, outcome.Result.Text, outcome.Result.ToolCalls.Count));
    }

    [Fact]
    public async Task A_payload_that_begins_like_the_ones_before_is_read_to_its_end()
    {
        // The first ones make a template, which an event matches only as a whole.
        string[] alike = [Start, Text, Text, Text];
        Assert.Equal("MalformedEvent", (await ReadAsync([.. alike, Text + "}", Stop])).Ending);
        Outcome outcome = await ReadAsync([.. alike, Text + " ", Stop]);
        Assert.Equal(("Complete", "Blue.Blue.Blue.Blue."), (outcome.Ending, outcome.Result.Text));
    }

    [Fact]
    public async Task A_call_without_arguments_has_none_unless_the_answer_was_cut_off()
    {
        const string Call = """contentBlockStart {"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":"now"}}}""";
        ToolCall complete = Assert.Single((await ReadAsync(Start, Call, BlockStop, """messageStop {"stopReason":"tool_use"}""")).Result.ToolCalls);
        Assert.Equal(("t1", "now", "{}"), (complete.Id, complete.Name, complete.Arguments));
        Assert.Equal("", Assert.Single((await ReadAsync(Start, Call, BlockStop, """messageStop {"stopReason":"max_tokens"}""")).Result.ToolCalls).Arguments);
        Assert.Equal("", Assert.Single((await ReadAsync(Start, Call, BlockStop)).Result.ToolCalls).Arguments);
    }

    [Fact]
    public async Task An_image_is_data()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("bedrock/image.bin").Bytes, ChatDialect.Bedrock);
        var image = Assert.IsType<DataContent>(outcome.Result.Choices[0].OtherContents[0]);
        Assert.Equal(("image/png", "PNGrest"), (image.MediaType, Encoding.Latin1.GetString(image.Data.Span)[1..]));
    }

    [Fact]
    public async Task Too_many_open_blocks_are_refused()
    {
        string[] events = [Start, .. Enumerable.Range(0, 300).Select(i => $$$"""contentBlockDelta {"contentBlockIndex":{{{i}}},"delta":{"text":"x"}}""")];
        Assert.Equal("TooLarge", (await ReadAsync(events)).Ending);
    }

    [Fact]
    public async Task A_format_of_another_model_is_an_error_that_names_the_remedy() => Assert.Contains(
        "Use ConverseStream", (await Outcome.ReadAsync(Transcript.Load("bedrock/invoked-other-model.bin").Bytes, ChatDialect.Bedrock)).Exception!.Message, StringComparison.Ordinal);

    [Fact]
    public async Task Json_with_an_error_is_read()
    {
        Outcome outcome = await Outcome.ReadAsync("""{"error":{"message":"No gateway","code":502}}""", ChatDialect.Bedrock);
        Assert.Equal(("ProviderError", "No gateway"), (outcome.Ending, outcome.Exception!.ProviderMessage));
        Assert.Equal("NotAStream", (await Outcome.ReadAsync("""{"Output":{"__type":"UnknownOperationException"}}""", ChatDialect.Bedrock)).Ending);
    }

    [Fact]
    public async Task Raw_events_are_the_payloads()
    {
        Outcome outcome = await Outcome.ReadAsync(EventStream.Events(Start, Text, Stop), ChatDialect.Bedrock, new ChatReadOptions { KeepRaw = true });
        ChatRawEvent raw = outcome.Deltas.Single(delta => delta.Text.Length > 0).Raw!;
        Assert.Equal("contentBlockDelta", raw.EventType);
        Assert.Equal(0, JsonDocument.Parse(raw.Data).RootElement.GetProperty("contentBlockIndex").GetInt32());
    }

    private static Task<Outcome> ReadAsync(params string[] events) => Outcome.ReadAsync(EventStream.Events(events), ChatDialect.Bedrock);
}
