namespace LlmStream.Relay.Format;

/// <summary>An attempt.</summary>
internal static class AttemptFormat
{
    public static FieldWriter Write(ChatAttempt attempt)
    {
        var writer = new FieldWriter();
        writer.Write(1, attempt.Number);
        if (attempt.Usage is { } usage) writer.Write(2, UsageFormat.Write(usage));
        // What the usage states is not repeated.
        var stated = new ChatAttempt { Number = attempt.Number, Usage = attempt.Usage };
        if (attempt.OutputTokens != stated.OutputTokens) writer.Write(3, UsageFormat.Write(attempt.OutputTokens));
        writer.WriteUnlessZero(4, attempt.IsUsageFinal ? 1 : 0);
        writer.WriteIfSet(5, attempt.Error?.ToString());
        writer.WriteIfSet(6, attempt.Provider);
        writer.WriteIfSet(7, attempt.Model);
        writer.WriteUnlessZero(8, attempt.IsHedge ? 1 : 0);
        writer.WriteUnlessZero(9, attempt.IsCanceled ? 1 : 0);
        if (attempt.InputTokens != stated.InputTokens) writer.Write(10, UsageFormat.Write(attempt.InputTokens));
        writer.WriteUnlessZero(11, attempt.IsReplay ? 1 : 0);
        return writer;
    }

    public static ChatAttempt Read(ReadOnlySpan<byte> bytes)
    {
        var attempt = new ChatAttempt { Number = 0 };
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            attempt = reader.Field switch
            {
                1 => attempt with { Number = reader.Int32 },
                2 => attempt with { Usage = UsageFormat.Read(reader.Bytes) },
                3 => attempt with { OutputTokens = UsageFormat.ReadCount(reader.Bytes) },
                4 => attempt with { IsUsageFinal = reader.Number != 0 },
                5 => attempt with { Error = EnumFormat.Read(reader.Text, ChatStreamError.ProviderError) },
                6 => attempt with { Provider = reader.Text },
                7 => attempt with { Model = reader.Text },
                8 => attempt with { IsHedge = reader.Number != 0 },
                9 => attempt with { IsCanceled = reader.Number != 0 },
                10 => attempt with { InputTokens = UsageFormat.ReadCount(reader.Bytes) },
                11 => attempt with { IsReplay = reader.Number != 0 },
                _ => attempt,
            };
        }

        return attempt;
    }
}
