using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore;

/// <summary>What the browser asked for, in the form of any wire. Immutable.</summary>
/// <remarks>
/// The request comes from the browser, so that anybody can write it. What costs money or changes how the model behaves has an effect only
/// if the handler uses it: <see cref="Model"/>, <see cref="SystemMessages"/>, <see cref="Tools"/> and <see cref="ToolMode"/> are neither
/// in <see cref="Messages"/> nor in <see cref="Options"/>.
/// </remarks>
/// <example>
/// <code>
/// app.MapChatRelay("/api/chat", (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
/// {
///     ChatMessage[] messages = [new(ChatRole.System, "You are a librarian."), .. chat.Messages];
///     return llm.StreamAsync(messages, chat.Options, stopped);
/// });
/// </code>
/// </example>
public sealed class ChatRelayRequest
{
    /// <summary>The wire in which the browser asked, and is answered.</summary>
    public required ChatWire Wire { get; init; }

    /// <summary>
    /// The conversation, the last message last, without system messages. What assistant messages and tool results say is as the browser
    /// sent it: load the conversation from your own store if it has to be trusted.
    /// </summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>
    /// The sampling options that the browser sent: temperature, top p, top k, penalties, seed, stop sequences, the maximum of output
    /// tokens, and the response format. Never <see langword="null"/>; a new object for each request, which may be changed.
    /// </summary>
    public ChatOptions Options { get; init; } = new();

    /// <summary>The model that the browser named, or <see langword="null"/>. To use it: <c>chat.Options.ModelId = chat.Model</c>.</summary>
    public string? Model { get; init; }

    /// <summary>The system messages that the browser sent, in their order.</summary>
    public IReadOnlyList<ChatMessage> SystemMessages { get; init; } = [];

    /// <summary>
    /// The tools that the browser declared, which it runs itself: calls of them are relayed. To use them:
    /// <c>chat.Options.Tools = [.. chat.Tools]</c>.
    /// </summary>
    public IReadOnlyList<AITool> Tools { get; init; } = [];

    /// <summary>Which of the tools the model has to call, as the browser asked, or <see langword="null"/>.</summary>
    public ChatToolMode? ToolMode { get; init; }

    /// <summary>
    /// The client's id of the conversation: the chat id of <c>useChat</c>, AG-UI's thread id, <c>"id"</c> of the plain JSON wire, or the
    /// header <c>X-Conversation-Id</c>; <see langword="null"/> if it sent none.
    /// Not a provider's conversation id (<see cref="ChatOptions.ConversationId"/>).
    /// </summary>
    public string? ConversationId { get; init; }

    /// <summary>The client's id of this run (AG-UI), or <see langword="null"/>.</summary>
    public string? RunId { get; init; }

    /// <summary>
    /// The id of the message that the answer continues, because the last message of the conversation is an assistant's, with the results
    /// of tools; <see langword="null"/> if the answer is a new message.
    /// </summary>
    public string? MessageId { get; init; }

    /// <summary>Whether the browser asks for another answer in place of the last one (<c>regenerate</c> of <c>useChat</c>).</summary>
    public bool IsRegeneration { get; init; }

    /// <summary>The user of the request, as the application authenticated it.</summary>
    public ClaimsPrincipal User { get; init; } = new();

    /// <summary>
    /// The whole body, a JSON object. For a <c>GET</c> with a query, an object of the query's values.
    /// </summary>
    public JsonElement Body { get; init; }

    /// <summary>A copy with the user that the application authenticated, and the wire of the answer.</summary>
    internal ChatRelayRequest With(ClaimsPrincipal user, ChatWire wire, string? conversationId = null) => new()
    {
        Wire = wire,
        Messages = Messages,
        Options = Options,
        Model = Model,
        SystemMessages = SystemMessages,
        Tools = Tools,
        ToolMode = ToolMode,
        ConversationId = string.IsNullOrEmpty(ConversationId) ? conversationId : ConversationId,
        RunId = RunId,
        MessageId = MessageId,
        IsRegeneration = IsRegeneration,
        User = user,
        Body = Body,
    };
}
