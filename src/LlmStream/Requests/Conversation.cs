using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>The messages of a request, checked for what no format can send, so that the writers of the formats only write.</summary>
/// <remarks>
/// Invariants: there is at least one turn. Only the assistant calls functions. Every turn that is not the assistant's has parts or
/// results. A turn with the role <c>tool</c> has no parts except those that the caller wrote in the provider's format.
/// </remarks>
internal sealed class Conversation
{
    private const string NoMessages =
        "There is no message to answer. Pass at least one, such as new ChatMessage(ChatRole.User, \"Why is the sky blue?\").";

    private Conversation(IReadOnlyList<ConversationTurn> turns, string? instructions)
    {
        Debug.Assert(turns.Count > 0, "there is a turn");
        Debug.Assert(turns.All(turn => turn.IsAssistant || turn.Calls.Count == 0), "only the assistant calls functions");
        Debug.Assert(
            turns.All(turn => turn.IsAssistant || turn.Parts.Count + turn.Results.Count + turn.Approvals.Count > 0),
            "every turn has content");
        Debug.Assert(turns.All(turn => !turn.IsTool || turn.Parts.All(RawContent.Is)), "a tool message has only results");
        Turns = turns;
        Instructions = string.IsNullOrEmpty(instructions) ? null : instructions;
    }

    /// <summary>The instructions of the options, or null. They come before all turns.</summary>
    public string? Instructions { get; }

    /// <summary>The messages, including those of the system, in order.</summary>
    public IReadOnlyList<ConversationTurn> Turns { get; }

    /// <summary>Checks messages and sorts their contents.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no message, or one cannot be sent in any format.</exception>
    public static Conversation Create(IEnumerable<ChatMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var turns = new List<ConversationTurn>(messages is IReadOnlyCollection<ChatMessage> known ? known.Count : 4);
        foreach (ChatMessage? message in messages)
        {
            int index = turns.Count;
            if (message is null) throw InvalidRequest.Messages($"Message {index} is null. Remove it.");
            if (message.Contents.Contains(null!)) throw InvalidRequest.Messages($"Message {index} has content that is null. Remove it.");
            var turn = new ConversationTurn(message, index);
            if (!turn.IsAssistant) Check(turn);
            turns.Add(turn);
        }

        AnswerFailedCalls(turns);
        return turns.Count > 0 ? new Conversation(turns, instructions) : throw InvalidRequest.Messages(NoMessages);
    }

    /// <summary>
    /// Checks that something was written for the turns. A format may leave out what it has no equivalent for: an answer without
    /// text, or reasoning; and system messages alone, if it sends them separately.
    /// </summary>
    /// <exception cref="ArgumentException">Nothing was written.</exception>
    public static void ThrowIfNothingWritten(JsonArray messages)
    {
        if (messages.Count == 0) throw InvalidRequest.Messages(NoMessages);
    }

    /// <summary>
    /// Answers the calls whose arguments could not be parsed, and to which there is no result: they were not invoked
    /// (<see cref="FunctionCallContent.InformationalOnly"/>), and servers refuse a call without a result. So the model can correct it.
    /// </summary>
    private static void AnswerFailedCalls(List<ConversationTurn> turns)
    {
        if (!turns.Exists(turn => turn.Calls.Count > 0 && turn.Calls.Any(call => call.Exception is not null))) return;
        HashSet<string> answered = [.. turns.SelectMany(turn => turn.Results).Select(result => result.CallId)];
        for (int i = turns.Count - 2; i >= 0; i--)
        {
            List<FunctionResultContent> missing =
            [
                .. turns[i].Calls.Where(call => call.Exception is not null && !answered.Contains(call.CallId)).Select(call =>
                    new FunctionResultContent(call.CallId, "Error: The arguments are not valid JSON.") { Exception = call.Exception }),
            ];
            if (missing.Count == 0) continue;
            if (turns[i + 1].IsTool) turns[i + 1].AddResults(missing);
            else turns.Insert(i + 1, new ConversationTurn(new ChatMessage(ChatRole.Tool, [.. missing]), i + 1));
        }
    }

    private static void Check(ConversationTurn turn)
    {
        if (turn.Calls.Count > 0)
        {
            throw InvalidRequest.Messages(
                $"Message {turn.Index} has the role \"{turn.Role}\" and a FunctionCallContent. "
                + "Only the model calls functions: use the role assistant.");
        }

        AIContent? unexpected = turn.IsTool ? turn.Parts.FirstOrDefault(part => !RawContent.Is(part)) : null;
        if (unexpected is not null) throw InvalidRequest.ContentInToolMessage(turn.Index, unexpected);

        if (turn.Parts.Count + turn.Results.Count + turn.Approvals.Count == 0)
        {
            throw InvalidRequest.Messages(
                $"Message {turn.Index} has the role \"{turn.Role}\" and no content that can be sent. "
                + "Add text or other content, or remove the message.");
        }
    }
}
