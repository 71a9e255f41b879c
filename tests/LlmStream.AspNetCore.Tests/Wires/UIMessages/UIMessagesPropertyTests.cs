using CsCheck;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

/// <summary>Whatever the deltas are, the client can read the chunks, and has what the collected answer has.</summary>
public class UIMessagesPropertyTests
{
    private static readonly Gen<(int Kind, int Value)[]> Answers = Gen.Select(Gen.Int[0, 11], Gen.Int[0, 7]).Array[0, 25];

    [Fact]
    public void A_client_that_can_only_append_gets_the_answer()
    {
        Answers.Sample(steps => Check(ChatWire.UIMessages, Build(steps, canRewrite: false)), iter: 500, threads: 1);
    }

    [Fact]
    public void A_client_that_can_reset_a_step_gets_the_answer()
    {
        Answers.Sample(
            steps =>
            {
                try
                {
                    Check(Chunks.Newest, Build(steps, canRewrite: true));
                }
                catch (RewriteNotSupportedException)
                {
                    // The change was not within the step.
                }
            },
            iter: 500, threads: 1);
    }

    private static void Check(ChatWire wire, ChatDelta[] deltas)
    {
        UIClient client = UIClient.Read(Encoded.Complete(wire, deltas));
        ChatStreamResult answer = deltas.ToAsyncEnumerable().CollectAsync().GetAwaiter().GetResult();

        Assert.True(client.HasFinished);
        Assert.Equal(answer.Text, client.Text);
        Assert.Equal(answer.Reasoning, client.Reasoning);
        Assert.Equal(
            answer.Choices.SelectMany(choice => choice.ToolCalls).Select(call => call.Arguments).Order(StringComparer.Ordinal),
            client.Tools.Select(tool => tool.Text.ToString()).Order(StringComparer.Ordinal));
        Assert.All(client.Tools, tool => Assert.True(tool.IsComplete));

        UIClient failed = UIClient.Read(Encoded.Failed(wire, deltas));
        Assert.False(failed.HasFinished);
        Assert.Equal(answer.Text, failed.Text);
    }

    private static ChatDelta[] Build((int Kind, int Value)[] steps, bool canRewrite)
    {
        var deltas = new List<ChatDelta>();
        var arguments = new Dictionary<int, int>();
        var complete = new HashSet<int>();
        int text = 0, reasoning = 0;
        foreach ((int kind, int value) in steps)
        {
            string piece = new((char)('a' + value), (value % 3) + 1);
            int index = value % 3;
            ChatDelta delta = kind switch
            {
                0 or 1 or 2 => new ChatDelta { Text = piece, TextOffset = text },
                3 => new ChatDelta { Reasoning = piece, ReasoningOffset = reasoning, TextOffset = text },
                4 => new ChatDelta { Reasoning = piece, ReasoningOffset = reasoning, Text = piece, TextOffset = text },
                5 => Other(new TextReasoningContent("") { ProtectedData = piece }),
                6 => Other(new DataContent(new byte[] { 1 }, "image/png")),
                7 => Other(new FunctionResultContent($"c{index}", piece)),
                8 => new ChatDelta { TextOffset = text, FinishReason = value % 2 == 0 ? ChatFinishReason.Stop : ChatFinishReason.ToolCalls },
                9 when canRewrite => new ChatDelta { Text = value % 2 == 0 ? piece : "", TextOffset = text * value / 8 },
                _ when !complete.Contains(index) => Call(index, piece, isComplete: value > 4),
                _ => new ChatDelta { TextOffset = text },
            };
            text = delta.TextOffset + delta.Text.Length;
            reasoning += delta.Reasoning.Length;
            deltas.Add(delta);
        }

        return [.. deltas];

        ChatDelta Other(AIContent content)
        {
            // A result ends its call.
            if (content is FunctionResultContent result && arguments.ContainsKey(result.CallId[1] - '0'))
                complete.Add(result.CallId[1] - '0');
            return new ChatDelta { TextOffset = text, OtherContents = [content] };
        }

        ChatDelta Call(int index, string piece, bool isComplete)
        {
            bool isNew = arguments.TryAdd(index, 0);
            int offset = arguments[index];
            arguments[index] += piece.Length;
            if (isComplete) complete.Add(index);
            return new ChatDelta
            {
                TextOffset = text,
                ToolCalls =
                [
                    new ToolCallDelta
                    {
                        Index = index,
                        Id = isNew ? $"c{index}" : null,
                        Name = isNew ? "tool" : null,
                        Arguments = piece,
                        ArgumentsOffset = offset,
                        IsComplete = isComplete,
                    },
                ],
            };
        }
    }
}
