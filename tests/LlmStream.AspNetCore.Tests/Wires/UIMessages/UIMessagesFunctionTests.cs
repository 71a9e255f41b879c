using System.Runtime.CompilerServices;
using System.Text;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

/// <summary>An answer of <see cref="FunctionInvokingChatClient"/>, which runs tools on the server.</summary>
public class UIMessagesFunctionTests
{
    [Fact]
    public async Task Calls_results_and_the_text_after_them_are_steps()
    {
        string text = await AnswerAsync(
            ChatWire.UIMessages, [new ChatMessage(ChatRole.User, "Weather?")],
            AIFunctionFactory.Create((string city) => new Dictionary<string, object?> { ["city"] = city }, "tool"));

        Assert.Equal(
            """
            {"type":"reasoning-start","id":"reasoning-1"}
            {"type":"reasoning-delta","id":"reasoning-1","delta":"Hm"}
            {"type":"reasoning-end","id":"reasoning-1","providerMetadata":{"llmstream":{"signature":"sig"}}}
            {"type":"tool-input-start","toolCallId":"c1","toolName":"tool"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"city\":\"Bonn\"}"}
            {"type":"tool-input-available","toolCallId":"c1","toolName":"tool","input":{"city":"Bonn"}}
            {"type":"tool-output-available","toolCallId":"c1","output":{"city":"Bonn"}}
            {"type":"finish-step"}
            {"type":"start-step"}
            {"type":"text-start","id":"text-2"}
            {"type":"text-delta","id":"text-2","delta":"Sunny."}
            {"type":"text-end","id":"text-2"}
            """,
            Chunks.Between(text, """
            {"type":"finish-step"}
            {"type":"finish","finishReason":"stop","messageMetadata":{"usage":{"inputTokens":6,"outputTokens":4,"totalTokens":10}}}
            [DONE]
            """));
    }

    [Fact]
    public async Task A_failed_function_tells_no_secret()
    {
        string text = await AnswerAsync(
            ChatWire.UIMessages, [new ChatMessage(ChatRole.User, "Weather?")],
            AIFunctionFactory.Create(string (string city) => throw new InvalidOperationException("secret"), "tool"));

        Assert.Contains("""{"type":"tool-output-error","toolCallId":"c1","errorText":"The tool failed."}""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_approved_function_is_run()
    {
        ChatWire wire = ChatWire.CreateUIMessages(new Version(6, 0));
        var function = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string city) => $"deleted {city}", "tool"));
        string first = await AnswerAsync(wire, [new ChatMessage(ChatRole.User, "Delete")], function);
        string approvalId = (string)Encoded.Events(first).Single(chunk => Chunks.TypeOf(chunk) == "tool-approval-request")["approvalId"]!;
        Assert.DoesNotContain("tool-output", first, StringComparison.Ordinal);

        ChatRelayRequest request = wire.ReadRequest(RequestBody.Parse(Encoding.UTF8.GetBytes(
            $$$"""
            {"messages":[
              {"role":"user","parts":[{"type":"text","text":"Delete"}]},
              {"role":"assistant","parts":[{"type":"tool-tool","toolCallId":"c1","state":"approval-responded","input":{"city":"Bonn"},
                "approval":{"id":"{{{approvalId}}}","approved":true}}]}]}
            """))).Request;
        string second = await AnswerAsync(wire, request.Messages, function);

        Assert.Contains("""{"type":"tool-output-available","toolCallId":"c1","output":"deleted Bonn"}""", second, StringComparison.Ordinal);
        Assert.Equal("Sunny.", Chunks.TextOf(second));
    }

    private static async Task<string> AnswerAsync(ChatWire wire, IReadOnlyList<ChatMessage> messages, AIFunction function)
    {
        using var client = new FunctionInvokingChatClient(new ToolClient());
        IAsyncEnumerable<ChatResponseUpdate> updates = client.GetStreamingResponseAsync(messages, new ChatOptions { Tools = [function] });
        ChatDelta[] deltas = await updates.ToChatDeltas().ToArrayAsync();
        return Encoded.Complete(wire, deltas);
    }

    /// <summary>Calls a tool, and answers when it has the result.</summary>
    private sealed class ToolClient : IChatClient
    {
        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            bool hasResult = messages.Last().Role == ChatRole.Tool;
            if (hasResult)
            {
                yield return Update(new TextContent("Sunny."));
            }
            else
            {
                yield return Update(new TextReasoningContent("Hm") { ProtectedData = "sig" });
                yield return Update(new FunctionCallContent("c1", "tool", new Dictionary<string, object?> { ["city"] = "Bonn" }));
            }

            yield return Update(new UsageContent(new UsageDetails { InputTokenCount = 3, OutputTokenCount = 2 }));
            yield return new ChatResponseUpdate { FinishReason = hasResult ? ChatFinishReason.Stop : ChatFinishReason.ToolCalls };
        }

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        private static ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content]);
    }
}
