using System.Text;
using CsCheck;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.OpenAI;

/// <summary>What the library's own reader and inspector make of the chunks.</summary>
public class OpenAIRoundTripTests
{
    private static readonly Gen<string> Piece =
        Gen.OneOfConst("a", "你好", " ", "\n\n", "\ud83d\ude00", "\"}", "data: ", "[DONE]", "\u2028", "{\"x\":");

    // 0: text, 1: reasoning, 2: refusal, 3 to 5: a call. Fragments of calls are all different: the reader ignores repeated arguments.
    private static readonly Gen<(int Kind, string Piece)[]> Answers = Gen.Select(Gen.Int[0, 5], Piece).Array[0, 30]
        .Select(pieces => pieces.Select((p, i) => p.Item1 < 3 ? p : (p.Item1, $"{i}:{p.Item2}")).ToArray());

    [Fact]
    public async Task An_answer_is_read_as_it_was()
    {
        await Answers.SampleAsync(async pieces =>
        {
            ChatDelta[] deltas = [.. ToDeltas(pieces)];
            ChatStreamResult expected = await ToAsync(deltas).CollectAsync();

            ChatStreamResult read = await Read(Encoded.Complete(ChatWire.OpenAI, deltas)).CollectAsync();

            Assert.Equal(expected.Text, read.Text);
            Assert.Equal(expected.Reasoning, read.Reasoning);
            Assert.Equal(expected.Refusal, read.Refusal);
            Assert.Equal(
                expected.ToolCalls.Select(call => (call.Id, call.Name, call.Arguments)),
                read.ToolCalls.Select(call => (call.Id, call.Name, call.Arguments)));
            Assert.Equal(expected.ToolCalls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop, read.FinishReason);
            Assert.Equal(5, read.Usage!.OutputTokenCount);
            Assert.True(read.IsComplete);
        }, iter: 500);
    }

    [Fact]
    public async Task An_answer_that_failed_or_was_canceled_is_never_read_as_complete()
    {
        await Answers.SampleAsync(async pieces =>
        {
            ChatDelta[] deltas = [.. ToDeltas(pieces)];

            var failed = await Assert.ThrowsAsync<ChatStreamException>(
                async () => await Read(Encoded.Failed(ChatWire.OpenAI, deltas)).CollectAsync());
            var canceled = await Assert.ThrowsAsync<ChatStreamException>(
                async () => await Read(Encoded.Canceled(ChatWire.OpenAI, deltas)).CollectAsync());

            Assert.Equal(ChatStreamError.ProviderError, failed.Error);
            Assert.Equal("truncated", failed.ProviderCode);
            Assert.Equal("cancelled", canceled.ProviderCode);
        }, iter: 200);
    }

    [Fact]
    public async Task The_inspector_finds_nothing_unusual()
    {
        (int, string)[] pieces = [(1, "hm"), (1, "m"), (0, "你好"), (0, " world"), (3, "{\"a\":"), (3, "1}"), (4, "{}")];
        byte[] body = Encoding.UTF8.GetBytes(Encoded.Complete(ChatWire.OpenAI, [.. ToDeltas(pieces)]));

        StreamInspection inspection = await StreamInspector.InspectAsync(new MemoryStream(body));

        Assert.Equal(ChatDialect.OpenAI, inspection.Dialect);
        Assert.Equal(StreamEnding.Complete, inspection.Ending);
        Assert.Empty(inspection.Findings);
        Assert.Empty(inspection.Missing);
        Assert.Equal("[DONE]", inspection.EndMarker);
    }

    [Fact]
    public async Task Citations_and_images_are_read_as_they_were()
    {
        var cited = new TextContent("") { Annotations = [new CitationAnnotation { Url = new Uri("https://a.example/"), Title = "A" }] };
        ChatDelta[] deltas =
        [
            new() { Text = "See." },
            new() { TextOffset = 4, OtherContents = [cited] },
            new() { TextOffset = 4, OtherContents = [new DataContent(new byte[] { 0x89, 0x50 }, "image/png")] },
            new() { TextOffset = 4, FinishReason = ChatFinishReason.Stop },
        ];

        ChatStreamResult read = await Read(Encoded.Complete(ChatWire.OpenAI, deltas)).CollectAsync();

        AIContent[] contents = [.. read.Choices[0].OtherContents];
        Assert.Equal(new byte[] { 0x89, 0x50 }, contents.OfType<DataContent>().Single().Data.ToArray());
        var citation = Assert.IsType<CitationAnnotation>(contents.OfType<TextContent>().Single().Annotations!.Single());
        Assert.Equal(("A", "https://a.example/"), (citation.Title, citation.Url!.OriginalString));
    }

    private static IEnumerable<ChatDelta> ToDeltas((int Kind, string Piece)[] pieces)
    {
        int text = 0, reasoning = 0, refusal = 0;
        bool hasCalls = false;
        var calls = new Dictionary<int, (int Index, int Length)>();
        foreach ((int kind, string piece) in pieces)
        {
            ToolCallDelta? call = null;
            if (kind >= 3)
            {
                bool isFirst = calls.TryAdd(kind, (calls.Count, 0));
                (int index, int length) = calls[kind];
                call = new ToolCallDelta
                {
                    Index = index,
                    Id = isFirst ? $"call_{kind}" : null,
                    Name = isFirst ? $"f{kind}" : null,
                    Arguments = piece,
                    ArgumentsOffset = length,
                };
                calls[kind] = (index, length + piece.Length);
                hasCalls = true;
            }

            yield return new ChatDelta
            {
                Text = kind == 0 ? piece : "",
                TextOffset = text,
                Reasoning = kind == 1 ? piece : "",
                ReasoningOffset = reasoning,
                Refusal = kind == 2 ? piece : "",
                RefusalOffset = refusal,
                ToolCalls = call is null ? [] : [call],
            };
            if (kind == 0) text += piece.Length;
            if (kind == 1) reasoning += piece.Length;
            if (kind == 2) refusal += piece.Length;
        }

        yield return new ChatDelta
        {
            TextOffset = text,
            FinishReason = hasCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
            Usage = new UsageDetails { InputTokenCount = 4, OutputTokenCount = 5, TotalTokenCount = 9 },
        };
    }

    private static IAsyncEnumerable<ChatDelta> Read(string body) =>
        ChatStreamReader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(body)), ChatDialect.OpenAI);

    private static async IAsyncEnumerable<ChatDelta> ToAsync(IEnumerable<ChatDelta> deltas)
    {
        await Task.CompletedTask;
        foreach (ChatDelta delta in deltas) yield return delta;
    }
}
