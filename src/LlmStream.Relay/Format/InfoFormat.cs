namespace LlmStream.Relay.Format;

/// <summary>What is known of a response as a whole.</summary>
internal static class InfoFormat
{
    public static FieldWriter Write(ChatStreamInfo info)
    {
        var writer = new FieldWriter();
        writer.WriteIfSet(1, info.Id);
        writer.WriteIfSet(2, info.Model);
        if (info.CreatedAt is { } created)
        {
            writer.Write(3, created.UtcTicks);
            writer.WriteUnlessZero(4, created.Offset.Ticks);
        }

        writer.WriteUnlessZero(5, info.Attempt);
        writer.WriteIfSet(6, info.RequestId);
        writer.WriteIfSet(7, info.Provider);
        foreach (ChatAttempt attempt in info.Attempts) writer.Write(8, AttemptFormat.Write(attempt));
        return writer;
    }

    public static ChatStreamInfo Read(ReadOnlySpan<byte> bytes)
    {
        string? id = null, model = null, requestId = null, provider = null;
        var attempts = new List<ChatAttempt>();
        long? created = null;
        long offset = 0;
        int attempt = 0;
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: model = reader.Text; break;
                case 3: created = reader.Number; break;
                case 4: offset = reader.Number; break;
                case 5: attempt = reader.Int32; break;
                case 6: requestId = reader.Text; break;
                case 7: provider = reader.Text; break;
                case 8: attempts.Add(AttemptFormat.Read(reader.Bytes)); break;
            }
        }

        return new ChatStreamInfo
        {
            Id = id,
            Model = model,
            CreatedAt = created is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero).ToOffset(TimeSpan.FromTicks(offset)) : null,
            Attempt = attempt,
            RequestId = requestId,
            Provider = provider,
            Attempts = attempts.Count > 0 ? attempts : [],
        };
    }
}
