using System.Diagnostics;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Describes the events of OpenAI's Chat Completions whose effects are all known: one choice with a text, a reasoning, the arguments of a
/// call, a role, or a finish reason; or only usage.
/// </summary>
/// <remarks>
/// What the fields do is stated a second time here, apart from <see cref="OpenAIDecoder"/>. Any field that is not listed, one that occurs
/// twice, and any unusual value mean that there is no description; then the event is decoded. Strings are slots, except those that are
/// names of the format.
/// </remarks>
internal ref struct OpenAIEventForm
{
    private const int MaxNameLength = 32;

    // The decoder does not read them.
    private static readonly FieldNames OtherFields = new(
        "system_fingerprint", "service_tier", "provider", "obfuscation", "p", "timings", "time_info", "prompt_filter_results");

    private static readonly FieldNames OtherFieldsOfChoice = new(
        "content_filter_results", "content_filter_offsets", "stop_reason", "matched_stop", "seed");

    private readonly TemplateRecorder _recorder = new();
    private readonly Dialect _dialect;
    private int _fields; // a bit for each field that was read
    private int _choice = -1;
    private bool _hasRole;
    private string? _finish;

    private OpenAIEventForm(Dialect dialect)
    {
        _dialect = dialect;
        _recorder.Begin();
    }

    private enum Field
    {
        Id, Object, Created, Model, Choices, Usage, Groq, GroqUsage,
        Index, Delta, Finish, NativeFinish,
        Role, Content, Refusal, Reasoning, Details, Calls, CallIndex, CallType, CallId, Function, Arguments,
    }

    /// <summary>Creates the template of an event that was decoded without an error.</summary>
    /// <returns>Null if any effect of it is not known.</returns>
    public static SharedTemplate? TryCreate(string eventType, ReadOnlySpan<byte> json, Dialect dialect)
    {
        var form = new OpenAIEventForm(dialect);
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        reader.Read();
        bool isKnown = form.ReadChunk(ref reader) && form.IsComplete(json) && form._recorder.End(json);
        // Beyond the last slot, strings would be kept.
        if (!isKnown || form._recorder.Slots.Count == TemplateRecorder.MaxSlots) return null;
        return SharedTemplate.Strip(eventType, json, form._recorder.Slots) is not { } template ? null : new SharedTemplate(template)
        {
            Choice = form._choice, HasRole = form._hasRole, Finish = form._finish,
        };
    }

    /// <summary>Whether it is a chunk with a choice; or one without, in which no error would be found.</summary>
    private readonly bool IsComplete(ReadOnlySpan<byte> json) => Has(Field.Choices) && (_choice >= 0 || !ErrorScan.MayFind(json));

    private bool ReadChunk(ref Utf8JsonReader reader)
    {
        while (reader.NextProperty())
        {
            bool isKnown =
                IsNew(ref reader, "id"u8, Field.Id) ? ReadInfo(ref reader, TemplateSlotKind.Id, JsonTokenType.String)
                : IsNew(ref reader, "object"u8, Field.Object) ? ReadName(ref reader, "chat.completion.chunk"u8)
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
        int index = 0;
        Utf8JsonReader delta = default; // the index may come after it
        while (reader.NextProperty())
        {
            bool isKnown;
            if (IsNew(ref reader, "index"u8, Field.Index)) isKnown = ReadIndex(ref reader, out index);
            else if (IsNew(ref reader, "delta"u8, Field.Delta))
            {
                reader.Remember(ref delta);
                isKnown = delta.TokenType == JsonTokenType.StartObject;
            }
            else if (IsNew(ref reader, "finish_reason"u8, Field.Finish)) isKnown = ReadFinish(ref reader);
            else if (IsNew(ref reader, "native_finish_reason"u8, Field.NativeFinish)) isKnown = ReadNativeFinish(ref reader);
            else if (reader.ValueSpan.SequenceEqual("logprobs"u8)) isKnown = ReadNull(ref reader); // lists of changing lengths
            else isKnown = Ignore(ref reader, OtherFieldsOfChoice);
            if (!isKnown) return false;
        }

        _choice = index;
        return Has(Field.Delta) && ReadDelta(ref delta);
    }

    private bool ReadDelta(ref Utf8JsonReader reader)
    {
        while (reader.NextProperty())
        {
            bool isKnown =
                IsNew(ref reader, "content"u8, Field.Content) ? ReadText(ref reader, TemplateSlotKind.Text)
                : IsNew(ref reader, "reasoning_content"u8, Field.Reasoning) || IsNew(ref reader, "reasoning"u8, Field.Reasoning)
                    ? ReadText(ref reader, TemplateSlotKind.Reasoning)
                : IsNew(ref reader, "role"u8, Field.Role) ? ReadRole(ref reader)
                : IsNew(ref reader, "tool_calls"u8, Field.Calls) ? ReadCalls(ref reader)
                : IsNew(ref reader, "reasoning_details"u8, Field.Details)
                    ? reader.Read() && reader.TokenType == JsonTokenType.StartArray && !reader.NextItem()
                : IsNew(ref reader, "refusal"u8, Field.Refusal) && ReadNull(ref reader);
            if (!isKnown) return false;
        }

        return true;
    }

    /// <summary>Reads a list of one fragment with arguments, which a number alone assigns to a call.</summary>
    private bool ReadCalls(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartArray || !reader.NextItem()) return false;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        int index = -1, start = 0, length = 0;
        while (reader.NextProperty())
        {
            if (IsNew(ref reader, "index"u8, Field.CallIndex))
            {
                if (!ReadIndex(ref reader, out index)) return false;
            }
            else if (IsNew(ref reader, "function"u8, Field.Function) && reader.ReadObject())
            {
                if (!reader.NextProperty() || !IsNew(ref reader, "arguments"u8, Field.Arguments) || !reader.ReadText()) return false;
                (start, length) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                if (reader.NextProperty()) return false;
            }
            else if (IsNew(ref reader, "type"u8, Field.CallType))
            {
                if (!ReadName(ref reader, "function"u8)) return false;
            }
            else if (!IsNew(ref reader, "id"u8, Field.CallId) || !ReadNull(ref reader)) return false;
        }

        if (index < 0 || length == 0 || reader.NextItem()) return false;
        var call = new ToolCallTarget(ProviderIndex: null, index, Id: null, Name: null, Position: 0);
        _recorder.Note(new TemplateSlot(TemplateSlotKind.Arguments, _choice, start, length, IsOpen: true, call));
        return true;
    }

    private readonly bool ReadText(ref Utf8JsonReader reader, TemplateSlotKind kind)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String) return false;
        _recorder.NoteText(kind, _choice, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        return true;
    }

    private bool ReadRole(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        _hasRole = reader.TokenType == JsonTokenType.String && reader.ValueSpan.SequenceEqual("assistant"u8);
        // A template states it before the pieces.
        return _hasRole && !Has(Field.Content) && !Has(Field.Reasoning) && !Has(Field.Calls);
    }

    /// <summary>Reads a finish reason: none, or a name without anything unusual.</summary>
    private bool ReadFinish(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String) return false;
        if (reader.ValueSpan.IsEmpty) return true;
        if (!IsName(reader.ValueSpan) || reader.ValueSpan.SequenceEqual("null"u8)) return false;
        _finish = reader.Decode();
        return true;
    }

    /// <summary>Reads the finish reason of the provider behind a gateway, which only matters if it is a failure.</summary>
    private readonly bool ReadNativeFinish(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        return reader.TokenType == JsonTokenType.String && IsName(reader.ValueSpan) && !_dialect.FinishReasons.IsFailure(reader.Decode());
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
            else if (reader.ValueSpan.SequenceEqual("id"u8) || reader.ValueSpan.SequenceEqual("seed"u8)) _recorder.Ignore(ref reader);
            else return false;
        }

        return true;
    }

    private readonly bool ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        var counts = new UsageCounts();
        return counts.Read(ref reader, _dialect.UsageFields, _recorder) && _recorder.IsRecording;
    }

    private readonly bool ReadInfo(ref Utf8JsonReader reader, TemplateSlotKind kind, JsonTokenType token)
    {
        reader.Read();
        if (reader.TokenType != token) return false;
        _recorder.NoteInfo(kind, ref reader);
        return true;
    }

    private static bool ReadIndex(ref Utf8JsonReader reader, out int index)
    {
        index = 0;
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out index) && index >= 0;
    }

    private static bool ReadNull(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.Null;

    private static bool ReadName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && (reader.ValueSpan.IsEmpty || reader.ValueSpan.SequenceEqual(name));

    /// <summary>Whether a string consists of lowercase letters, as names of the format do.</summary>
    private static bool IsName(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if (b is not ((>= (byte)'a' and <= (byte)'z') or (byte)'_')) return false;
        }

        return text.Length is > 0 and <= MaxNameLength;
    }

    private readonly bool Ignore(ref Utf8JsonReader reader, FieldNames names)
    {
        if (reader.ValueIsEscaped || !names.Contains(ref reader)) return false;
        _recorder.Ignore(ref reader);
        return true;
    }

    private readonly bool Has(Field field) => (_fields & (1 << (int)field)) != 0;

    /// <summary>Whether the reader is on a field of this name that has not been read yet.</summary>
    private bool IsNew(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, Field field)
    {
        Debug.Assert((int)field < 32, "There is a bit for each field");
        if (reader.ValueIsEscaped || !reader.ValueSpan.SequenceEqual(name) || Has(field)) return false;
        _fields |= 1 << (int)field;
        return true;
    }
}
