using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Describes the events of Anthropic's Messages API whose effects are all known: the usual ones of each type.</summary>
internal sealed class AnthropicEventForm(Dialect dialect) : EventForm(dialect)
{
    // The decoder does not read them.
    private static readonly FieldNames OtherFields = new("request_id", "amazon-bedrock-invocationMetrics", "context_management", "p");

    private static readonly FieldNames OtherFieldsOfMessage = new(
        "stop_sequence", "stop_details", "container", "context_management", "diagnostics");

    private enum Field
    {
        Type, Index, Body, Usage,
        MessageType, Id, Role, Model, Content, StopReason, MessageUsage,
        BlockType, Text, Signature, Citations, CallId, CallName, Input, Caller,
    }

    protected override bool Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        HasChoice = true;
        Utf8JsonReader type = default, body = default, usage = default;
        bool isBlock = false, isMessage = false;
        while (reader.NextProperty())
        {
            bool isKnown = true;
            if (IsNew(ref reader, "type"u8, Field.Type)) reader.Remember(ref type);
            else if (IsNew(ref reader, "index"u8, Field.Index)) isKnown = ReadBlockIndex(ref reader);
            else if (IsNew(ref reader, "usage"u8, Field.Usage)) reader.Remember(ref usage);
            else
            {
                isBlock |= reader.ValueSpan.SequenceEqual("content_block"u8);
                isMessage |= reader.ValueSpan.SequenceEqual("message"u8);
                bool isBody = IsNew(ref reader, "delta"u8, Field.Body) || IsNew(ref reader, "content_block"u8, Field.Body)
                    || IsNew(ref reader, "message"u8, Field.Body);
                if (isBody) reader.Remember(ref body);
                else isKnown = Ignore(ref reader, OtherFields);
            }

            if (!isKnown) return false;
        }

        if (type.TokenType != JsonTokenType.String || type.ValueIsEscaped) return false;
        if (type.ValueSpan.SequenceEqual("message_delta"u8)) return !isBlock && !isMessage && ReadMessageDelta(ref body, ref usage);
        if (Has((int)Field.Usage)) return false;
        if (body.TokenType == JsonTokenType.None)
        {
            Effect = type.ValueSpan.SequenceEqual("content_block_stop"u8) ? SharedEffect.EndBlock
                : type.ValueSpan.SequenceEqual("message_stop"u8) ? SharedEffect.EndAnswer
                : SharedEffect.None;
            return Effect is not SharedEffect.None;
        }

        if (body.TokenType != JsonTokenType.StartObject) return false;
        if (type.ValueSpan.SequenceEqual("content_block_delta"u8)) return !isBlock && !isMessage && ReadBlockDelta(ref body);
        if (type.ValueSpan.SequenceEqual("content_block_start"u8)) return isBlock && ReadBlock(ref body);
        return type.ValueSpan.SequenceEqual("message_start"u8) && isMessage && ReadMessage(ref body);
    }

    private bool ReadMessage(ref Utf8JsonReader reader)
    {
        Effect = SharedEffect.BeginMessage;
        while (reader.NextProperty())
        {
            bool isKnown =
                IsNew(ref reader, "id"u8, Field.Id) ? ReadInfo(ref reader, TemplateSlotKind.Id, JsonTokenType.String)
                : IsNew(ref reader, "type"u8, Field.MessageType) ? ReadName(ref reader, "message"u8)
                : IsNew(ref reader, "role"u8, Field.Role) ? ReadRole(ref reader, isLast: false)
                : IsNew(ref reader, "model"u8, Field.Model) ? ReadInfo(ref reader, TemplateSlotKind.Model, JsonTokenType.String)
                : IsNew(ref reader, "content"u8, Field.Content) ? ReadNothing(ref reader)
                : IsNew(ref reader, "stop_reason"u8, Field.StopReason) ? ReadNull(ref reader)
                : IsNew(ref reader, "usage"u8, Field.MessageUsage) ? ReadUsage(ref reader)
                : Ignore(ref reader, OtherFieldsOfMessage);
            if (!isKnown) return false;
        }

        return true;
    }

    private bool ReadMessageDelta(ref Utf8JsonReader delta, ref Utf8JsonReader usage)
    {
        Effect = SharedEffect.FinishMessage;
        if (delta.TokenType is not (JsonTokenType.StartObject or JsonTokenType.None)) return false;
        while (delta.TokenType != JsonTokenType.None && delta.NextProperty())
        {
            bool isKnown = IsNew(ref delta, "stop_reason"u8, Field.StopReason) ? ReadFinish(ref delta)
                : Ignore(ref delta, OtherFieldsOfMessage);
            if (!isKnown) return false;
        }

        return usage.TokenType == JsonTokenType.None || AddUsage(ref usage);
    }

    private bool ReadBlock(ref Utf8JsonReader reader)
    {
        while (reader.NextProperty())
        {
            if (IsNew(ref reader, "type"u8, Field.BlockType))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped) return false;
                Effect = reader.ValueSpan.SequenceEqual("text"u8) ? SharedEffect.BeginText
                    : reader.ValueSpan.SequenceEqual("thinking"u8) ? SharedEffect.BeginReasoning
                    : reader.ValueSpan.SequenceEqual("tool_use"u8) ? SharedEffect.BeginCall
                    : SharedEffect.None;
                if (Effect is SharedEffect.None) return false;
                continue;
            }

            // Each field may come before the type; those of another type are kept, or have an effect, only if they are not empty.
            bool isKnown =
                IsNew(ref reader, "text"u8, Field.Text) || IsNew(ref reader, "thinking"u8, Field.Text) ? ReadName(ref reader, ""u8)
                : IsNew(ref reader, "signature"u8, Field.Signature) ? ReadName(ref reader, ""u8)
                : IsNew(ref reader, "citations"u8, Field.Citations) ? ReadNothing(ref reader)
                : IsNew(ref reader, "id"u8, Field.CallId) ? ReadInfo(ref reader, TemplateSlotKind.CallId, JsonTokenType.String)
                : IsNew(ref reader, "name"u8, Field.CallName) ? ReadInfo(ref reader, TemplateSlotKind.CallName, JsonTokenType.String)
                : IsNew(ref reader, "input"u8, Field.Input) ? ReadEmptyObject(ref reader)
                : IsNew(ref reader, "caller"u8, Field.Caller) && ReadDirectCaller(ref reader);
            if (!isKnown) return false;
        }

        bool isOfCall = Has((int)Field.CallId) || Has((int)Field.CallName) || Has((int)Field.Input) || Has((int)Field.Caller);
        bool isOfText = Has((int)Field.Text) || Has((int)Field.Signature) || Has((int)Field.Citations);
        return Effect switch
        {
            SharedEffect.BeginText or SharedEffect.BeginReasoning => !isOfCall,
            SharedEffect.BeginCall => !isOfText,
            _ => false,
        };
    }

    /// <summary>Reads a delta with one piece, of which the decoder does not read the type.</summary>
    private bool ReadBlockDelta(ref Utf8JsonReader reader)
    {
        while (reader.NextProperty())
        {
            bool isKnown =
                IsNew(ref reader, "type"u8, Field.BlockType)
                    ? reader.Read() && reader.TokenType == JsonTokenType.String && IsName(reader.ValueSpan)
                : IsNew(ref reader, "text"u8, Field.Text) ? ReadPiece(ref reader, TemplateSlotKind.Text)
                : IsNew(ref reader, "thinking"u8, Field.Text) ? ReadPiece(ref reader, TemplateSlotKind.Reasoning)
                : IsNew(ref reader, "partial_json"u8, Field.Text) ? ReadPiece(ref reader, TemplateSlotKind.Arguments)
                : IsNew(ref reader, "signature"u8, Field.Text) && ReadPiece(ref reader, TemplateSlotKind.Signature);
            if (!isKnown) return false;
        }

        return Has((int)Field.Text);
    }

    private bool ReadPiece(ref Utf8JsonReader reader, TemplateSlotKind kind) => ReadText(ref reader, kind, out _);

    private bool ReadBlockIndex(ref Utf8JsonReader reader)
    {
        if (!ReadIndex(ref reader, out _)) return false;
        Recorder.Note(Slot(TemplateSlotKind.BlockIndex, (int)reader.TokenStartIndex, reader.ValueSpan.Length));
        return true;
    }

    private static bool ReadEmptyObject(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.EndObject;

    /// <summary>Reads who called the tool: only the model itself is of no effect.</summary>
    private static bool ReadDirectCaller(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.StartObject
        && reader.NextProperty() && reader.ValueSpan.SequenceEqual("type"u8)
        && reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueSpan.SequenceEqual("direct"u8)
        && reader.Read() && reader.TokenType == JsonTokenType.EndObject;

    private bool IsNew(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, Field field) => IsNew(ref reader, name, (int)field);
}
