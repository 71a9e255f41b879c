using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Chat.Updates;
using LlmStream.Dialects;
using LlmStream.Json;
using LlmStream.Reading;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What Gemini says beside text, thoughts and calls, and in which order it is kept.</summary>
public class GeminiContentsTests
{
    [Theory]
    [InlineData("thoughts.sse", "thought:**Weighing**\n\nI weigh it.\nAnd again.|text:So: yes.|signature:c2lnbmVk")]
    [InlineData("thought-behind-text.sse", "text:First. |thought:Hm.|text:Then.|signature:YQ==|thought:Signed thought.|signature:Yg==|text: Signed text.")]
    [InlineData("tools-without-id.sse", "text:I look.|signature:c2ln|call:weather|call:weather|call:now")]
    [InlineData("code-execution.sse", "text:I compute.|part:executableCode|part:codeExecutionResult|text:It is 2.")]
    [InlineData("image.sse", "text:Here:|data:image/png 8|link:https://example.com/a.png|part:inlineData")]
    [InlineData("unknown-fields.sse", "text:a|part:hologram")]
    [InlineData("grounding.sse", "text:Spain won.|sources:one https://example.com/1 , two  A snippet.")]
    [InlineData("stop-and-then-recitation.sse", "text:Once upon|sources: https://example.com/tale ")]
    [InlineData("prompt-blocked.sse", "error:SAFETY The prompt was blocked.")]
    [InlineData("prompt-blocked-in-words.json", "error:4 Not this.")]
    public async Task Everything_is_kept_in_its_order(string name, string expected)
    {
        Transcript transcript = Transcript.Load("gemini/" + name);
        ChatStreamResult whole = await ChatStreamReader.ReadAsync(new MemoryStream(transcript.Bytes), ChatDialect.Gemini).CollectAsync();
        Assert.Equal(expected, Describe(whole.ToChatMessage().Contents));

        ChatResponse response = await ChatResponseUpdates.FromDeltas(ChatStreamReader.ReadAsync(new MemoryStream(transcript.Bytes), ChatDialect.Gemini)).ToChatResponseAsync();
        Assert.Equal(expected, Describe(response.Messages.SelectMany(message => message.Contents)));
    }

    [Fact]
    public async Task The_message_of_a_failure_is_kept_in_the_partial_answer()
    {
        Outcome outcome = await Outcome.ReadAsync(Transcript.Load("gemini/finish-message.sse").Bytes, ChatDialect.Gemini);
        Assert.Equal("error:MALFORMED_FUNCTION_CALL Malformed function call: print(f(x=1))", Describe(outcome.Result.ToChatMessage().Contents));
    }

    [Fact]
    public async Task Citations_keep_the_metadata_that_they_come_from()
    {
        ChatStreamResult whole = await ReadAsync("grounding.sse");
        AIContent sources = Assert.Single(whole.ToChatMessage().Contents, content => content.Annotations is not null);
        Assert.True(JsonNodes.TryConvert(sources.AdditionalProperties!["groundingMetadata"], out JsonNode? metadata));
        Assert.Equal("who won", (string?)metadata!["webSearchQueries"]![0]);
    }

    [Fact]
    public async Task Counts_that_have_no_property_are_kept()
    {
        Assert.Equal(30, (await ReadAsync("code-execution.sse")).Usage!.AdditionalCounts!["tool_use_prompt_tokens"]);
        Assert.Equal(4, (await ReadAsync("image.sse")).Usage!.AdditionalCounts!["output_audio_tokens"]);
    }

    [Fact]
    public async Task A_call_is_passed_on_when_it_is_whole()
    {
        Transcript transcript = Transcript.Load("gemini/tools-in-pieces.sse");
        List<ToolCallDelta> fragments = await ChatStreamReader.ReadAsync(new MemoryStream(transcript.Bytes), ChatDialect.Gemini)
            .SelectMany(delta => delta.ToolCalls.ToAsyncEnumerable()).ToListAsync();
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1, 1, 2], fragments.Select(fragment => fragment.Index));
        Assert.Equal([6, 8, 9], Enumerable.Range(0, fragments.Count).Where(i => fragments[i].IsComplete));
        Assert.Equal("{\"guest\":{\"name\":\"Zo", fragments[1].Arguments);
    }

    [Theory]
    [InlineData("""[{"jsonPath":"$","stringValue":"x"}]""", "{}")]
    [InlineData("""[{"jsonPath":"$[\"a.b\"]['c']","numberValue":1}]""", """{"a.b":{"c":1}}""")]
    [InlineData("""[{"jsonPath":"$.a"},{"stringValue":"y"},null,{"jsonPath":"$.b","boolValue":false}]""", """{"b":false}""")]
    [InlineData("""[{"json_path":"$.\u00e9","string_value":"\u003c"}]""", """{"é":"\u003c"}""")]
    [InlineData("""[{"jsonPath":"$.a","stringValue":"1"},{"jsonPath":"$.a","stringValue":"2"}]""", """{"a":"12"}""")]
    [InlineData("""[{"jsonPath":"$[0]","numberValue":1}]""", null)]
    [InlineData("""[{"jsonPath":"$.a[1]","numberValue":1}]""", null)]
    [InlineData("""[{"jsonPath":"$.a[x]","numberValue":1}]""", null)]
    [InlineData("""[{"jsonPath":"$.a[","numberValue":1}]""", null)]
    [InlineData("""[{"jsonPath":"$..a","numberValue":1}]""", null)]
    [InlineData("""[{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a","numberValue":2}]""", null)]
    public async Task Pieces_make_arguments_or_a_fault(string pieces, string? expected)
    {
        string chunk = "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"partialArgs\":" + pieces + "}}]},\"finishReason\":\"STOP\"}]}";
        Outcome outcome = await Outcome.ReadAsync(Encoding.UTF8.GetBytes($"data: {chunk}\n\n"), ChatDialect.Gemini);
        Assert.Equal(expected is null ? "MalformedEvent" : "Complete", outcome.Ending);
        Assert.Equal(expected is null ? [] : [expected], outcome.Result.ToolCalls.Select(call => call.Arguments));
    }

    [Theory]
    [InlineData("""{ "a" : [ 1 , -2.50e3 , true , null , { } , [ ] ] , "b" : "x \" \\ \n \u003c \ud83d\ude00 é" }""", "{\"a\":[1,-2.50e3,true,null,{},[]],\"b\":\"x \\\" \\\\ \\n < \U0001F600 é\"}")]
    [InlineData("""{"\u0061":"\u0001\ud83d"}""", "{\"a\":\"\\u0001\uFFFD\"}")]
    [InlineData("""  "{\"as\":\"text\"}" """, """{"as":"text"}""")]
    [InlineData("null", "{}")]
    public async Task Arguments_are_compact(string sent, string expected)
    {
        string chunk = "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":" + sent + "}}]},\"finishReason\":\"STOP\"}]}";
        Outcome outcome = await Outcome.ReadAsync(Encoding.UTF8.GetBytes($"[{chunk}]"), ChatDialect.Gemini);
        Assert.Equal(expected, Assert.Single(outcome.Result.ToolCalls).Arguments);
    }

    [Theory]
    [InlineData("""{"name":"f","args":{"a":1},"willContinue":true}|{}""", """f {"a":1}""")]
    [InlineData("""{"name":"f","willContinue":true}|{"name":"f","partialArgs":[{"jsonPath":"$.a","numberValue":1}],"willContinue":true}|{}""", """f {"a":1}""")]
    [InlineData("""{"name":"f","id":"1","willContinue":true}|{"id":"1","partialArgs":[{"jsonPath":"$.a","numberValue":1}]}|{"name":"g"}""", """f {"a":1}|g {}""")]
    [InlineData("""{"name":"f"}|{"name":"f"}|{}|{"name":""}""", "f {}|f {}")]
    [InlineData("""{"name":"f","willContinue":true}|{"name":"f","willContinue":true}|{}""", "f |f {}")]
    public async Task Calls_are_told_apart(string calls, string expected)
    {
        string parts = string.Join(',', calls.Split('|').Select(call => "{\"functionCall\":" + call + "}"));
        Outcome outcome = await Outcome.ReadAsync(Encoding.UTF8.GetBytes("{\"candidates\":[{\"content\":{\"parts\":[" + parts + "]},\"finishReason\":\"STOP\"}]}"), ChatDialect.Gemini);
        Assert.Equal(expected, string.Join('|', outcome.Result.ToolCalls.Select(call => $"{call.Name} {call.Arguments}")));
        Assert.Equal(ChatFinishReason.ToolCalls, outcome.Result.FinishReason);
    }

    [Fact]
    public async Task What_is_not_known_is_counted()
    {
        byte[] bytes = Transcript.Load("gemini/unknown-fields.sse").Bytes;
        var statistics = new LlmStream.Inspection.DecodingStatistics();
        var session = new LlmStream.Reading.ReadSession(new MemoryStream(bytes), ChatDialect.Gemini, new ChatReadOptions(), decoding: statistics);
        await using (session)
        {
            while (await session.StepAsync(CancellationToken.None) is null)
            {
                // Reads on.
            }

            Assert.Equal(["candidates[].content.parts[].hologram", "candidates[].content.parts[].mood", "weather"], statistics.UnknownFields.Keys.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{"error":{"code":404,"message":"No.","status":"NOT_FOUND"}}""", "gemini")]
    [InlineData("""[{"error":{"details":[{"code":1}],"status":"UNAVAILABLE","code":503}}]""", "gemini")]
    [InlineData("""{"error":{"code":"404","message":"No.","status":"NOT_FOUND"}}""", "openai")]
    [InlineData("""{"error":{"code":404,"message":"No.","status":"not found"}}""", "openai")]
    [InlineData("""data: {"response":{"candidates":[]}}""", "gemini")]
    [InlineData("""data: {"usage_metadata":{}}""", "gemini")]
    [InlineData("""data: {"event_type":"step.delta","delta":{}}""", "interactions")]
    public void It_is_recognised(string head, string dialect) => Assert.Equal(dialect, ChatDialect.Recognize(Encoding.UTF8.GetBytes(head))?.Name);

    private static async Task<ChatStreamResult> ReadAsync(string name) =>
        await ChatStreamReader.ReadAsync(new MemoryStream(Transcript.Load("gemini/" + name).Bytes), ChatDialect.Gemini).CollectAsync();

    private static string Describe(IEnumerable<AIContent> contents) => string.Join('|', contents.Where(content => content is not UsageContent).SelectMany(Describe));

    // Microsoft.Extensions.AI joins a thought and the signature behind it into one content.
    private static IEnumerable<string> Describe(AIContent content) => content switch
    {
        TextReasoningContent { ProtectedData: { } signature } signed => signed.Text.Length > 0 ? [$"thought:{signed.Text}", $"signature:{signature}"] : [$"signature:{signature}"],
        TextReasoningContent thought => [$"thought:{thought.Text}"],
        { Annotations: { } sources } => ["sources:" + string.Join(", ", sources.Cast<CitationAnnotation>().Select(source => $"{source.Title} {source.Url} {source.Snippet}"))],
        TextContent text => [$"text:{text.Text}"],
        FunctionCallContent call => [$"call:{call.Name}"],
        DataContent data => [$"data:{data.MediaType} {data.Data.Length}"],
        UriContent link => [$"link:{link.Uri}"],
        ErrorContent error => [$"error:{error.ErrorCode} {error.Message}"],
        _ => [$"part:{ProviderContent.Read("gemini", content)!.First().Key}"],
    };
}
