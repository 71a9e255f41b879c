using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// The events of Anthropic's Messages API (platform.claude.com/docs/en/build-with-claude/streaming), also through Bedrock,
/// Vertex AI, and Azure, and as DeepSeek, Moonshot, Ollama, and others implement it.
/// </summary>
/// <remarks>
/// An answer is complete after <c>message_stop</c>, and nothing is read after that. Without it, a stop reason completes the answer if
/// nothing follows it, as in all dialects: <c>message_delta</c> comes after the last block. The <c>type</c> in an event's JSON decides
/// what it is; of the <c>event:</c> field only <c>error</c> counts.
/// </remarks>
internal sealed partial class AnthropicDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    // Known fields that are not part of the answer. An inspection reports all others.
    private static readonly FieldNames KnownFields = new("request_id", "amazon-bedrock-invocationMetrics", "context_management");

    private static readonly FieldNames KnownMessageFields = new(
        "type", "stop_sequence", "stop_details", "container", "context_management", "diagnostics");

    private readonly AnthropicBlocks _blocks = new(observer);
    private bool _hasBegun;
    private bool _hasStopped;

    private enum EventKind
    {
        Untyped,
        Unknown,
        MessageStart,
        BlockStart,
        BlockDelta,
        BlockStop,
        MessageDelta,
        MessageStop,
        WholeMessage,
        Ping,
        Error,
    }

    protected override bool HasEndSignal => _hasStopped && _hasBegun;

    protected override bool HasTemplates => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"type\""u8) >= 0
        && (json.IndexOf("\"content_block"u8) >= 0 || json.IndexOf("\"message"u8) >= 0 || json.IndexOf("\"ping\""u8) >= 0);

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();

        Utf8JsonReader root = reader, type = default, body = default, usage = default;
        bool hasUsage = false;
        int index = AnthropicBlocks.Latest;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) reader.Remember(ref type);
            else if (reader.Is("index"u8)) index = reader.ReadIndex();
            else if (reader.Is("delta"u8) || reader.Is("content_block"u8) || reader.Is("message"u8)) reader.Remember(ref body);
            else if (reader.Is("usage"u8)) hasUsage = reader.Remember(ref usage);
            else if (!TakeErrorField(ref reader)) Answer.Recorder.Ignore(ref reader);
        }

        reader.RequireEnd();
        EventKind kind = type.HasName() ? KindOf(ref type) : EventKind.Untyped;
        if (kind is not EventKind.BlockDelta) Answer.Recorder.Forget(); // it may change which block a delta continues
        switch (kind)
        {
            case EventKind.BlockDelta:
                _blocks.Continue(Answer.EditChoice(0), index, body, data);
                break;
            case EventKind.BlockStart:
                _blocks.Start(Answer.EditChoice(0), index, body, data);
                break;
            case EventKind.BlockStop:
                _blocks.Stop(Answer.EditChoice(0), index);
                break;
            case EventKind.MessageStart or EventKind.MessageDelta:
                ReadMessage(body, data);
                break;
            case EventKind.WholeMessage: // from a server that does not stream
                ReadMessage(root, data);
                End();
                break;
            case EventKind.MessageStop:
                End();
                break;
            case EventKind.Error:
                Fail(ProviderFault.TryRead(data, isError: true));
                break;
            case EventKind.Untyped: // metrics of Bedrock; errors of gateways
                FindError(data, hasAnswer: false);
                break;
            case EventKind.Unknown:
                Observer?.OnUnknownEvent(type.Decode());
                break;
        }

        if (kind is not (EventKind.Untyped or EventKind.Error)) FindError(data, hasAnswer: true);
        HasUnderstood |= kind is not (EventKind.Untyped or EventKind.Unknown);
        _hasBegun |= kind is EventKind.MessageStart or EventKind.BlockStart or EventKind.BlockDelta
            or EventKind.MessageDelta or EventKind.WholeMessage;
        if (kind is EventKind.MessageDelta && hasUsage) AddUsage(ref usage);
        if (Observer is not null && kind is not (EventKind.Unknown or EventKind.Error or EventKind.WholeMessage)) NoteUnknownFields(root);
    }

    private static EventKind KindOf(ref Utf8JsonReader type) =>
        type.Is("content_block_delta"u8) ? EventKind.BlockDelta
        : type.Is("content_block_start"u8) ? EventKind.BlockStart
        : type.Is("content_block_stop"u8) ? EventKind.BlockStop
        : type.Is("message_start"u8) ? EventKind.MessageStart
        : type.Is("message_delta"u8) ? EventKind.MessageDelta
        : type.Is("message_stop"u8) ? EventKind.MessageStop
        : type.Is("message"u8) ? EventKind.WholeMessage
        : type.Is("ping"u8) ? EventKind.Ping
        : type.Is("error"u8) ? EventKind.Error
        : EventKind.Unknown;

    /// <summary>Reads the fields of a message: when it starts, when it ends, or when it was not streamed.</summary>
    private void ReadMessage(Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        Utf8JsonReader role = default, content = default, stop = default, usage = default;
        bool hasRole = false, hasContent = false, hasStop = false, hasUsage = false;
        string? id = null;
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) id = reader.ReadName();
            else if (reader.Is("model"u8)) ReadModel(ref reader);
            else if (reader.Is("role"u8)) hasRole = reader.Remember(ref role);
            else if (reader.Is("content"u8)) hasContent = reader.Remember(ref content);
            else if (reader.Is("stop_reason"u8)) hasStop = reader.Remember(ref stop);
            else if (reader.Is("usage"u8)) hasUsage = reader.Remember(ref usage);
            else
            {
                Observer.NoteField(ref reader, KnownMessageFields, "message.");
                reader.Skip();
            }
        }

        if (!BeginMessage(id)) return;
        ChoiceBuilder choice = Answer.EditChoice(0);
        if (hasRole) choice.SetRole(ref role);
        if (hasContent && content.TokenType == JsonTokenType.StartArray)
        {
            // Whole blocks, of a message that was not streamed or of the start of one. Each becomes a delta, because a
            // delta does not keep the order of its contents.
            while (content.NextItem())
            {
                _blocks.Start(choice, AnthropicBlocks.Latest, content, data);
                _blocks.Stop(choice, AnthropicBlocks.Latest);
                Answer.EndEvent();
                choice = Answer.EditChoice(0);
                content.Skip();
            }
        }

        if (hasStop && stop.HasName()) FinishMessage(choice, stop.Decode());
        if (hasUsage) AddUsage(ref usage);
    }

    private void FinishMessage(ChoiceBuilder choice, string reason)
    {
        ChatFinishReason understood = Dialect.FinishReasons.ToReason(reason);
        // If the answer was cut off, a call without arguments is incomplete, not a call that has none.
        if (understood != ChatFinishReason.Length && understood != ChatFinishReason.ContentFilter) _blocks.CompleteCalls(choice);
        Observer?.OnFinishReason();
        Finish(choice, reason, understood);
    }

    /// <summary>Reads the id of a message. Some proxies send the start twice, or insert another message.</summary>
    /// <returns>Whether the message is read: it is the one that had started, or the reader reads past errors.</returns>
    private bool BeginMessage(string? id)
    {
        if (id is null) return true;
        if (Answer.Info.Id is not { } known)
        {
            Answer.Info = Answer.Info with { Id = id };
            return true;
        }

        if (string.Equals(id, known, StringComparison.Ordinal)) return true;
        Truncate($"The answer {known} was cut off and another one, {id}, started in its place");
        if (!ReadsPastErrors) return false;
        _blocks.Clear();
        return true;
    }

    private void End()
    {
        if (!IsDone) Observer?.OnEndMarker();
        IsDone = _hasStopped = true;
        ChoiceBuilder choice = Answer.EditChoice(0);
        _blocks.StopAll(choice);
        if (!choice.IsFinished && !HasFailed) _blocks.CompleteCalls(choice);
    }

    private void NoteUnknownFields(Utf8JsonReader root)
    {
        while (root.NextProperty())
        {
            bool isKnown = root.Is("type"u8) || root.Is("index"u8) || root.Is("delta"u8) || root.Is("content_block"u8)
                || root.Is("message"u8) || root.Is("usage"u8);
            if (!isKnown) Observer.NoteField(ref root, KnownFields);
            root.Skip();
        }
    }
}
