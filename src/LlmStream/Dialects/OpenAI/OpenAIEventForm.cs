using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Describes the events of OpenAI's Chat Completions whose effects are all known: one choice with a text, a reasoning, fragments of calls,
/// a role, a finish reason, or nothing; or only usage.
/// </summary>
internal sealed class OpenAIEventForm(Dialect dialect) : EventForm(dialect)
{
    private const int MaxCalls = 8;
    private const int MaxSlotsOfLogprobs = 4; // lists of changing lengths would make a form of each event

    // The decoder does not read them.
    private static readonly FieldNames OtherFields = new(
        "system_fingerprint", "service_tier", "provider", "obfuscation", "p", "timings", "time_info", "prompt_filter_results",
        "stream_options", "latency_checkpoint");

    private static readonly FieldNames OtherFieldsOfChoice = new(
        "content_filter_results", "content_filter_offsets", "stop_reason", "matched_stop", "seed", "token_ids", "trace_details");

    private static readonly FieldNames OtherFieldsOfDelta = new(
        "token_id", "name", "channel", "graph_data", "llm_data", "image_data", "translation_data", "web_search_data");

    // Part of the answer if they hold anything.
    private static readonly FieldNames EmptyFieldsOfDelta = new(
        "function_call", "audio", "annotations", "images", "citations", "search_results", "extra_content", "thinking_blocks");

    // Skipped, if a text came before.
    private static readonly FieldNames OtherFieldsOfDetail = new("type", "format", "index", "id", "provider");

    private bool _hasPieces;
    private bool _hasReasoning;

    private enum Field
    {
        Id, Object, Created, Model, Choices, Usage, Groq, GroqUsage,
        Index, Delta, Finish, NativeFinish, Logprobs, Text, Message,
        Role, Content, Refusal, Reasoning, Details, Calls,
    }

    private enum CallField
    {
        Index, Id, Type, Function, Name, Arguments,
    }

    protected override bool Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (!ReadChunk(ref reader)) return false;
        if (!Has((int)Field.Choices)) Effect = SharedEffect.NoChoices;
        // A chunk with a choice; or one without, in which no error would be found.
        return HasChoice || !ErrorScan.MayFind(json);
    }

    private bool ReadChunk(ref Utf8JsonReader reader)
    {
        while (reader.NextProperty())
        {
            bool isKnown =
                IsNew(ref reader, "id"u8, Field.Id) ? ReadInfo(ref reader, TemplateSlotKind.Id, JsonTokenType.String)
                : IsNew(ref reader, "object"u8, Field.Object)
                    ? ReadName(ref reader, "chat.completion.chunk"u8) || reader.ValueSpan.SequenceEqual("text_completion"u8)
                : IsNew(ref reader, "created"u8, Field.Created) ? ReadInfo(ref reader, TemplateSlotKind.Created, JsonTokenType.Number)
                : IsNew(ref reader, "model"u8, Field.Model) ? ReadInfo(ref reader, TemplateSlotKind.Model, JsonTokenType.String)
                : IsNew(ref reader, "choices"u8, Field.Choices) ? ReadChoices(ref reader)
                : IsNew(ref reader, "usage"u8, Field.Usage) ? ReadUsage(ref reader)
                : IsNew(ref reader, "x_groq"u8, Field.Groq) ? ReadGroq(ref reader)
                : Ignore(ref reader, OtherFields);
            if (!isKnown) return false;
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    private bool ReadChoices(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        if (!reader.NextItem()) return true; // only usage
        return reader.TokenType == JsonTokenType.StartObject && ReadChoice(ref reader)
            && !reader.NextItem() && reader.TokenType == JsonTokenType.EndArray;
    }

    private bool ReadChoice(ref Utf8JsonReader reader)
    {
        HasChoice = true;
        Utf8JsonReader delta = default;
        while (reader.NextProperty())
        {
            bool isKnown;
            if (IsNew(ref reader, "index"u8, Field.Index)) isKnown = ReadChoiceIndex(ref reader);
            else if (IsNew(ref reader, "delta"u8, Field.Delta))
            {
                reader.Remember(ref delta);
                isKnown = delta.TokenType == JsonTokenType.StartObject;
            }
            else if (IsNew(ref reader, "finish_reason"u8, Field.Finish)) isKnown = ReadFinish(ref reader);
            else if (IsNew(ref reader, "native_finish_reason"u8, Field.NativeFinish)) isKnown = ReadNativeFinish(ref reader);
            else if (IsNew(ref reader, "logprobs"u8, Field.Logprobs)) isKnown = IgnoreLogprobs(ref reader);
            else if (IsNew(ref reader, "text"u8, Field.Text)) isKnown = IgnoreText(ref reader);
            else if (IsNew(ref reader, "message"u8, Field.Message)) isKnown = IgnoreMessage(ref reader);
            else isKnown = Ignore(ref reader, OtherFieldsOfChoice);
            if (!isKnown) return false;
        }

        if (Has((int)Field.Delta)) return ReadDelta(ref delta);
        // A message and a text are not read beside a delta, but without one they are the answer.
        Effect = SharedEffect.NoMessage;
        return !Has((int)Field.Message) && !Has((int)Field.Text);
    }

    private bool ReadChoiceIndex(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number) return false;
        Recorder.NoteInfo(TemplateSlotKind.ChoiceIndex, ref reader);
        return JsonLengths.OfInteger(reader.ValueSpan, out _) == reader.ValueSpan.Length;
    }

    private bool ReadDelta(ref Utf8JsonReader reader)
    {
        while (reader.NextProperty())
        {
            bool isKnown =
                IsNew(ref reader, "content"u8, Field.Content) ? ReadPiece(ref reader, TemplateSlotKind.Text, out _)
                : IsNew(ref reader, "reasoning_content"u8, Field.Reasoning) || IsNew(ref reader, "reasoning"u8, Field.Reasoning)
                    ? ReadPiece(ref reader, TemplateSlotKind.Reasoning, out _hasReasoning)
                : IsNew(ref reader, "role"u8, Field.Role) ? ReadRole(ref reader, isLast: _hasPieces)
                : IsNew(ref reader, "tool_calls"u8, Field.Calls) ? ReadCalls(ref reader)
                : IsNew(ref reader, "reasoning_details"u8, Field.Details) ? ReadDetails(ref reader)
                : IsNew(ref reader, "refusal"u8, Field.Refusal) ? ReadNull(ref reader)
                : !reader.ValueIsEscaped && EmptyFieldsOfDelta.Contains(ref reader) ? ReadNothing(ref reader)
                : Ignore(ref reader, OtherFieldsOfDelta);
            if (!isKnown) return false;
        }

        return true;
    }

    private bool ReadPiece(ref Utf8JsonReader reader, TemplateSlotKind kind, out bool hasText)
    {
        if (!ReadText(ref reader, kind, out hasText)) return false;
        _hasPieces |= hasText;
        return !hasText || (!IsRoleLast && Calls.Count == 0); // a template states the pieces, then the calls, then such a role
    }

    private bool ReadCalls(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartArray || IsRoleLast) return false;
        while (reader.NextItem())
        {
            _hasPieces = true;
            if (reader.TokenType != JsonTokenType.StartObject || Calls.Count == MaxCalls || !ReadCall(ref reader)) return false;
        }

        return true;
    }

    private bool ReadCall(ref Utf8JsonReader reader)
    {
        int? index = null;
        int fields = 0;
        TemplateSlot? id = null, name = null, arguments = null;
        while (reader.NextProperty())
        {
            bool isKnown;
            if (Is(ref reader, "index"u8, CallField.Index))
            {
                isKnown = ReadIndex(ref reader, out int stated);
                index = stated;
            }
            else if (Is(ref reader, "id"u8, CallField.Id)) isKnown = ReadString(ref reader, TemplateSlotKind.CallId, out id);
            else if (Is(ref reader, "type"u8, CallField.Type))
                isKnown = ReadName(ref reader, "function"u8) || reader.TokenType == JsonTokenType.Null;
            else if (Is(ref reader, "function"u8, CallField.Function))
            {
                isKnown = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
                while (isKnown && reader.NextProperty())
                {
                    isKnown = Is(ref reader, "name"u8, CallField.Name) ? ReadString(ref reader, TemplateSlotKind.CallName, out name)
                        : Is(ref reader, "arguments"u8, CallField.Arguments)
                            && ReadString(ref reader, TemplateSlotKind.Arguments, out arguments);
                }
            }
            else isKnown = false;

            if (!isKnown) return false;
        }

        var call = new ToolCallTarget(ProviderIndex: null, index, Id: null, Name: null, Position: Calls.Count);
        Calls.Add(call);
        foreach (TemplateSlot? slot in (ReadOnlySpan<TemplateSlot?>)[id, name, arguments])
        {
            if (slot is { } known) Recorder.Note(known with { Call = call });
        }

        return true;

        bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> field, CallField number)
        {
            if (reader.ValueIsEscaped || !reader.ValueSpan.SequenceEqual(field) || (fields >> (int)number & 1) != 0) return false;
            fields |= 1 << (int)number;
            return true;
        }
    }

    /// <summary>Reads null or a string. Empty arguments have no effect.</summary>
    private bool ReadString(ref Utf8JsonReader reader, TemplateSlotKind kind, out TemplateSlot? slot)
    {
        slot = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String) return false;
        bool isSlot = kind != TemplateSlotKind.Arguments || !reader.ValueSpan.IsEmpty;
        if (isSlot) slot = Slot(kind, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        return true;
    }

    /// <summary>Reads the parts of a reasoning: none, or one that repeats the reasoning that came before it, without a signature.</summary>
    private bool ReadDetails(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        if (!reader.NextItem()) return true;
        if (reader.TokenType != JsonTokenType.StartObject || !_hasReasoning) return false;
        while (reader.NextProperty())
        {
            bool isText = !reader.ValueIsEscaped
                && (reader.ValueSpan.SequenceEqual("text"u8) || reader.ValueSpan.SequenceEqual("summary"u8));
            bool isProtection = !reader.ValueIsEscaped
                && (reader.ValueSpan.SequenceEqual("signature"u8) || reader.ValueSpan.SequenceEqual("data"u8));
            if (isText ? !IgnoreText(ref reader) : isProtection ? !ReadNull(ref reader) : !Ignore(ref reader, OtherFieldsOfDetail))
                return false;
        }

        return !reader.NextItem() && reader.TokenType == JsonTokenType.EndArray;
    }

    /// <summary>Reads the finish reason of the provider behind a gateway, which only matters if it is a failure.</summary>
    private bool ReadNativeFinish(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped) return false;
        return IsName(reader.ValueSpan, mayBeUpper: true) && !IsFailure(ref reader);
    }

    private bool ReadGroq(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.NextProperty())
        {
            if (IsNew(ref reader, "usage"u8, Field.GroqUsage))
            {
                if (!ReadUsage(ref reader)) return false;
            }
            else if (reader.ValueSpan.SequenceEqual("id"u8) || reader.ValueSpan.SequenceEqual("seed"u8)) Recorder.Ignore(ref reader);
            else return false;
        }

        return true;
    }

    private bool IgnoreLogprobs(ref Utf8JsonReader reader)
    {
        int count = Recorder.Slots.Count;
        Recorder.Ignore(ref reader);
        return Recorder.Slots.Count - count <= MaxSlotsOfLogprobs;
    }

    private bool IgnoreMessage(ref Utf8JsonReader reader)
    {
        Recorder.Ignore(ref reader);
        return true;
    }

    private bool IgnoreText(ref Utf8JsonReader reader)
    {
        Recorder.Ignore(ref reader);
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null;
    }

    private bool IsNew(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, Field field) => IsNew(ref reader, name, (int)field);
}
