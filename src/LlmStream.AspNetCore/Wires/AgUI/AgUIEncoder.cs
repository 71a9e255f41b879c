using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.AgUI;

/// <summary>Encodes an answer as AG-UI events. See <see cref="AgUIWire"/>.</summary>
/// <remarks>
/// Invariants: text and reasoning are never open at the same time. <c>_messageId</c> is the message that text and calls belong to, which
/// begins with the first of them. All ids are derived from the id of the answer, so that they are the same whenever it is encoded again.
/// </remarks>
internal sealed class AgUIEncoder : WireEncoder
{
    private const string ProtocolVersion = "1.0";

    private readonly AgUIEvents _events;
    private readonly WireContext _context;
    private readonly List<AgUICall> _calls = [];
    private readonly AgUIUsage _usage;
    private JsonEncodedText _messageId, _reasoningId;
    private byte[] _textDelta = [], _reasoningDelta = []; // the beginning of the deltas of the block that is open
    private SentLength _text, _reasoning, _refusal;
    private Block _open;
    private bool _messageHasText, _messageHasCalls, _nextIsNewMessage;
    private int _messageCount = 1, _reasoningCount, _resultCount;
    private ChatFinishReason? _finishReason;

    public AgUIEncoder(IBufferWriter<byte> output, WireContext context)
        : base(output)
    {
        _events = new AgUIEvents(Events);
        _context = context;
        _usage = new AgUIUsage(context.Model);
        _messageId = AgUIEvents.Encode(context.MessageId);
    }

    private enum Block
    {
        None,
        Text,
        Reasoning,
    }

    public override void Begin()
    {
        Utf8JsonWriter json = _events.Begin("RUN_STARTED"u8);
        WriteRun(json);
        json.WriteString("protocolVersion"u8, ProtocolVersion);
        _events.End();
    }

    public override void Add(ChatDelta delta)
    {
        _usage.Add(delta);
        if (delta.ChoiceIndex != 0) return;
        if (delta.Seam is { } seam) AgUICustomEvents.Write(_events, seam);
        if (delta.Reasoning.Length > 0) AddReasoning(delta.Reasoning, delta.ReasoningOffset);
        IReadOnlyList<AIContent> others = delta.OtherContents;
        // A signature belongs to the reasoning before it, which ends with the text of the same delta.
        bool signsReasoning = _open == Block.Reasoning;
        if (others.Count > 0 && signsReasoning) AddSignatures(others, call: null);
        AddText(ref _text, delta.Text, delta.TextOffset);
        if (delta.Refusal.Length > 0) AddText(ref _refusal, delta.Refusal, delta.RefusalOffset);
        if (others.Count > 0) AddOthers(others, delta.ToolCalls, !signsReasoning);
        IReadOnlyList<ToolCallDelta> fragments = delta.ToolCalls;
        for (int i = 0; i < fragments.Count; i++) AddCall(fragments[i]);
        _finishReason = delta.FinishReason ?? _finishReason;
    }

    public override void Complete()
    {
        foreach (AgUICall call in _calls) Start(call);
        CloseAll(hasFailed: false, isCutOff: _finishReason == ChatFinishReason.Length || _finishReason == ChatFinishReason.ContentFilter);
        AnswerUnusableCalls();
        Utf8JsonWriter json = _events.Begin("RUN_FINISHED"u8);
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

        _events.End();
    }

    public override void Fail(WireFailure failure)
    {
        CloseAll(hasFailed: true, isCutOff: _finishReason is null);
        Utf8JsonWriter json = _events.Begin("RUN_ERROR"u8);
        json.WriteString("message"u8, failure.Message);
        json.WriteString("code"u8, failure.Code);
        _usage.Write(json);
        _events.End();
    }

    public override void Cancel()
    {
        CloseAll(hasFailed: false, isCutOff: _finishReason is null);
        Utf8JsonWriter json = _events.Begin("RUN_FINISHED"u8);
        WriteRun(json);
        json.WriteStartObject("outcome"u8);
        json.WriteString("type"u8, "cancelled"u8);
        json.WriteEndObject();
        _usage.Write(json);
        _events.End();
    }

    private void AddText(ref SentLength sent, string piece, int offset)
    {
        if (!sent.TryAdvance(piece, offset)) throw new RewriteNotSupportedException();
        if (piece.Length == 0) return;
        if (_open != Block.Text) BeginText();
        _events.WriteDelta(_textDelta, piece);
    }

    private void BeginText()
    {
        BeginMessage();
        _open = Block.Text;
        _messageHasText = true;
        _textDelta = AgUIEvents.PrepareText(_messageId);
        _events.WriteTextStart(_messageId);
    }

    private void AddReasoning(string piece, int offset)
    {
        if (!_reasoning.TryAdvance(piece, offset)) throw new RewriteNotSupportedException();
        if (_open != Block.Reasoning) BeginReasoning();
        _events.WriteDelta(_reasoningDelta, piece);
    }

    private void BeginReasoning()
    {
        CloseBlock();
        // Calls and their results have to stay with the text that came with them.
        if (_messageHasText && !_messageHasCalls) _nextIsNewMessage = true;
        _reasoningId = AgUIEvents.Encode($"{_context.MessageId}-reasoning-{++_reasoningCount}");
        _reasoningDelta = AgUIEvents.PrepareReasoning(_reasoningId);
        _open = Block.Reasoning;
        _events.WriteReasoningStart(_reasoningId);
    }

    /// <summary>Begins a new message if the next text or call must not be in the one before.</summary>
    private void BeginMessage()
    {
        CloseBlock();
        if (!_nextIsNewMessage) return;
        _nextIsNewMessage = _messageHasText = _messageHasCalls = false;
        _messageId = AgUIEvents.Encode($"{_context.MessageId}-{++_messageCount}");
    }

    private void CloseBlock()
    {
        Block open = _open;
        _open = Block.None;
        if (open == Block.Text) _events.WriteTextEnd(_messageId);
        else if (open == Block.Reasoning) _events.WriteReasoningEnd(_reasoningId);
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
            _events.WriteDelta(call.ArgumentsDelta, fragment.Arguments);
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
        call.Open(AgUIEvents.Encode(isUsable ? call.Id! : $"{_context.MessageId}-call-{call.Index}"));
        _events.WriteCallStart(call.WireId, call.Name ?? "", _messageId);
        if (call.TakeHeld() is { Length: > 0 } held) _events.WriteDelta(call.ArgumentsDelta, held);
    }

    private void End(AgUICall call, bool isIncomplete)
    {
        if (!call.IsOpen) return;
        call.End(isIncomplete);
        _events.WriteCallEnd(call.WireId, isIncomplete);
    }

    private void AddOthers(IReadOnlyList<AIContent> others, IReadOnlyList<ToolCallDelta> calls, bool withSignatures)
    {
        if (withSignatures) AddSignatures(others, calls.Count > 0 ? calls[0] : null);
        foreach (AIContent content in others)
        {
            if (content is FunctionResultContent result) AddResult(result);
            else AgUICustomEvents.Write(_events, content);
        }
    }

    /// <summary>
    /// Writes the signatures of a delta: of the reasoning that is open, of the call that they come with, of the text before them, or,
    /// otherwise, of reasoning without text.
    /// </summary>
    private void AddSignatures(IReadOnlyList<AIContent> contents, ToolCallDelta? call)
    {
        foreach (AIContent content in contents)
        {
            if (content is not TextReasoningContent { ProtectedData: { Length: > 0 } signature }) continue;
            if (_open == Block.Reasoning)
            {
                _events.WriteSignature(_reasoningId, signature);
                CloseBlock(); // more reasoning would have another signature
            }
            else if (call is not null && GetOrAddCall(call) is { Name.Length: > 0 } signed)
            {
                Start(signed);
                _events.WriteSignature(signed.WireId, signature, isCall: true);
            }
            else if (_open == Block.Text)
            {
                _events.WriteSignature(_messageId, signature);
            }
            else
            {
                BeginReasoning();
                _events.WriteSignature(_reasoningId, signature);
                CloseBlock();
            }
        }
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

        WriteResult(call?.WireId ?? AgUIEvents.Encode(result.CallId), AgUIToolResult.ToText(result));
    }

    private void WriteResult(JsonEncodedText callId, string text)
    {
        _events.WriteCallResult($"{_context.MessageId}-result-{++_resultCount}", callId, text);
        _nextIsNewMessage = true;
    }

    /// <summary>
    /// Answers calls that the client must not run. It would: an outcome without <c>pendingToolCallIds</c> leaves all calls that have no
    /// result to it (@ag-ui/client 1.0.0), and its parser completes arguments that were cut off.
    /// </summary>
    private void AnswerUnusableCalls()
    {
        foreach (AgUICall call in _calls)
        {
            if (call is { HasEnded: true, HasResult: false, IsPending: false })
                WriteResult(call.WireId, "The call was not run, because it is incomplete.");
        }
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

    private void WriteOutcome(Utf8JsonWriter json)
    {
        json.WriteStartObject("outcome"u8);
        json.WriteString("type"u8, "success"u8);
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
        json.WriteString("threadId"u8, _context.ConversationId);
        json.WriteString("runId"u8, _context.RunId);
    }
}
