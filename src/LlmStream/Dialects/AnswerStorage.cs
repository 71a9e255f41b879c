using System.Runtime.InteropServices;

namespace LlmStream.Dialects;

/// <summary>Where a provider stores an answer.</summary>
/// <param name="ConversationId">The id of the conversation to which the answer is added; null if it is found by its own id.</param>
/// <param name="IsStored">Whether it is stored; null if the response says so.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AnswerStorage(string? ConversationId, bool? IsStored)
{
    /// <summary>The id from which the conversation goes on (<c>ChatOptions.ConversationId</c>); null if nothing is stored.</summary>
    public string? GetConversationId(ChatStreamInfo info) =>
        IsStored is false || (info.IsStored ?? IsStored) is not true ? null : ConversationId ?? info.Id;
}
