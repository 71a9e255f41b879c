using System.Buffers;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires;

/// <summary>Plain JSON events, for <c>EventSource</c> and custom clients.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>what</term><description>event</description></listheader>
/// <item><term>text, refusal</term><description><c>{"content":"…"}</c></description></item>
/// <item><term>reasoning</term><description><c>{"reasoning":"…"}</c></description></item>
/// <item><term>complete</term><description>
/// <c>{"done":true,"tokens":N}</c>: the output tokens, left out if the provider did not report them; with <c>"finish_reason"</c> unless
/// it is <c>stop</c>
/// </description></item>
/// <item><term>failed</term><description><c>{"error":"…"}</c></description></item>
/// <item><term>canceled</term><description><c>{"error":"cancelled"}</c></description></item>
/// <item><term>rewrite</term><description>the failure <c>rewritten</c>: clients append what they get</description></item>
/// <item><term>tool calls and results, citations, files, seams</term><description>no event; left out</description></item>
/// </list>
/// </remarks>
internal sealed class JsonWire() : ChatWire("json")
{
    internal override bool Matches(JsonElement body) => Question(body) is not null;

    internal override ParsedRequest ReadRequest(JsonElement body)
    {
        if (Question(body) is not { Length: > 0 } question)
            throw new InvalidRelayRequestException("The body must have \"message\" or \"prompt\", a string that is not empty.");
        return new ParsedRequest(new ChatRelayRequest
        {
            Wire = this,
            Messages = [new ChatMessage(ChatRole.User, question)],
            Model = body.TryGetProperty("model"u8, out JsonElement model) && model.ValueKind == JsonValueKind.String
                ? model.GetString()
                : null,
            ConversationId = body.TryGetProperty("id"u8, out JsonElement id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null,
            Body = body,
        });
    }

    internal override WireEncoder CreateEncoder(IBufferWriter<byte> output, WireContext context) => new Encoder(output);

    private static string? Question(JsonElement body)
    {
        foreach (string name in (ReadOnlySpan<string>)["message", "prompt"])
        {
            if (body.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String) return value.GetString();
        }

        return null;
    }

    private sealed class Encoder(IBufferWriter<byte> output) : WireEncoder(output)
    {
        private SentLength _text, _reasoning, _refusal;
        private ChatFinishReason? _finishReason;
        private readonly WireUsage _usage = new();

        public override void Begin()
        {
            // The first event is the first delta.
        }

        public override void Add(ChatDelta delta)
        {
            _usage.Add(delta); // may have the index of any choice
            if (delta.ChoiceIndex != 0) return;
            if (delta.Reasoning.Length > 0) Write(ref _reasoning, "data: {\"reasoning\":\""u8, delta.Reasoning, delta.ReasoningOffset);
            Write(ref _text, "data: {\"content\":\""u8, delta.Text, delta.TextOffset);
            if (delta.Refusal.Length > 0) Write(ref _refusal, "data: {\"content\":\""u8, delta.Refusal, delta.RefusalOffset);
            _finishReason = delta.FinishReason ?? _finishReason;
        }

        public override void Complete()
        {
            Utf8JsonWriter json = Events.BeginObject();
            json.WriteBoolean("done"u8, true);
            if (_usage.Total?.OutputTokenCount is { } tokens) json.WriteNumber("tokens"u8, tokens); // left out if it is not known
            if (_finishReason is { } reason && reason != ChatFinishReason.Stop) json.WriteString("finish_reason"u8, reason.Value);
            Events.EndObject();
        }

        public override void Fail(WireFailure failure) => WriteError(failure.Message);

        public override void Cancel() => WriteError("cancelled");

        private void Write(ref SentLength sent, ReadOnlySpan<byte> before, string piece, int offset)
        {
            if (!sent.TryAdvance(piece, offset)) throw new RewriteNotSupportedException();
            if (piece.Length > 0) Events.WriteDelta(before, piece, "\"}\n\n"u8);
        }

        private void WriteError(string message)
        {
            Events.BeginObject().WriteString("error"u8, message);
            Events.EndObject();
        }
    }
}
