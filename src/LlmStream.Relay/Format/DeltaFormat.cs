using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Format;

/// <summary>A <see cref="ChatDelta"/> as a record. All members are kept; see <see cref="ContentFormat"/> for contents.</summary>
internal static class DeltaFormat
{
    /// <summary>Writes a delta.</summary>
    /// <param name="writer">The writer, which is empty.</param>
    /// <param name="delta">The delta.</param>
    /// <param name="infoSequence">The record that has the stream's info; 0 if it is this one.</param>
    public static byte[] Write(FieldWriter writer, ChatDelta delta, long infoSequence)
    {
        writer.WriteVersion(RecordVersion.Current);
        writer.WriteUnlessZero(1, delta.ChoiceIndex);
        writer.WriteIfSet(2, delta.Role?.Value);
        if (delta.Text.Length > 0) writer.Write(3, delta.Text);
        writer.WriteUnlessZero(4, delta.TextOffset);
        writer.WriteIfSet(5, delta.ReasoningChange);
        writer.WriteUnlessZero(6, delta.ReasoningOffset);
        writer.WriteIfSet(7, delta.RefusalChange);
        writer.WriteUnlessZero(8, delta.RefusalOffset);
        foreach (ToolCallDelta fragment in delta.ToolCalls) writer.Write(9, Write(fragment));
        writer.WriteIfSet(10, delta.FinishReason?.Value);
        if (delta.Usage is { } usage) writer.Write(11, UsageFormat.Write(usage));
        foreach (AIContent content in delta.OtherContents) writer.Write(12, ContentFormat.Write(content));
        if (delta.Raw is { } raw) writer.Write(13, Write(raw));
        if (delta.Seam is { } seam) writer.Write(14, Write(seam));
        if (infoSequence > 0) writer.Write(16, infoSequence);
        else if (delta.Stream != ChatStreamInfo.Unknown) writer.Write(15, InfoFormat.Write(delta.Stream));
        byte[] record = writer.ToArray();
        writer.Clear();
        return record;
    }

    /// <summary>Finds out which record has the stream's info.</summary>
    /// <returns>Its sequence number; 0 if it is this one, or there is no info.</returns>
    /// <exception cref="FormatException">The record is damaged, or of an unknown version.</exception>
    public static long ReadInfoSequence(ReadOnlySpan<byte> record)
    {
        var reader = new FieldReader(record);
        RecordVersion.Check(reader.ReadVersion());
        while (reader.Read())
        {
            if (reader.Field == 16) return reader.Number;
        }

        return 0;
    }

    /// <summary>Reads a delta.</summary>
    /// <param name="record">The record.</param>
    /// <param name="info">The stream's info, if another record has it.</param>
    /// <exception cref="FormatException">The record is damaged, or of an unknown version.</exception>
    public static ChatDelta Read(ReadOnlySpan<byte> record, ChatStreamInfo? info)
    {
        try
        {
            return ReadFields(record, info);
        }
        catch (ArgumentException exception) // a value that no delta can have
        {
            throw new FormatException("A record of a kept stream is damaged.", exception);
        }
    }

    private static ChatDelta ReadFields(ReadOnlySpan<byte> record, ChatStreamInfo? info)
    {
        int choice = 0, textOffset = 0, reasoningOffset = 0, refusalOffset = 0;
        string? role = null, text = null, reasoning = null, refusal = null, finish = null;
        UsageDetails? usage = null;
        List<ToolCallDelta>? calls = null;
        List<AIContent>? contents = null;
        ChatRawEvent? raw = null;
        ChatSeam? seam = null;
        var reader = new FieldReader(record);
        RecordVersion.Check(reader.ReadVersion());
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: choice = reader.Int32; break;
                case 2: role = reader.Text; break;
                case 3: text = reader.Text; break;
                case 4: textOffset = reader.Int32; break;
                case 5: reasoning = reader.Text; break;
                case 6: reasoningOffset = reader.Int32; break;
                case 7: refusal = reader.Text; break;
                case 8: refusalOffset = reader.Int32; break;
                case 9: (calls ??= []).Add(ReadToolCall(reader.Bytes)); break;
                case 10: finish = reader.Text; break;
                case 11: usage = UsageFormat.Read(reader.Bytes); break;
                case 12: (contents ??= []).Add(ContentFormat.Read(reader.Bytes)); break;
                case 13: raw = ReadRaw(reader.Bytes); break;
                case 14: seam = ReadSeam(reader.Bytes); break;
                case 15: info = InfoFormat.Read(reader.Bytes); break;
            }
        }

        return new ChatDelta
        {
            ChoiceIndex = choice,
            Role = role is null ? null : new ChatRole(role),
            Text = text ?? "",
            TextOffset = textOffset,
            ReasoningChange = reasoning,
            ReasoningOffset = reasoningOffset,
            RefusalChange = refusal,
            RefusalOffset = refusalOffset,
            ToolCalls = calls ?? (IReadOnlyList<ToolCallDelta>)[],
            FinishReason = finish is null ? null : new ChatFinishReason(finish),
            Usage = usage,
            OtherContents = contents ?? (IReadOnlyList<AIContent>)[],
            Raw = raw,
            Seam = seam,
            Stream = info ?? ChatStreamInfo.Unknown,
        };
    }

    private static FieldWriter Write(ToolCallDelta fragment)
    {
        var writer = new FieldWriter();
        writer.WriteUnlessZero(1, fragment.Index);
        writer.WriteIfSet(2, fragment.Id);
        writer.WriteIfSet(3, fragment.Name);
        if (fragment.Arguments.Length > 0) writer.Write(4, fragment.Arguments);
        writer.WriteUnlessZero(5, fragment.ArgumentsOffset);
        writer.WriteUnlessZero(6, fragment.IsComplete ? 1 : 0);
        return writer;
    }

    private static ToolCallDelta ReadToolCall(ReadOnlySpan<byte> bytes)
    {
        int index = 0, offset = 0;
        string? id = null, name = null, arguments = null;
        bool isComplete = false;
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: index = reader.Int32; break;
                case 2: id = reader.Text; break;
                case 3: name = reader.Text; break;
                case 4: arguments = reader.Text; break;
                case 5: offset = reader.Int32; break;
                case 6: isComplete = reader.Number != 0; break;
            }
        }

        return new ToolCallDelta
        {
            Index = index, Id = id, Name = name, Arguments = arguments ?? "", ArgumentsOffset = offset, IsComplete = isComplete,
        };
    }

    private static FieldWriter Write(ChatRawEvent raw)
    {
        var writer = new FieldWriter();
        writer.Write(1, raw.EventType);
        writer.Write(2, raw.Data.Span);
        return writer;
    }

    private static ChatRawEvent ReadRaw(ReadOnlySpan<byte> bytes)
    {
        string type = "";
        byte[] data = [];
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            if (reader.Field == 1) type = reader.Text;
            else if (reader.Field == 2) data = reader.Bytes.ToArray();
        }

        return new ChatRawEvent { EventType = type, Data = data };
    }

    private static FieldWriter Write(ChatSeam seam)
    {
        var writer = new FieldWriter();
        writer.Write(1, seam.Attempt);
        writer.Write(2, seam.TextOffset);
        writer.Write(3, seam.Reason.ToString());
        writer.Write(4, seam.Kind.ToString());
        writer.WriteIfSet(5, seam.Provider);
        writer.WriteIfSet(6, seam.Model);
        return writer;
    }

    private static ChatSeam ReadSeam(ReadOnlySpan<byte> bytes)
    {
        int attempt = 0, offset = 0;
        ChatStreamError reason = default;
        ChatSeamKind kind = default;
        string? provider = null, model = null;
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: attempt = reader.Int32; break;
                case 2: offset = reader.Int32; break;
                case 3: reason = EnumFormat.Read(reader.Text, ChatStreamError.Truncated); break;
                case 4: kind = EnumFormat.Read(reader.Text, ChatSeamKind.Appended); break;
                case 5: provider = reader.Text; break;
                case 6: model = reader.Text; break;
            }
        }

        return new ChatSeam
        {
            Attempt = attempt,
            Provider = provider,
            Model = model,
            TextOffset = offset,
            Reason = reason,
            Kind = kind,
        };
    }
}
