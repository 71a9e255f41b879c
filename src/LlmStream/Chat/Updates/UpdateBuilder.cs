using Microsoft.Extensions.AI;

#pragma warning disable MEAI001 // experimental: continuation tokens may change

namespace LlmStream.Chat.Updates;

/// <summary>The state of <see cref="ChatResponseUpdates"/>: what has been passed on, and what is held back.</summary>
/// <remarks>
/// Invariant: <c>_position</c> is what the updates hold, those of earlier calls included. What was passed on before
/// <see cref="UpdateContext.Start"/> is not passed on again: the answer is read from its beginning, so that its state is complete.
/// </remarks>
internal sealed class UpdateBuilder(UpdateContext context)
{
    private readonly AppendOnlyText _text = new();
    private readonly AppendOnlyText _reasoning = new();
    private readonly List<PendingToolCall> _calls = [];
    private readonly OffsetText _refusal = new(); // may rewrite: it is passed on at the end
    private readonly UsageOfAttempts _usage = new();
    private ChatFinishReason? _finish;
    private ChatStreamInfo _info = ChatStreamInfo.Unknown;
    private UpdatePosition _position;
    private int? _choice;
    private bool _hasBegun;
    private bool _hasContents; // the current update

    // A delta that holds nothing but usage: the raw representation of the last update, which reports it.
    private ChatDelta? _usageDelta;
    private string? _id;
    private string? _conversationId = context.GetConversationId(ChatStreamInfo.Unknown); // of _info
    private string? _callIdPrefix;

    /// <summary>Adds the next delta.</summary>
    /// <returns>The update for it, or null if there is none.</returns>
    public ChatResponseUpdate? Add(ChatDelta delta)
    {
        SetInfo(delta.Stream);
        _usage.Add(delta);
        if (delta.BelongsToChoice) _choice ??= delta.ChoiceIndex;
        if (delta.ChoiceIndex != _choice || !delta.BelongsToChoice)
        {
            if (delta.Usage is not null) _usageDelta = delta;
            return null;
        }

        // One id for all updates, even if later chunks have another: a different id would begin another message.
        _id ??= delta.Stream.Id ?? delta.Stream.RequestId;
        ChatResponseUpdate update = CreateUpdate(delta);
        UpdatePosition before = _position;
        if (delta.Reasoning.Length > 0)
        {
            string added = Append(_reasoning, delta.Reasoning, delta.ReasoningOffset);
            _position = _position with { Reasoning = before.Reasoning + added.Length };
            if (Rest(added, before.Reasoning, context.Start.Reasoning) is { Length: > 0 } reasoning)
                AddContent(update, new TextReasoningContent(reasoning));
        }

        if (delta.Text.Length > 0)
        {
            string added = Append(_text, delta.Text, delta.TextOffset);
            _position = _position with { Text = before.Text + added.Length };
            if (Rest(added, before.Text, context.Start.Text) is { Length: > 0 } text) AddContent(update, new TextContent(text));
        }

        if (!delta.IsTextAndReasoningOnly) AddUncommon(delta, update);
        update.ContinuationToken = CreateToken();
        if (!_hasContents && IsBeforeStart) return null;
        // The update is passed on even if all its contents are held back: it shows progress and carries the delta.
        if (!_hasBegun) update.Role = delta.Role ?? ChatRole.Assistant;
        _hasBegun = true;
        return update;
    }

    /// <summary>Ends the response.</summary>
    /// <returns>The last update, with what was held back, the finish reason, and the usage; null if there is none of these.</returns>
    public ChatResponseUpdate? Complete()
    {
        if (_text.IsBehind || _reasoning.IsBehind) throw Rewritten();
        ChatResponseUpdate update = CreateUpdate(_usageDelta);
        PassOnHeldContents(update);
        if (BilledUsage.Create(_usage.Total, _info.Log?.EndedAnd()) is { } usage) AddContent(update, new UsageContent(usage));
        update.FinishReason = _finish;
        if (!_hasContents && _finish is null) return null;
        if (!_hasBegun) update.Role = ChatRole.Assistant;
        return update;
    }

    /// <summary>Returns the rented buffers. The texts are empty afterwards.</summary>
    public void Release()
    {
        _text.Release();
        _reasoning.Release();
    }

    /// <summary>Whether earlier updates hold what has been read, or more.</summary>
    private bool IsBeforeStart =>
        context.Start != default && _position.Text <= context.Start.Text && _position.Reasoning <= context.Start.Reasoning
        && _position.Calls <= context.Start.Calls && _position.Others <= context.Start.Others;

    private ChatResponseUpdate CreateUpdate(ChatDelta? delta)
    {
        _hasContents = false;
        return new()
        {
            ConversationId = _conversationId,
            ResponseId = _id,
            MessageId = _id, // a response has one message, and the provider no separate id for it
            ModelId = _info.Model,
            CreatedAt = _info.CreatedAt,
            RawRepresentation = delta,
        };
    }

    private void AddContent(ChatResponseUpdate update, AIContent content)
    {
        if (_hasContents) update.Contents.Add(content);
        else update.Contents = new UpdateContents(content);
        _hasContents = true;
    }

    /// <summary>Adds everything of a delta except its text and its reasoning.</summary>
    private void AddUncommon(ChatDelta delta, ChatResponseUpdate update)
    {
        if (delta.RefusalChange is not null) _refusal.Apply(delta.Refusal, delta.RefusalOffset);
        // Before the calls: Gemini's signature of a call precedes it.
        IReadOnlyList<AIContent> others = delta.OtherContents;
        for (int i = 0; i < others.Count; i++)
        {
            _position = _position with { Others = _position.Others + 1 };
            if (_position.Others > context.Start.Others) AddContent(update, others[i]);
        }

        IReadOnlyList<ToolCallDelta> fragments = delta.ToolCalls;
        for (int i = 0; i < fragments.Count; i++)
        {
            PendingToolCall call = GetOrAddCall(fragments[i].Index);
            call.Add(fragments[i]);
            // If the provider signals the end of each call, calls keep their place among reasoning and text.
            if (fragments[i].IsComplete) PassOn(call, update);
        }

        // Held back: text may follow a finish reason, and the stream may still fail.
        _finish = delta.FinishReason ?? _finish;
    }

    /// <summary>Sets what is known of the response. The deltas of a response share the object, which changes rarely.</summary>
    private void SetInfo(ChatStreamInfo info)
    {
        if (ReferenceEquals(info, _info)) return;
        _info = info;
        _conversationId = context.GetConversationId(info);
    }

    /// <summary>
    /// A token for the rest of the answer. After a resume that requested the rest as another answer there is none: the provider keeps only
    /// parts.
    /// </summary>
    private BackgroundToken? CreateToken() =>
        context.CreateToken is { } create && string.Equals(_info.Id, _id, StringComparison.Ordinal)
            ? create(_info, new UpdatePosition(
                Math.Max(_position.Text, context.Start.Text),
                Math.Max(_position.Reasoning, context.Start.Reasoning),
                Math.Max(_position.Calls, context.Start.Calls),
                Math.Max(_position.Others, context.Start.Others)))
            : null;

    /// <summary>The part of a piece that earlier updates do not hold.</summary>
    private static string Rest(string piece, int offset, int start) => piece[Math.Clamp(start - offset, 0, piece.Length)..];

    private string Append(AppendOnlyText text, string piece, int offset) => text.Append(piece, offset) ?? throw Rewritten();

    private PendingToolCall GetOrAddCall(int index)
    {
        // The latest first, to which most fragments belong.
        for (int i = _calls.Count - 1; i >= 0; i--)
        {
            if (_calls[i].Index == index) return _calls[i];
        }

        var call = new PendingToolCall(index);
        _calls.Add(call);
        return call;
    }

    private void PassOnHeldContents(ChatResponseUpdate update)
    {
        if (_refusal.Length > 0) AddContent(update, RefusalContent.Create(_refusal.ToString()));
        _refusal.Apply("", 0);
        foreach (PendingToolCall call in _calls) PassOn(call, update);
    }

    private void PassOn(PendingToolCall call, ChatResponseUpdate update)
    {
        if (call.IsPassedOn) return;
        call.IsPassedOn = true;
        _position = _position with { Calls = _position.Calls + 1 };
        if (_position.Calls <= context.Start.Calls) return;
        AddContent(update, ToolCallContents.Create(call.ToToolCall(), GetCallIdPrefix, ToolCallContents.IsCutOff(_finish)));
    }

    private string GetCallIdPrefix() => _callIdPrefix ??= ToolCallContents.IdPrefix(_id);

    private ChatStreamException Rewritten() => new(
        ChatStreamError.MalformedEvent,
        "The server rewrote a part of the answer that had already been passed on, which updates cannot represent. "
        + "Use LlmStreamClient.StreamAsync instead: each of its deltas states where its text begins.")
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
            Usage = _usage.Total,
            Stream = _info,
        },
    };
}
