using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>
/// Anthropic's answers are sent back as the blocks that they came in: signed reasoning, calls, citations, and content that only the
/// provider understands. The transcripts state them (<c>content</c>).
/// </summary>
public class AnthropicRoundTripTests
{
    private static readonly ChatMessage Question = new(ChatRole.User, "Why?");

    public static TheoryData<string> Answers =>
    [
        .. Transcript.Names.Where(name => name.StartsWith("anthropic/", StringComparison.Ordinal)
            && Transcript.Load(name).Expected.TryGetProperty("content", out _)),
    ];

    [Theory, MemberData(nameof(Answers))]
    public async Task A_collected_answer_is_sent_back_as_it_came(string name)
    {
        Transcript transcript = Transcript.Load(name);
        ChatStreamResult answer = await ReadAsync(transcript).CollectAsync();
        CheckContent(transcript, answer.ToChatMessage());
    }

    [Theory, MemberData(nameof(Answers))]
    public async Task A_response_of_updates_is_sent_back_as_it_came_also_after_serialization(string name)
    {
        Transcript transcript = Transcript.Load(name);
        ChatResponse response = await ChatResponseUpdates.FromDeltas(ReadAsync(transcript)).ToChatResponseAsync();
        ChatMessage message = Assert.Single(response.Messages);
        CheckContent(transcript, message);

        string saved = JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);
        CheckContent(transcript, JsonSerializer.Deserialize<ChatMessage>(saved, AIJsonUtilities.DefaultOptions)!);
    }

    [Fact]
    public async Task A_paused_answer_is_sent_back_unchanged()
    {
        Transcript transcript = Transcript.Load("anthropic/server-tools-and-a-pause.sse");
        ChatStreamResult answer = await ReadAsync(transcript).CollectAsync();
        Assert.Equal("pause_turn", answer.FinishReason?.Value);

        JsonArray messages = ChatDialect.Anthropic.BuildRequest([Question, answer.ToChatMessage()])["messages"]!.AsArray();
        Assert.Equal(["user", "assistant"], messages.Select(message => (string?)message!["role"]));
        Assert.Equal(
            ["text", "server_tool_use", "web_search_tool_result", "text", "mcp_tool_use", "mcp_tool_result"],
            messages[1]!["content"]!.AsArray().Select(block => (string?)block!["type"]));
    }

    [Fact]
    public async Task Citations_are_annotations_of_the_cited_text()
    {
        ChatStreamResult answer = await ReadAsync(Transcript.Load("anthropic/citations.sse")).CollectAsync();
        IEnumerable<TextContent> texts = answer.ToChatMessage().Contents.OfType<TextContent>();
        CitationAnnotation[] citations = [.. texts.SelectMany(text => text.Annotations ?? []).Cast<CitationAnnotation>()];

        Assert.Equal(["On grass", "Why?", "On grass"], citations.Select(citation => citation.Title));
        Assert.Equal(["Grass is green.", "The sky is blue.", "Grass is green."], citations.Select(citation => citation.Snippet));
        Assert.Equal([null, new Uri("https://sky.example/why"), null], citations.Select(citation => citation.Url));
        Assert.Equal(["grass is green", "the sky is blue", "the sky is blue"], citations.Select(CitedText));

        string CitedText(CitationAnnotation citation)
        {
            var region = (TextSpanAnnotatedRegion)citation.AnnotatedRegions!.Single();
            return answer.Text[region.StartIndex!.Value..region.EndIndex!.Value];
        }
    }

    [Fact]
    public async Task Usage_includes_the_cache_and_no_computed_total()
    {
        UsageDetails usage = (await ReadAsync(Transcript.Load("anthropic/text.sse")).CollectAsync()).Usage!;
        Assert.Equal(
            (1052, 15, 1024, 1067), (usage.InputTokenCount, usage.OutputTokenCount, usage.CachedInputTokenCount, usage.TotalTokenCount));
        Assert.Equal(7, usage.AdditionalCounts!["cache_creation_input_tokens"]);
    }

    [Fact]
    public async Task Calls_are_sent_back_with_their_results()
    {
        Transcript transcript = Transcript.Load("anthropic/thinking-between-calls.sse");
        ChatResponse response = await ChatResponseUpdates.FromDeltas(ReadAsync(transcript)).ToChatResponseAsync();
        FunctionCallContent[] calls = [.. response.Messages.SelectMany(message => message.Contents.OfType<FunctionCallContent>())];
        Assert.Equal(["map", "clock"], calls.Select(call => call.Name));
        Assert.All(calls, call => Assert.Null(call.Exception));

        AIContent[] results = [.. calls.Select(call => new FunctionResultContent(call.CallId, call.Name + "!"))];
        JsonAssert.Equal(
            """
            [{"type":"tool_result","tool_use_id":"toolu_1","content":"map!"},
             {"type":"tool_result","tool_use_id":"toolu_2","content":"clock!"}]
            """,
            ChatDialect.Anthropic.BuildRequest([Question, .. response.Messages, new(ChatRole.Tool, results)])["messages"]![2]!["content"]);
    }

    private static void CheckContent(Transcript transcript, ChatMessage message)
    {
        JsonArray messages = ChatDialect.Anthropic.BuildRequest([Question, message, Question])["messages"]!.AsArray();
        JsonNode content = messages[1]!["content"]!;
        // A single text is sent without a list.
        JsonNode written = content is JsonArray
            ? content.DeepClone()
            : new JsonArray(new JsonObject { ["type"] = "text", ["text"] = content.DeepClone() });
        JsonAssert.Equal(transcript.Expected.GetProperty("content").GetRawText(), written);
    }

    private static async IAsyncEnumerable<ChatDelta> ReadAsync(Transcript transcript)
    {
        using var stream = new MemoryStream(transcript.Bytes);
        await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(stream, ChatDialect.Anthropic)) yield return delta;
    }
}
