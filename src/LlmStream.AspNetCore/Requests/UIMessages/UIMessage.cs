using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>A message as the client keeps it: with all steps of an answer, and the results of its tools. Immutable.</summary>
internal sealed record UIMessage(string? Id, ChatRole Role, IReadOnlyList<UIPart> Parts, JsonField Source)
{
    public bool IsAssistant => Role == ChatRole.Assistant;

    /// <exception cref="InvalidRelayRequestException">It is not a UI message.</exception>
    public static UIMessage Read(JsonField message)
    {
        ChatRole role = message["role"].Text() switch
        {
            "system" => ChatRole.System,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            _ => throw message["role"].Invalid("must be \"system\", \"user\" or \"assistant\""),
        };
        return Read(message, role);
    }

    /// <summary>Reads the message of the user that a part of an answer holds.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public static UIMessage ReadSteering(UIPart part) => Read(part.Source, ChatRole.User);

    private static UIMessage Read(JsonField message, ChatRole role)
    {
        if (!message["parts"].IsArray) throw message["parts"].Invalid("must be an array");
        IEnumerable<UIPart> parts = message["parts"].Items().Select(part => new UIPart(part["type"].Text(), part));
        return new UIMessage(message["id"].OptionalText(), role, [.. parts], message);
    }
}
