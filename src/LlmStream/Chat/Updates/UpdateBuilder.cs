using System.Text;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>The state behind <see cref="ChatResponseUpdates.FromDeltas"/>: what has been passed on, and what is held back.</summary>
internal sealed class UpdateBuilder
{
    private readonly AppendOnlyText _text = new();
    private readonly AppendOnlyText _reasoning = new();
    private readonly List<PendingToolCall> _calls = [];
    private readonly StringBuilder _refusal = new();
    private ChatFinishReason? _finish;
    private UsageDetails? _usage;
    private ChatStreamInfo _info = ChatStreamInfo.Unknown;
    private int? _choice;
    private bool _hasBegun;

    // A delta that brought nothing but token counts, which wait for the end.
    private ChatDelta? _usageDelta;
    private string? _id;
    private string? _callIdPrefix;

    public ChatResponseUpdate? Take(ChatDelta delta)
    {
        _info = delta.Stream;
        _usage = delta.Usage ?? _usage;
        if (HasNews(delta)) _choice ??= delta.ChoiceIndex;
        if (delta.ChoiceIndex != _choice || !HasNews(delta))
        {
            if (delta.Usage is not null) _usageDelta = delta;
            return null;
        }

        // One id for all updates, whatever the later chunks call themselves: another id would begin another message.
        _id ??= delta.Stream.Id ?? delta.Stream.RequestId;
        ChatResponseUpdate update = Begin(delta);
        if (delta.Reasoning is { Length: > 0 } && TakePiece(_reasoning, delta.Reasoning, delta.ReasoningOffset) is { Length: > 0 } reasoning)
            update.Contents.Add(new TextReasoningContent(reasoning));
        if (delta.Text.Length > 0 && TakePiece(_text, delta.Text, delta.TextOffset) is { Length: > 0 } text)
            update.Contents.Add(new TextContent(text));
        _refusal.Append(delta.Refusal);
        // Before the calls: Gemini signs a call with what stands before it.
        foreach (AIContent content in delta.OtherContents) update.Contents.Add(content);
        foreach (ToolCallDelta fragment in delta.ToolCalls)
        {
            PendingToolCall call = Find(fragment.Index);
            call.Take(fragment);
            // In its place among the thoughts and texts, where the provider says when it is whole.
            if (fragment.IsComplete) Give(call, update);
        }

        if (delta.FinishReason is { } finish)
        {
            update.FinishReason = _finish = finish;
            AddWhatIsWhole(update);
        }

        // A step whose news is held back is passed on too: it shows that something comes, and carries the delta.
        if (!_hasBegun) update.Role = delta.Role ?? ChatRole.Assistant;
        _hasBegun = true;
        return update;
    }

    public ChatResponseUpdate? Complete()
    {
        if (_text.IsBehind || _reasoning.IsBehind) throw TakenBack();
        ChatResponseUpdate update = Begin(_usageDelta);
        AddWhatIsWhole(update);
        if (_usage is not null) update.Contents.Add(new UsageContent(_usage));
        if (update.Contents.Count == 0) return null;
        if (!_hasBegun) update.Role = ChatRole.Assistant;
        return update;
    }

    private static bool HasNews(ChatDelta delta) =>
        delta.Text.Length > 0 || delta.Reasoning is not null || delta.ToolCalls.Count > 0 || delta.FinishReason is not null || delta.Refusal is not null || delta.Role is not null || delta.OtherContents.Count > 0;

    private ChatResponseUpdate Begin(ChatDelta? delta) => new()
    {
        ResponseId = _id,
        MessageId = _id, // a response holds one message, and the provider has no other name for it
        ModelId = _info.Model,
        CreatedAt = _info.Created,
        RawRepresentation = delta,
    };

    private string TakePiece(AppendOnlyText text, string piece, int offset) => text.Take(piece, offset) ?? throw TakenBack();

    private PendingToolCall Find(int index)
    {
        PendingToolCall? call = _calls.Find(known => known.Index == index);
        if (call is null) _calls.Add(call = new PendingToolCall(index));
        return call;
    }

    private void AddWhatIsWhole(ChatResponseUpdate update)
    {
        if (_refusal.Length > 0) update.Contents.Add(new ErrorContent(_refusal.ToString()) { ErrorCode = MessageWriter.RefusalCode });
        _refusal.Clear();
        foreach (PendingToolCall call in _calls) Give(call, update);
    }

    private void Give(PendingToolCall call, ChatResponseUpdate update)
    {
        if (call.IsGiven) return;
        call.IsGiven = true;
        update.Contents.Add(ToolCallContents.Create(call.ToToolCall(), CallIdPrefix, ToolCallContents.IsCutOff(_finish)));
    }

    private string CallIdPrefix() => _callIdPrefix ??= ToolCallContents.IdPrefix(_id);

    private ChatStreamException TakenBack() => new(
        ChatStreamError.MalformedEvent,
        "The server took back a part of the answer that had already been passed on, which updates cannot express. LlmStreamClient.StreamAsync can follow it: each of its deltas says where its text begins.")
    {
        RequestId = _info.RequestId,
        Partial = new ChatStreamResult
        {
            Choices =
            [
                new ChatChoice
                {
                    Index = _choice ?? 0,
                    Role = ChatRole.Assistant,
                    Text = _text.ToString(),
                    Reasoning = _reasoning.ToString(),
                    Refusal = _refusal.ToString(),
                    ToolCalls = [.. _calls.Select(call => call.ToToolCall())],
                    FinishReason = _finish,
                },
            ],
            Usage = _usage,
            Stream = _info,
        },
    };
}
