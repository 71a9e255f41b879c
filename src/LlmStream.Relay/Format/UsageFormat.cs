using Microsoft.Extensions.AI;

#pragma warning disable MEAI001 // the counts of audio tokens: all counts must survive

namespace LlmStream.Relay.Format;

/// <summary>Token counts.</summary>
internal static class UsageFormat
{
    public static FieldWriter Write(UsageDetails usage)
    {
        var writer = new FieldWriter();
        writer.WriteIfSet(1, usage.InputTokenCount);
        writer.WriteIfSet(2, usage.OutputTokenCount);
        writer.WriteIfSet(3, usage.TotalTokenCount);
        writer.WriteIfSet(4, usage.CachedInputTokenCount);
        writer.WriteIfSet(5, usage.ReasoningTokenCount);
        writer.WriteIfSet(6, usage.InputAudioTokenCount);
        writer.WriteIfSet(7, usage.InputTextTokenCount);
        writer.WriteIfSet(8, usage.OutputAudioTokenCount);
        writer.WriteIfSet(9, usage.OutputTextTokenCount);
        if (usage.AdditionalCounts is null) return writer;
        foreach ((string name, long count) in usage.AdditionalCounts)
        {
            var pair = new FieldWriter();
            pair.Write(1, name);
            pair.Write(2, count);
            writer.Write(10, pair);
        }

        return writer;
    }

    /// <summary>Writes a number of tokens with its source. Without fields, it is unknown.</summary>
    public static FieldWriter Write(ChatTokenCount tokens)
    {
        var writer = new FieldWriter();
        if (tokens.Value is not { } value) return writer;
        writer.Write(1, value);
        writer.Write(2, tokens.Source.ToString());
        return writer;
    }

    public static ChatTokenCount ReadCount(ReadOnlySpan<byte> bytes)
    {
        long value = -1;
        ChatTokenSource source = ChatTokenSource.Unknown;
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            if (reader.Field == 1) value = reader.Number;
            else if (reader.Field == 2) source = EnumFormat.Read(reader.Text, ChatTokenSource.Unknown);
        }

        return value < 0 ? default
            : source == ChatTokenSource.Reported ? ChatTokenCount.Reported(value)
            : source == ChatTokenSource.Estimated ? ChatTokenCount.Estimated(value)
            : default;
    }

    public static UsageDetails Read(ReadOnlySpan<byte> bytes)
    {
        var usage = new UsageDetails();
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: usage.InputTokenCount = reader.Number; break;
                case 2: usage.OutputTokenCount = reader.Number; break;
                case 3: usage.TotalTokenCount = reader.Number; break;
                case 4: usage.CachedInputTokenCount = reader.Number; break;
                case 5: usage.ReasoningTokenCount = reader.Number; break;
                case 6: usage.InputAudioTokenCount = reader.Number; break;
                case 7: usage.InputTextTokenCount = reader.Number; break;
                case 8: usage.OutputAudioTokenCount = reader.Number; break;
                case 9: usage.OutputTextTokenCount = reader.Number; break;
                case 10: ReadAdditional(reader.Bytes, usage.AdditionalCounts ??= []); break;
            }
        }

        return usage;
    }

    private static void ReadAdditional(ReadOnlySpan<byte> bytes, AdditionalPropertiesDictionary<long> counts)
    {
        string name = "";
        long count = 0;
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            if (reader.Field == 1) name = reader.Text;
            else if (reader.Field == 2) count = reader.Number;
        }

        counts[name] = count;
    }
}
