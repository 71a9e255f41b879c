using System.Diagnostics;
using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// Writes the messages of a Converse request: system messages are sent separately, the roles of user and assistant alternate, and
/// results of tools are blocks of the user's.
/// </summary>
internal sealed class BedrockMessageWriter
{
    private readonly JsonArray _system = [];
    private readonly JsonArray _messages = [];

    private BedrockMessageWriter()
    {
    }

    /// <returns>The messages, and the blocks of the system prompt.</returns>
    /// <exception cref="ArgumentException">A message cannot be sent in this format, or none would be sent.</exception>
    public static (JsonArray Messages, JsonArray System) Write(Conversation conversation)
    {
        var writer = new BedrockMessageWriter();
        if (conversation.Instructions is { } instructions) writer._system.Add((JsonNode)BedrockParts.Text(instructions));
        foreach (ConversationTurn turn in conversation.Turns) writer.Write(turn);
        JsonArray messages = writer._messages;
        Conversation.ThrowIfNothingWritten(messages);
        Debug.Assert(
            messages.Skip(1).Zip(messages).All(pair => !pair.First!["role"].Is(pair.Second!["role"].AsText()!)), "the roles alternate");
        TrimPrefill((JsonObject)messages[^1]!);
        return (messages, writer._system);
    }

    private void Write(ConversationTurn turn)
    {
        if (turn.IsAssistant)
        {
            Add("assistant", BedrockAnswerWriter.Write(turn));
            AddResults(turn);
            return;
        }

        AddResults(turn);
        List<JsonObject> blocks = [.. turn.Parts.Select(part => BedrockParts.Part(part, turn.Index))];
        if (turn.Role != ChatRole.System) Add("user", blocks);
        else foreach (JsonObject block in blocks) _system.Add((JsonNode)block);
    }

    /// <summary>Adds results before the other blocks of the user's: they must follow the calls of the turn before.</summary>
    private void AddResults(ConversationTurn turn)
    {
        if (turn.Results.Count == 0) return;
        JsonArray blocks = BlocksOf("user");
        int place = 0;
        while (place < blocks.Count && blocks[place]!["toolResult"] is not null) place++;
        foreach (FunctionResultContent result in turn.Results) blocks.Insert(place++, BedrockParts.Result(result, turn.Index));
    }

    private void Add(string role, List<JsonObject> added)
    {
        if (added.Count == 0) return; // an answer may be empty and still be part of the history
        JsonArray blocks = BlocksOf(role);
        foreach (JsonObject block in added) blocks.Add((JsonNode)block);
    }

    /// <summary>The blocks of the last message if it has this role, or else of a new one, because roles must alternate.</summary>
    private JsonArray BlocksOf(string role)
    {
        if (_messages is [.., JsonObject last] && last["role"].Is(role)) return (JsonArray)last["content"]!;
        var blocks = new JsonArray();
        _messages.Add((JsonNode)new JsonObject { ["role"] = role, ["content"] = blocks });
        return blocks;
    }

    /// <summary>Trims a trailing assistant message, which the model continues: white space at its end is refused.</summary>
    private static void TrimPrefill(JsonObject last)
    {
        if (last["role"].Is("assistant") && last["content"] is JsonArray and [.., JsonObject block] && block["text"].AsText() is { } text)
            block["text"] = text.TrimEnd();
    }
}
