using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects.Bedrock;

/// <summary>
/// Answers are sent back as the blocks that they came in: signed and redacted reasoning, calls, citations, and the provider's own tools.
/// </summary>
public class BedrockRoundTripTests
{
    private const string Cited1 = """{"location":{"documentPage":{"documentIndex":0,"start":1,"end":2}},"sourceContent":[{"text":"Light is scattered."}],"title":"Optics"}""";
    private const string Cited2 = """{"location":{"web":{"url":"https://example.com/blue","domain":"example.com"}},"title":"Blue"}""";
    private const string Cited3 = """{"location":{"documentPage":{"documentIndex":0,"start":4,"end":5}},"sourceContent":[{"text":"Blue is scattered most."}],"title":"Optics"}""";

    private static readonly ChatMessage Question = new(ChatRole.User, "Why?");

    public static TheoryData<string, string> Answers => new()
    {
        { "text", """[{"text":"The sky is blue — 蓝天 🌤️."}]""" },
        { "reasoning-and-text", """[{"reasoningContent":{"reasoningText":{"text":"They ask why.","signature":"U2lnbmVkIHR3aWNl"}}},{"text":"Rayleigh scattering."}]""" },
        { "reasoning-after-empty-text", """[{"text":"Hello, you."}]""" }, // without a signature it would be refused
        { "redacted-reasoning", """[{"reasoningContent":{"redactedContent":"Zmlyc3Qgc2VjcmV0"}},{"reasoningContent":{"redactedContent":"c2Vjb25kIHNlY3JldA=="}},{"text":"Done."}]""" },
        {
            "tools",
            """
            [{"text":"I look it up."},{"toolUse":{"toolUseId":"tooluse_a1","name":"weather","input":{"city":"Rome"}}},
             {"toolUse":{"toolUseId":"tooluse_b2","name":"now","input":{}}},{"toolUse":{"toolUseId":"tooluse_c3","name":"today","input":{}}}]
            """
        },
        {
            "server-tool",
            """
            [{"toolUse":{"name":"code_interpreter","toolUseId":"tooluse_s1","type":"server_tool_use","input":{"snippet":"6*7"}}},
             {"toolResult":{"status":"success","toolUseId":"tooluse_s1","type":"code_interpreter_result","content":[{"json":{"stdOut":"42","exitCode":0}},{"text":"done"}]}},
             {"text":"It is 42."}]
            """
        },
        {
            "citations",
            $$$"""
            [{"text":"In short: "},{"citationsContent":{"content":[{"text":"light is scattered"}],"citations":[{{{Cited1}}}]}},
             {"text":", and "},{"citationsContent":{"content":[{"text":"blue most"}],"citations":[{{{Cited2}}},{{{Cited3}}}]}},{"text":"."}]
            """
        },
        { "guardrail", """[{"text":"Sorry, the guardrail stopped this."}]""" }, // the trace describes the answer
        { "image", """[{"image":{"format":"png","source":{"bytes":"iVBOR3Jlc3Q="}}},{"image":{"source":{"s3Location":{"uri":"s3://bucket/a.png"}}}}]""" },
    };

    [Theory, MemberData(nameof(Answers))]
    public async Task A_collected_answer_is_sent_back_as_it_came(string name, string blocks)
    {
        ChatStreamResult answer = await ReadAsync(name).CollectAsync();
        Check(blocks, answer.ToChatMessage());
    }

    [Theory, MemberData(nameof(Answers))]
    public async Task A_response_of_updates_is_sent_back_as_it_came_also_after_serialization(string name, string blocks)
    {
        ChatResponse response = await ChatResponseUpdates.FromDeltas(ReadAsync(name)).ToChatResponseAsync();
        ChatMessage message = Assert.Single(response.Messages);
        Check(blocks, message);
        string saved = JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);
        Check(blocks, JsonSerializer.Deserialize<ChatMessage>(saved, AIJsonUtilities.DefaultOptions)!);
    }

    [Fact]
    public async Task Citations_are_annotations_of_the_cited_text()
    {
        ChatStreamResult answer = await ReadAsync("citations").CollectAsync();
        CitationAnnotation[] citations = [.. answer.Choices[0].OtherContents.SelectMany(content => content.Annotations ?? []).OfType<CitationAnnotation>()];
        Assert.Equal(["Optics", "Blue", "Optics"], citations.Select(citation => citation.Title));
        Assert.Equal("Light is scattered.", citations[0].Snippet);
        Assert.Equal(new Uri("https://example.com/blue"), citations[1].Url);
        var region = Assert.IsType<TextSpanAnnotatedRegion>(Assert.Single(citations[0].AnnotatedRegions!));
        Assert.Equal("light is scattered", answer.Text[region.StartIndex!.Value..region.EndIndex!.Value]);
    }

    [Fact]
    public async Task Another_provider_is_not_sent_what_only_this_one_understands()
    {
        ChatStreamResult answer = await ReadAsync("server-tool").CollectAsync();
        JsonArray messages = ChatDialect.Anthropic.BuildRequest([Question, answer.ToChatMessage()])["messages"]!.AsArray();
        Assert.Equal("It is 42.", (string?)messages[1]!["content"]);
    }

    private static IAsyncEnumerable<ChatDelta> ReadAsync(string name) =>
        ChatStreamReader.ReadAsync(new ScriptedStream(Transcript.Load($"bedrock/{name}.bin").Bytes), ChatDialect.Bedrock);

    private static void Check(string blocks, ChatMessage message) =>
        JsonAssert.Equal(blocks, ChatDialect.Bedrock.BuildRequest([Question, message, Question])["messages"]![1]!["content"]);
}
