using CsCheck;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.AgUI;

/// <summary>Whatever arrives in whatever order, the events keep the rules of AG-UI, and nothing is lost.</summary>
public class AgUIPropertyTests
{
    private static readonly Gen<Piece[]> Pieces =
        Gen.Select(Gen.Enum<Kind>(), Gen.OneOfConst("a", "世", "\"", "\n", " b"), Gen.Int[0, 2], Gen.Bool, (kind, text, index, flag) => new Piece(kind, text, index, flag))
            .Array[0, 12];

    private enum Kind
    {
        Text,
        Reasoning,
        Refusal,
        Call,
        Result,
        Signature,
        Citation,
        File,
        Finish,
        Usage,
        Everything,
    }

    private enum Ending
    {
        Complete,
        Fail,
        Cancel,
    }

    [Fact]
    public void Any_deltas_give_valid_events_that_hold_all_of_them() => Gen.Select(Pieces, Gen.Enum<Ending>()).Sample(
        (pieces, ending) =>
        {
            ChatDelta[] deltas = ToDeltas(pieces);
            string text = ending switch
            {
                Ending.Complete => Encoded.Complete(ChatWire.AgUI, deltas),
                Ending.Fail => Encoded.Failed(ChatWire.AgUI, deltas),
                _ => Encoded.Canceled(ChatWire.AgUI, deltas),
            };

            AgUIVerifier read = AgUIVerifier.Read(Encoded.Events(text));
            Assert.Equal(string.Concat(deltas.Select(delta => delta.Text + delta.Refusal)), string.Concat(read.Texts.Values));
            Assert.Equal(string.Concat(deltas.Select(delta => delta.Reasoning)), string.Concat(read.Reasoning.Values));
            // A call ends with its result.
            if (deltas.Any(delta => delta.OtherContents.Any(content => content is FunctionResultContent))) return;
            Assert.Equal(
                deltas.SelectMany(delta => delta.ToolCalls).Sum(call => call.Arguments.Length),
                read.Arguments.Values.Sum(arguments => arguments.Length));
        },
        iter: 400);

    private static ChatDelta[] ToDeltas(Piece[] pieces)
    {
        int text = 0, reasoning = 0, refusal = 0;
        int[] arguments = new int[3];
        var deltas = new List<ChatDelta>();
        foreach ((Kind kind, string value, int index, bool flag) in pieces)
        {
            bool all = kind == Kind.Everything;
            bool isText = all || kind == Kind.Text, isReasoning = all || kind == Kind.Reasoning, isRefusal = all || kind == Kind.Refusal;
            var contents = new List<AIContent>();
            if (all || kind == Kind.Signature) contents.Add(new TextReasoningContent("") { ProtectedData = value });
            if (all || kind == Kind.Result) contents.Add(new FunctionResultContent($"c{index}", value));
            if (all || kind == Kind.Citation) contents.Add(new TextContent("") { Annotations = [new CitationAnnotation { Title = value }] });
            if (all || kind == Kind.File) contents.Add(new DataContent(new byte[] { 1 }, "image/png"));
            deltas.Add(new ChatDelta
            {
                Text = isText ? value : "",
                TextOffset = text,
                Reasoning = isReasoning ? value : "",
                ReasoningOffset = reasoning,
                Refusal = isRefusal ? value : "",
                RefusalOffset = refusal,
                // The name is in the first fragment: arguments without a name are held until the end, or lost with the answer.
                ToolCalls = all || kind == Kind.Call
                    ? [new() { Index = index, Id = flag ? $"c{index}" : null, Name = "f", Arguments = value, ArgumentsOffset = arguments[index] }]
                    : [],
                OtherContents = contents,
                FinishReason = kind == Kind.Finish || (all && flag) ? new ChatFinishReason(flag ? "length" : "tool_calls") : null,
                Usage = all || kind == Kind.Usage ? new UsageDetails { OutputTokenCount = index } : null,
            });
            if (isText) text += value.Length;
            if (isReasoning) reasoning += value.Length;
            if (isRefusal) refusal += value.Length;
            if (all || kind == Kind.Call) arguments[index] += value.Length;
        }

        return [.. deltas];
    }

    private sealed record Piece(Kind Kind, string Text, int Index, bool Flag);
}
