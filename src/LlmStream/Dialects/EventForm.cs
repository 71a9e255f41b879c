using System.Diagnostics;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Describes an event whose effects are all known, so that it can be recognized in other streams.</summary>
/// <remarks>
/// Which fields have which effect is stated here a second time, apart from the decoder. Any field that is not listed, one that occurs
/// twice, and any unusual value mean that there is no description; then the event is decoded. Strings are slots, except those that are
/// names of the format. What the decoder does not look at at all is ignored.
/// </remarks>
/// <param name="dialect">The format of the event.</param>
internal abstract class EventForm(Dialect dialect)
{
    private const int MaxNameLength = 32;

    private long _fields; // a bit for each field that was read

    protected TemplateRecorder Recorder { get; } = new();

    protected SharedEffect Effect { get; set; }

    protected bool HasChoice { get; set; }

    protected bool HasRole { get; set; }

    protected bool IsRoleLast { get; set; }

    protected string? Finish { get; private set; }

    protected List<ToolCallTarget> Calls { get; } = [];

    /// <summary>Creates the template of an event that was decoded without an error.</summary>
    /// <returns>Null if any effect of it is not known.</returns>
    public SharedTemplate? TryCreate(string eventType, ReadOnlySpan<byte> json)
    {
        Recorder.Begin();
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        reader.Read();
        if (!Read(ref reader, json) || !Recorder.End(json)) return null;
        // Beyond the last slot, strings would be kept.
        bool isKept = Recorder.Slots.Count < TemplateRecorder.MaxSlots
            && SharedTemplate.KnownLength(json, Recorder.Slots) <= SharedTemplate.MaxBytes;
        return !isKept ? null : new SharedTemplate(eventType, json, Recorder.Slots)
        {
            Effect = Effect, HasChoice = HasChoice, HasRole = HasRole, IsRoleLast = IsRoleLast, Finish = Finish, Calls = [.. Calls],
        };
    }

    /// <summary>Reads the object that the reader is on.</summary>
    /// <returns>Whether all of it is known.</returns>
    protected abstract bool Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json);

    protected bool Has(int field) => (_fields & (1L << field)) != 0;

    /// <summary>Whether the reader is on a field of this name that has not been read yet.</summary>
    protected bool IsNew(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, int field)
    {
        Debug.Assert(field < 64, "There is a bit for each field");
        if (reader.ValueIsEscaped || !reader.ValueSpan.SequenceEqual(name) || Has(field)) return false;
        _fields |= 1L << field;
        return true;
    }

    /// <summary>Reads a field that is not looked at, if it is one of these.</summary>
    protected bool Ignore(ref Utf8JsonReader reader, FieldNames names)
    {
        if (reader.ValueIsEscaped || !names.Contains(ref reader)) return false;
        Recorder.Ignore(ref reader);
        return true;
    }

    /// <summary>Reads a text: null, or a string, which has an effect if it is not empty.</summary>
    protected bool ReadText(ref Utf8JsonReader reader, TemplateSlotKind kind, out bool hasText)
    {
        reader.Read();
        hasText = reader.HasText();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String) return false;
        if (hasText) Recorder.Note(Slot(kind, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));
        return true;
    }

    protected TemplateSlot Slot(TemplateSlotKind kind, int start, int length, ToolCallTarget? call = null) =>
        new(kind, Argument: 0, start, length, IsOpen: true, call);

    protected bool ReadInfo(ref Utf8JsonReader reader, TemplateSlotKind kind, JsonTokenType token)
    {
        reader.Read();
        if (reader.TokenType != token) return false;
        Recorder.NoteInfo(kind, ref reader);
        return true;
    }

    /// <summary>Reads the role: only that of the assistant is known.</summary>
    protected bool ReadRole(ref Utf8JsonReader reader, bool isLast)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        IsRoleLast = isLast;
        return HasRole = reader is { TokenType: JsonTokenType.String, ValueIsEscaped: false }
            && reader.ValueSpan.SequenceEqual("assistant"u8);
    }

    /// <summary>Reads a finish reason: none, or a name without anything unusual.</summary>
    protected bool ReadFinish(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String) return false;
        if (reader.ValueSpan.IsEmpty) return true;
        if (!IsName(reader.ValueSpan) || reader.ValueSpan.SequenceEqual("null"u8)) return false;
        Finish = reader.Decode();
        return true;
    }

    /// <summary>Reads the usage: null, or an object with counts.</summary>
    protected bool ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        return AddUsage(ref reader);
    }

    /// <summary>The same if the reader is on the value.</summary>
    protected bool AddUsage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        var counts = new UsageCounts();
        return counts.Read(ref reader, dialect.UsageFields, Recorder) && Recorder.IsRecording;
    }

    /// <summary>Whether a name of the format stands for a failure.</summary>
    protected bool IsFailure(ref Utf8JsonReader reader) => dialect.FinishReasons.IsFailure(reader.Decode());

    protected static bool ReadIndex(ref Utf8JsonReader reader, out int index)
    {
        index = 0;
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out index) && index >= 0;
    }

    protected static bool ReadNull(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.Null;

    /// <summary>Reads a field that has no effect if it is null or a list without elements.</summary>
    protected static bool ReadNothing(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.StartArray && !reader.NextItem());
    }

    /// <summary>Reads a string that is empty or this name.</summary>
    protected static bool ReadName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped
            && (reader.ValueSpan.IsEmpty || reader.ValueSpan.SequenceEqual(name));
    }

    /// <summary>Whether a string consists of letters, usually of lower case, and underscores, as names of the format do.</summary>
    protected static bool IsName(ReadOnlySpan<byte> text, bool mayBeUpper = false)
    {
        foreach (byte b in text)
        {
            bool isUpper = mayBeUpper && b is >= (byte)'A' and <= (byte)'Z';
            if (!isUpper && b is not ((>= (byte)'a' and <= (byte)'z') or (byte)'_')) return false;
        }

        return text.Length is > 0 and <= MaxNameLength;
    }
}
