using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires;

/// <summary>Encodes an answer as AG-UI events. See <see cref="AgUIWire"/>.</summary>
/// <remarks>
/// Invariants: text and reasoning are never open at the same time. <c>_messageId</c> is the message that text and calls belong to, which
/// begins with the first of them. All ids are derived from the id of the answer, so that they are the same whenever it is encoded again.
/// </remarks>
internal sealed class AgUIEncoder(IBufferWriter<byte> output, WireContext context) : WireEncoder(output)
{
    private const string ProtocolVersion = "1.0";

    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText MessageId = JsonEncodedText.Encode("messageId");
    private static readonly JsonEncodedText ToolCallId = JsonEncodedText.Encode("toolCallId");
    private static readonly JsonEncodedText Delta = JsonEncodedText.Encode("delta");
    private static readonly JsonEncodedText TextContent = JsonEncodedText.Encode("TEXT_MESSAGE_CONTENT");
    private static readonly JsonEncodedText ReasoningContent = JsonEncodedText.Encode("REASONING_MESSAGE_CONTENT");
    private static readonly JsonEncodedText ToolCallArguments = JsonEncodedText.Encode("TOOL_CALL_ARGS");

    private readonly List<AgUICall> _calls = [];
    private readonly AgUIUsage _usage = new(context.Model);
    private JsonEncodedText _messageId = Encode(context.MessageId);
    private JsonEncodedText _reasoningId;
    private SentLength _text, _reasoning, _refusal;
    private Block _open;
    private bool _messageHasText, _messageHasCalls, _nextIsNewMessage;
    private int _messageCount = 1, _reasoningCount, _resultCount;
    private ChatFinishReason? _finishReason;

    private enum Block
    {
        None,
        Text,
        Reasoning,
    }

    public override void Begin()
    {
        Utf8JsonWriter json = BeginEvent("RUN_STARTED"u8);
        WriteRun(json);
        json.WriteString("protocolVersion"u8, ProtocolVersion);
        Events.EndObject();
    }

    public override void Add(ChatDelta delta)
    {
        _usage.Add(delta);
        if (delta.ChoiceIndex != 0) return;
        if (delta.Seam is { } seam) WriteSeam(seam);
        if (delta.Reasoning.Length > 0) AddReasoning(delta.Reasoning, delta.ReasoningOffset);
        IReadOnlyList<AIContent> others = delta.OtherContents;
        // A signature belongs to the reasoning before it, which ends with the text of the same delta.
        bool signsReasoning = _open == Block.Reasoning;
        if (others.Count > 0 && signsReasoning) AddSignatures(others, call: null);
        AddText(ref _text, delta.Text, delta.TextOffset);
        if (delta.Refusal.Length > 0) AddText(ref _refusal, delta.Refusal, delta.RefusalOffset);
        if (others.Count > 0) AddOthers(others, delta.ToolCalls, !signsReasoning);
        foreach (ToolCallDelta fragment in delta.ToolCalls) AddCall(fragment);
        _finishReason = delta.FinishReason ?? _finishReason;
    }

    public override void Complete()
    {
        foreach (AgUICall call in _calls) Start(call);
        CloseAll(hasFailed: false, isCutOff: _finishReason == ChatFinishReason.Length || _finishReason == ChatFinishReason.ContentFilter);
        Utf8JsonWriter json = BeginEvent("RUN_FINISHED"u8);
        WriteRun(json);
        WriteOutcome(json);
        _usage.Write(json);
        if (_finishReason is { } reason)
        {
            json.WriteStartObject("metadata"u8);
            json.WriteString("finishReason"u8, reason.Value);
            json.WriteStartObject("tanstack"u8);
            json.WriteString("finishReason"u8, reason.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        Events.EndObject();
    }

    public override void Fail(WireFailure failure)
    {
        CloseAll(hasFailed: true, isCutOff: _finishReason is null);
        Utf8JsonWriter json = BeginEvent("RUN_ERROR"u8);
        json.WriteString("message"u8, failure.Message);
        json.WriteString("code"u8, failure.Code);
        _usage.Write(json);
        Events.EndObject();
    }

    public override void Cancel()
    {
        CloseAll(hasFailed: false, isCutOff: _finishReason is null);
        Utf8JsonWriter json = BeginEvent("RUN_FINISHED"u8);
        WriteRun(json);
        json.WriteStartObject("outcome"u8);
        json.WriteString(Type, "cancelled"u8);
        json.WriteEndObject();
        _usage.Write(json);
        Events.EndObject();
    }

    private void AddText(ref SentLength sent, string piece, int offset)
    {
        if (!sent.TryAdvance(piece, offset)) throw new RewriteNotSupportedException();
        if (piece.Length == 0) return;
        if (_open != Block.Text) BeginText();
        WriteDelta(TextContent, MessageId, _messageId, piece);
    }

    private void BeginText()
    {
        BeginMessage();
        _open = Block.Text;
        _messageHasText = true;
        Utf8JsonWriter json = BeginEvent("TEXT_MESSAGE_START"u8);
        json.WriteString(MessageId, _messageId);
        json.WriteString("role"u8, "assistant"u8);
        Events.EndObject();
    }

    private void AddReasoning(string piece, int offset)
    {
        if (!_reasoning.TryAdvance(piece, offset)) throw new RewriteNotSupportedException();
        if (_open != Block.Reasoning) BeginReasoning();
        WriteDelta(ReasoningContent, MessageId, _reasoningId, piece);
    }

    private void BeginReasoning()
    {
        CloseBlock();
        // Calls and their results have to stay with the text that came with them.
        if (_messageHasText && !_messageHasCalls) _nextIsNewMessage = true;
        _reasoningId = Encode($"{context.MessageId}-reasoning-{++_reasoningCount}");
        _open = Block.Reasoning;
        WriteMessageEvent("REASONING_START"u8, _reasoningId);
        Utf8JsonWriter json = BeginEvent("REASONING_MESSAGE_START"u8);
        json.WriteString(MessageId, _reasoningId);
        json.WriteString("role"u8, "reasoning"u8);
        Events.EndObject();
    }

    /// <summary>Begins a new message if the next text or call must not be in the one before.</summary>
    private void BeginMessage()
    {
        CloseBlock();
        if (!_nextIsNewMessage) return;
        _nextIsNewMessage = _messageHasText = _messageHasCalls = false;
        _messageId = Encode($"{context.MessageId}-{++_messageCount}");
    }

    private void CloseBlock()
    {
        Block open = _open;
        _open = Block.None;
        if (open == Block.Text) WriteMessageEvent("TEXT_MESSAGE_END"u8, _messageId);
        if (open != Block.Reasoning) return;
        WriteMessageEvent("REASONING_MESSAGE_END"u8, _reasoningId);
        WriteMessageEvent("REASONING_END"u8, _reasoningId);
    }

    private void AddCall(ToolCallDelta fragment)
    {
        AgUICall call = GetOrAddCall(fragment);
        if (call.HasEnded) return; // the provider signalled its end already
        if (!call.IsOpen)
        {
            // The name has to be in the first event.
            call.Hold(fragment);
            if (call.Name is { Length: > 0 } || fragment.IsComplete) Start(call);
        }
        else if (!call.Sent.TryAdvance(fragment.Arguments, fragment.ArgumentsOffset))
        {
            throw new RewriteNotSupportedException();
        }
        else if (fragment.Arguments.Length > 0)
        {
            WriteDelta(ToolCallArguments, ToolCallId, call.WireId, fragment.Arguments);
        }

        if (fragment.IsComplete) End(call, isIncomplete: false);
    }

    private AgUICall GetOrAddCall(ToolCallDelta fragment)
    {
        foreach (AgUICall known in _calls)
        {
            if (known.Index != fragment.Index) continue;
            known.Describe(fragment);
            return known;
        }

        var call = new AgUICall(fragment.Index);
        _calls.Add(call);
        call.Describe(fragment);
        return call;
    }

    private void Start(AgUICall call)
    {
        if (call.IsOpen || call.HasEnded) return;
        BeginMessage();
        _messageHasCalls = true;
        // Clients merge calls that have the same id.
        bool isUsable = !string.IsNullOrEmpty(call.Id) && !_calls.Exists(other => (other.IsOpen || other.HasEnded) && other.Id == call.Id);
        call.Open(Encode(isUsable ? call.Id! : $"{context.MessageId}-call-{call.Index}"));
        Utf8JsonWriter json = BeginEvent("TOOL_CALL_START"u8);
        json.WriteString(ToolCallId, call.WireId);
        json.WriteString("toolCallName"u8, call.Name ?? "");
        json.WriteString("parentMessageId"u8, _messageId);
        Events.EndObject();
        if (call.TakeHeld() is { Length: > 0 } held) WriteDelta(ToolCallArguments, ToolCallId, call.WireId, held);
    }

    private void End(AgUICall call, bool isIncomplete)
    {
        if (!call.IsOpen) return;
        call.End(isIncomplete);
        Utf8JsonWriter json = BeginEvent("TOOL_CALL_END"u8);
        json.WriteString(ToolCallId, call.WireId);
        if (isIncomplete)
        {
            json.WriteStartObject("metadata"u8);
            json.WriteBoolean("incomplete"u8, true);
            json.WriteEndObject();
        }

        Events.EndObject();
    }

    private void AddOthers(IReadOnlyList<AIContent> others, IReadOnlyList<ToolCallDelta> calls, bool withSignatures)
    {
        if (withSignatures) AddSignatures(others, calls.Count > 0 ? calls[0] : null);
        foreach (AIContent content in others)
        {
            if (content is FunctionResultContent result) AddResult(result);
            else AgUICustomEvents.Write(Events, content);
        }
    }

    /// <summary>
    /// Writes the signatures of a delta: of the reasoning that is open, of the call that they come with, of the text before them, or,
    /// if there is none of these, of reasoning without text.
    /// </summary>
    private void AddSignatures(IReadOnlyList<AIContent> contents, ToolCallDelta? call)
    {
        foreach (AIContent content in contents)
        {
            if (content is not TextReasoningContent { ProtectedData: { Length: > 0 } signature }) continue;
            if (_open == Block.Reasoning)
            {
                WriteSignature("message"u8, _reasoningId, signature);
                CloseBlock(); // more reasoning would have another signature
            }
            else if (call is not null && GetOrAddCall(call) is { Name.Length: > 0 } signed)
            {
                Start(signed);
                WriteSignature("tool-call"u8, signed.WireId, signature);
            }
            else if (_open == Block.Text)
            {
                WriteSignature("message"u8, _messageId, signature);
            }
            else
            {
                BeginReasoning();
                WriteSignature("message"u8, _reasoningId, signature);
                CloseBlock();
            }
        }
    }

    private void WriteSignature(ReadOnlySpan<byte> subtype, JsonEncodedText id, string signature)
    {
        Utf8JsonWriter json = BeginEvent("REASONING_ENCRYPTED_VALUE"u8);
        json.WriteString("subtype"u8, subtype);
        json.WriteString("entityId"u8, id);
        json.WriteString("encryptedValue"u8, signature);
        Events.EndObject();
    }

    private void AddResult(FunctionResultContent result)
    {
        CloseBlock();
        AgUICall? call = _calls.FindLast(known => known.Id == result.CallId && !known.HasResult)
            ?? _calls.FindLast(known => known.Id == result.CallId);
        if (call is not null)
        {
            Start(call);
            End(call, isIncomplete: false);
            call.HasResult = true;
        }

        Utf8JsonWriter json = BeginEvent("TOOL_CALL_RESULT"u8);
        json.WriteString(MessageId, $"{context.MessageId}-result-{++_resultCount}");
        json.WriteString(ToolCallId, call?.WireId ?? Encode(result.CallId));
        json.WriteString("content"u8, ToolResultText.Of(result));
        json.WriteString("role"u8, "tool"u8);
        Events.EndObject();
        _nextIsNewMessage = true;
    }

    /// <summary>Closes what is open. If the answer was cut off, the last call may be incomplete.</summary>
    private void CloseAll(bool hasFailed, bool isCutOff)
    {
        CloseBlock();
        AgUICall? last = _calls.Count > 0 ? _calls[^1] : null;
        foreach (AgUICall call in _calls)
        {
            bool isIncomplete = isCutOff && call == last;
            if (!isIncomplete || !hasFailed) End(call, isIncomplete);
        }
    }

    private void WriteSeam(ChatSeam seam)
    {
        Utf8JsonWriter json = BeginEvent("CUSTOM"u8);
        json.WriteString("name"u8, "llmstream.seam"u8);
        json.WriteStartObject("value"u8);
        json.WriteString("kind"u8, seam.Kind switch
        {
            ChatSeamKind.Appended => "appended"u8,
            ChatSeamKind.Restarted => "restarted"u8,
            _ => "replayed"u8,
        });
        json.WriteNumber("attempt"u8, seam.Attempt);
        json.WriteNumber("textOffset"u8, seam.TextOffset);
        json.WriteEndObject();
        Events.EndObject();
    }

    private void WriteOutcome(Utf8JsonWriter json)
    {
        json.WriteStartObject("outcome"u8);
        json.WriteString(Type, "success"u8);
        if (_calls.Exists(call => call.IsPending))
        {
            json.WriteStartArray("pendingToolCallIds"u8);
            foreach (AgUICall call in _calls)
            {
                if (call.IsPending) json.WriteStringValue(call.WireId);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteRun(Utf8JsonWriter json)
    {
        json.WriteString("threadId"u8, context.ConversationId);
        json.WriteString("runId"u8, context.RunId);
    }

    private void WriteMessageEvent(ReadOnlySpan<byte> type, JsonEncodedText id)
    {
        BeginEvent(type).WriteString(MessageId, id);
        Events.EndObject();
    }

    private void WriteDelta(JsonEncodedText type, JsonEncodedText idName, JsonEncodedText id, string piece)
    {
        Utf8JsonWriter json = Events.BeginObject();
        json.WriteString(Type, type);
        json.WriteString(idName, id);
        json.WriteString(Delta, piece);
        Events.EndObject();
    }

    private Utf8JsonWriter BeginEvent(ReadOnlySpan<byte> type)
    {
        Utf8JsonWriter json = Events.BeginObject();
        json.WriteString(Type, type);
        return json;
    }

    // By way of UTF-8, because an id may hold half of a surrogate pair, which is replaced.
    private static JsonEncodedText Encode(string id) =>
        JsonEncodedText.Encode(System.Text.Encoding.UTF8.GetBytes(id), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
