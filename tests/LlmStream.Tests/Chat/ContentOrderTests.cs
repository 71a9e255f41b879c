using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Chat.Updates;
using LlmStream.Dialects.DashScope;
using LlmStream.Dialects.OpenAI;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>An answer as the message that is sent back: everything in the order in which it came.</summary>
public class ContentOrderTests
{
    private static readonly AIContent Block = ProviderContent.Create("anthropic", """{"type":"server_tool_use","id":"s1"}"""u8);

    [Fact]
    public async Task Everything_stands_where_it_came()
    {
        ChatStreamResult answer = await CollectAsync(
            Reasoning("I th", 0),
            Reasoning("ink", 4),
            Other(new TextReasoningContent("") { ProtectedData = "signed" }),
            Text("One ", 0),
            Text("moment.", 4),
            Call(0, "a", "look", "{\"x\":1}"),
            Reasoning(" More.", 7),
            Call(1, null, "look", ""),
            Other(Block),
            Text(" Done.", 11),
            new ChatDelta { TextOffset = 17, FinishReason = ChatFinishReason.Stop, Stream = new ChatStreamInfo { Id = "r-1" } });

        ChatMessage message = answer.ToChatMessage();

        Assert.Equal(ChatRole.Assistant, message.Role);
        Assert.Equal(
            ["R:I think|signed", "T:One moment.", "C:a", "R: More.|", "C:call_r1_1", "S:s1", "T: Done."], message.Contents.Select(Show));
        Assert.Equal("One moment. Done.", answer.Text);
        Assert.Equal(2, answer.Choices[0].OtherContents.Count);
    }

    [Fact]
    public async Task What_was_taken_back_is_not_said_twice()
    {
        ChatStreamResult answer = await CollectAsync(
            Text("One two", 0), Reasoning("Hm", 0), Text(" three", 7), Reasoning("?", 2), Text("2", 4), Reasoning("!", 0), Text(" 3", 5));

        Assert.Equal("One 2 3", answer.Text);
        Assert.Equal("One 2 3", string.Concat(answer.ToChatMessage().Contents.OfType<TextContent>().Select(content => content.Text)));
        Assert.Equal("!", string.Concat(answer.ToChatMessage().Contents.OfType<TextReasoningContent>().Select(content => content.Text)));
    }

    [Fact]
    public void Without_an_order_thoughts_come_first_and_calls_last()
    {
        var answer = new ChatStreamResult
        {
            Choices =
            [
                new ChatChoice
                {
                    Text = "Hi",
                    Reasoning = "Hm",
                    Refusal = "No",
                    OtherContents = [Block],
                    ToolCalls = [new ToolCall { Id = "a", Name = "look" }],
                },
            ],
        };

        Assert.Equal(["R:Hm|", "S:s1", "T:Hi", "C:a", "E:No"], answer.ToChatMessage().Contents.Select(Show));
        Assert.Empty(ChatStreamResult.Empty.ToChatMessage().Contents);
    }

    [Fact]
    public async Task The_ids_of_calls_are_those_of_the_updates()
    {
        ChatDelta[] deltas =
        [
            Call(0, null, "look", "{}"), new() { FinishReason = ChatFinishReason.ToolCalls, Stream = new ChatStreamInfo { Id = "r-1" } },
        ];

        ChatMessage message = (await CollectAsync(deltas)).ToChatMessage();

        Assert.Equal("call_r1_0", Assert.IsType<FunctionCallContent>(Assert.Single(message.Contents)).CallId);
    }

    [Fact]
    public async Task Updates_have_the_same_order_where_the_provider_says_when_a_call_is_whole()
    {
        ChatResponse response = await ChatResponseUpdates.FromDeltas(
            Deltas(
                Reasoning("Hm", 0),
                Other(new TextReasoningContent("") { ProtectedData = "signed" }),
                Call(0, "a", "look", "{}", isComplete: true),
                Other(new TextReasoningContent("") { ProtectedData = "again" }),
                Call(1, "b", "look", "{}", isComplete: true),
                Other(Block),
                new ChatDelta { FinishReason = ChatFinishReason.ToolCalls })).ToChatResponseAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["R:Hm|signed", "C:a", "R:|again", "C:b", "S:s1"], Assert.Single(response.Messages).Contents.Select(Show));
    }

    [Fact]
    public void A_providers_content_survives_being_saved()
    {
        var message = new ChatMessage(ChatRole.Assistant, [Block]);

        string saved = JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);
        ChatMessage loaded = JsonSerializer.Deserialize<ChatMessage>(saved, AIJsonUtilities.DefaultOptions)!;

        Assert.Equal("S:s1", Show(Assert.Single(loaded.Contents)));
        Assert.Null(ProviderContent.Read("gemini", loaded.Contents[0]));
        Assert.False(ProviderContent.Is(new TextContent("Hi")));
    }

    [Fact]
    public void It_is_not_said_to_another_provider()
    {
        ChatMessage[] history =
        [
            new(ChatRole.User, "Hi"), new(ChatRole.Assistant, [new TextContent("Hello"), Block]), new(ChatRole.User, "And?"),
        ];

        var conversation = Conversation.Create(history, null);
        Assert.Equal("Hello", (string?)OpenAIRequest.Build(conversation, null, null, null, LlmRequestStyle.Default)["messages"]![1]!["content"]);
        Assert.Equal("Hello", (string?)DashScopeRequest.Build(conversation, null, null, null)["input"]!["messages"]![1]!["content"]);
    }

    private static string Show(AIContent content) => content switch
    {
        TextContent text => $"T:{text.Text}",
        TextReasoningContent reasoning => $"R:{reasoning.Text}|{reasoning.ProtectedData}",
        FunctionCallContent call => $"C:{call.CallId}",
        ErrorContent error => $"E:{error.Message}",
        _ => $"S:{(string?)ProviderContent.Read("anthropic", content)?["id"]}",
    };

    private static ChatDelta Text(string text, int offset) => new() { Text = text, TextOffset = offset };

    private static ChatDelta Reasoning(string text, int offset) => new() { Reasoning = text, ReasoningOffset = offset };

    private static ChatDelta Other(AIContent content) => new() { OtherContents = [content] };

    private static ChatDelta Call(int index, string? id, string name, string arguments, bool isComplete = false) =>
        new() { ToolCalls = [new ToolCallDelta { Index = index, Id = id, Name = name, Arguments = arguments, IsComplete = isComplete }] };

    /// <summary>A delta without text says where the text has got to, as every delta does.</summary>
    private static Task<ChatStreamResult> CollectAsync(params ChatDelta[] deltas)
    {
        int length = 0;
        return Deltas([.. deltas.Select(delta =>
        {
            int offset = delta.Text.Length > 0 ? delta.TextOffset : length;
            length = offset + delta.Text.Length;
            return new ChatDelta(delta) { TextOffset = offset };
        })]).CollectAsync(TestContext.Current.CancellationToken);
    }

    private static async IAsyncEnumerable<ChatDelta> Deltas(params ChatDelta[] deltas)
    {
        foreach (ChatDelta delta in deltas) yield return delta;
        await Task.CompletedTask;
    }
}
