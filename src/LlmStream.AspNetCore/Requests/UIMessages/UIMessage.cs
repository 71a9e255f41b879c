using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>A message as the client keeps it: with all steps of an answer, and the results of its tools. Immutable.</summary>
internal sealed record UIMessage(string? Id, ChatRole Role, IReadOnlyList<UIPart> Parts, string Position)
{
    public bool IsAssistant => Role == ChatRole.Assistant;

    /// <exception cref="InvalidRelayRequestException">It is not a UI message.</exception>
    public static UIMessage Read(JsonElement message, string position)
    {
        if (message.ValueKind != JsonValueKind.Object) throw new InvalidRelayRequestException($"{position} must be an object.");
        ChatRole role = message.RequiredText("role", position) switch
        {
            "system" => ChatRole.System,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            _ => throw new InvalidRelayRequestException($"{position}.role must be \"system\", \"user\" or \"assistant\"."),
        };
        return new UIMessage(message.Text("id", position), role, ReadParts(message, position), position);
    }

    /// <summary>Reads the message of the user that a part of an answer holds.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public static UIMessage ReadSteering(UIPart part) =>
        new(part.Value.Text("id", part.Position), ChatRole.User, ReadParts(part.Value, part.Position), part.Position);

    private static UIPart[] ReadParts(JsonElement message, string position)
    {
        if (message.Field("parts") is not { ValueKind: JsonValueKind.Array } parts)
            throw new InvalidRelayRequestException($"{position}.parts must be an array.");
        return [.. parts.EnumerateArray().Select((part, i) => ReadPart(part, $"{position}.parts[{i}]"))];
    }

    private static UIPart ReadPart(JsonElement part, string position) => part.ValueKind == JsonValueKind.Object
        ? new UIPart(part.RequiredText("type", position), part, position)
        : throw new InvalidRelayRequestException($"{position} must be an object.");
}
