using System.Text.Json;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>
/// Reads the request of <c>useChat</c>: <c>{id, messages, trigger, messageId}</c>, or <c>{id, message}</c> of applications that send only
/// the last message (the npm package <c>ai</c>, src/ui/http-chat-transport.ts).
/// </summary>
internal static class UIMessageReader
{
    private const string Regenerate = "regenerate-message";

    /// <summary>Whether a body has UI messages: they have <c>parts</c>.</summary>
    public static bool Matches(JsonElement body) =>
        (body.TryGetProperty("messages"u8, out JsonElement messages) && messages.ValueKind == JsonValueKind.Array
            && messages.EnumerateArray().Any(HasParts))
        || (body.TryGetProperty("message"u8, out JsonElement message) && HasParts(message));

    /// <summary>Reads a body.</summary>
    /// <param name="body">A JSON object.</param>
    /// <param name="wire">The wire.</param>
    /// <param name="canAnswerApprovals">Whether the wire asks for approvals, so that answers to them have a meaning.</param>
    /// <exception cref="InvalidRelayRequestException">The body is not valid.</exception>
    public static ParsedRequest Read(JsonElement body, ChatWire wire, bool canAnswerApprovals)
    {
        var fields = new JsonField(body, "");
        bool isRegeneration = fields["trigger"].OptionalText() == Regenerate;
        string? messageId = fields["messageId"].OptionalText();
        List<UIMessage> messages = ReadMessages(fields);
        if (isRegeneration) RemoveAnswer(messages, messageId);

        var conversation = new UIConversation(messages, canAnswerApprovals);
        return new ParsedRequest(new ChatRelayRequest
        {
            Wire = wire,
            Messages = conversation.Messages,
            SystemMessages = conversation.SystemMessages,
            Model = fields["model"].OptionalText(),
            ConversationId = fields["id"].OptionalText(),
            MessageId = isRegeneration ? null : ContinuedMessage(messages, messageId)?.Id,
            IsRegeneration = isRegeneration,
            Body = body,
        });
    }

    private static bool HasParts(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("parts"u8, out _);

    private static List<UIMessage> ReadMessages(JsonField body)
    {
        if (body["messages"] is { IsPresent: true } messages) return [.. messages.Items().Select(UIMessage.Read)];
        if (body["message"] is { IsPresent: true } last) return [UIMessage.Read(last)];
        throw new InvalidRelayRequestException(
            "The body must have \"messages\", an array of UI messages, or \"message\", one UI message.");
    }

    // The client sends the conversation up to the message of the user, without the answer to be replaced. Others may not: an answer at
    // the end would be continued.
    private static void RemoveAnswer(List<UIMessage> messages, string? messageId)
    {
        int replaced = messageId is null ? -1 : messages.FindIndex(message => message.Id == messageId && message.IsAssistant);
        if (replaced >= 0) messages.RemoveRange(replaced, messages.Count - replaced);
        while (messages is [.., { IsAssistant: true }]) messages.RemoveAt(messages.Count - 1);
    }

    // The client continues the answer at the end. Version 7 can name an earlier one, of which a tool was approved.
    private static UIMessage? ContinuedMessage(List<UIMessage> messages, string? messageId) =>
        messages.Find(message => message.Id is not null && message.Id == messageId && message.IsAssistant)
        ?? (messages is [.., { IsAssistant: true } last] ? last : null);
}
