using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>How certain a dialect is that an event is one of its own.</summary>
internal enum RecognitionCertainty
{
    /// <summary>It is not recognized.</summary>
    None,

    /// <summary>A combination of fields that other formats do not have.</summary>
    Combination,

    /// <summary>A type of event that only this format has.</summary>
    Type,

    /// <summary>A field that only this format has.</summary>
    Field,
}

/// <summary>
/// Recognizes a stream's dialect by its first bytes: by a binary framing, or by the names of the first events' fields.
/// </summary>
internal static class DialectRecognition
{
    /// <summary>The dialect of a stream that begins with these bytes, or null if it cannot be determined.</summary>
    public static Dialect? Recognize(IReadOnlyList<Dialect> dialects, ReadOnlySpan<byte> head)
    {
        foreach (Dialect dialect in dialects)
        {
            if (dialect.Framing is { } framing && framing.IsCertain(head[..Math.Min(framing.HeadLength, head.Length)])) return dialect;
        }

        bool hasError = false;
        Dialect? ofKeepAlive = null;
        head = NonFiniteNumbers.Replace(head);
        ReadOnlySpan<byte> rest = head;
        while (rest.IndexOf((byte)'{') is >= 0 and int start)
        {
            rest = rest[start..];
            var fields = JsonHead.Read(rest, out int length);
            (Dialect? best, RecognitionCertainty certainty) = Recognize(dialects, fields);
            // Servers of any format send keep-alives that look like Anthropic's.
            if (best is not null && TypeOf(fields) is { } type && KeepAlive.IsType(type)) ofKeepAlive ??= best;
            else if (certainty != RecognitionCertainty.None) return best;
            // An error object that any format could have.
            hasError |= fields.Has("error") || (fields.Has("code") && fields.Has("message"));
            rest = rest[Math.Max(length, 1)..];
        }

        if (ofKeepAlive is not null) return ofKeepAlive;
        return hasError || head.IndexOf("[DONE]"u8) >= 0 ? dialects.FirstOrDefault(dialect => dialect.IsFallback) : null;
    }

    private static (Dialect? Best, RecognitionCertainty Certainty) Recognize(IReadOnlyList<Dialect> dialects, JsonHead fields)
    {
        (Dialect? Best, RecognitionCertainty Certainty) found = default;
        foreach (Dialect dialect in dialects)
        {
            RecognitionCertainty certainty = dialect.Recognize(fields);
            if (certainty > found.Certainty) found = (dialect, certainty);
        }

        return found;
    }

    /// <summary>The type that an event states in its JSON, or null.</summary>
    public static string? TypeOf(JsonHead fields) => fields.Text("type") ?? fields.Text("object") ?? fields.Text("event_type");
}
