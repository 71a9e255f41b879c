using System.Globalization;
using System.Text;

namespace LlmStream.Tests.Dialects;

/// <summary>What is kept of Anthropic's blocks is bounded, whatever comes.</summary>
public class AnthropicLimitTests
{
    private static readonly ChatReadOptions Options = new() { MaxAnswerCharacters = 10_000, MaxEventBytes = 10_000, MaxToolArgumentCharacters = 5_000 };

    public static TheoryData<string, string> Endless => new()
    {
        { """{"type":"server_tool_use","id":"s","name":"search","input":{}}""", """{"type":"input_json_delta","partial_json":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""" },
        { """{"type":"tool_use","id":"t","name":"f","input":{}}""", """{"type":"input_json_delta","partial_json":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""" },
        { """{"type":"compaction","content":null}""", """{"type":"compaction_delta","content":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""" },
        { """{"type":"new"}""", """{"type":"new_delta","value":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}""" },
        { """{"type":"thinking","thinking":""}""", """{"type":"signature_delta","signature":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""" },
        { """{"type":"thinking","thinking":""}""", """{"type":"thinking_delta","thinking":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""" },
        { """{"type":"text","text":""}""", """{"type":"citations_delta","citation":{"type":"char_location","cited_text":"xxxxxxxxxxxxxxxxxxxxx"}}""" },
    };

    [Theory, MemberData(nameof(Endless))]
    public async Task A_block_without_end_is_too_large(string block, string delta)
    {
        var stream = new StringBuilder(Event($$"""{"type":"content_block_start","index":0,"content_block":{{block}} }"""));
        for (int i = 0; i < 1_000; i++) stream.Append(Event($$"""{"type":"content_block_delta","index":0,"delta":{{delta}} }"""));
        Outcome outcome = await Outcome.ReadAsync(stream.ToString(), ChatDialect.Anthropic, Options);
        Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
    }

    [Theory]
    [InlineData("""{"type":"web_search_tool_result","content":[]}""")]
    [InlineData("""{"type":"tool_use","id":"t","name":"f","input":{},"caller":{"type":"code_execution_20250825","tool_id":"s"}}""")]
    public async Task Blocks_without_end_are_too_large(string block)
    {
        var stream = new StringBuilder();
        for (int i = 0; i < 5_000; i++)
            stream.Append(Event($$"""{"type":"content_block_start","content_block":{{block}},"index":{{i}} }""")).Append(Event($$"""{"type":"content_block_stop","index":{{i}} }"""));
        Outcome outcome = await Outcome.ReadAsync(stream.ToString(), ChatDialect.Anthropic, Options);
        Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
    }

    [Fact]
    public async Task Calls_that_never_end_are_too_many()
    {
        var stream = new StringBuilder();
        const string Start = """{"type":"content_block_start","index":#,"content_block":{"type":"tool_use","id":"t#","name":"f","input":{}}}""";
        for (int i = 0; i < 300; i++) stream.Append(Event(Start.Replace("#", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)));
        Outcome outcome = await Outcome.ReadAsync(stream.ToString(), ChatDialect.Anthropic, Options);
        Assert.Equal(nameof(ChatStreamError.TooLarge), outcome.Ending);
    }

    private static string Event(string json) => $"data: {json}\n\n";
}
