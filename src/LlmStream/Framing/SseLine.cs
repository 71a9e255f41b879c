namespace LlmStream.Framing;

/// <summary>What a line of an event stream is.</summary>
internal enum SseLineKind
{
    /// <summary>An empty line: the end of an event.</summary>
    Blank,

    /// <summary>A line that begins with a colon.</summary>
    Comment,

    /// <summary>The field <c>data</c>.</summary>
    Data,

    /// <summary>The field <c>event</c>.</summary>
    EventType,

    /// <summary>The field <c>id</c>.</summary>
    Id,

    /// <summary>The field <c>retry</c>.</summary>
    Retry,

    /// <summary>Not in the standard: <c>error:</c>, which some servers send in place of an event.</summary>
    Error,

    /// <summary>Not in the standard: JSON without <c>data:</c>.</summary>
    BareJson,

    /// <summary>Not in the standard: a further line of such JSON. The line alone does not show it.</summary>
    BareContinuation,

    /// <summary>A field that the standard does not define, or text.</summary>
    Unknown,
}

/// <summary>How a line ended.</summary>
internal enum LineEnding
{
    /// <summary>By the end of the stream.</summary>
    None,

    LineFeed,

    CarriageReturn,

    CarriageReturnLineFeed,
}

/// <summary>Takes a line of an event stream apart, according to the HTML Standard, 9.2.6.</summary>
internal static class SseLine
{
    /// <summary>Tells from the line alone what it is.</summary>
    /// <param name="line">The line without its line ending.</param>
    public static SseLineKind KindOf(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) return SseLineKind.Blank;
        // "Field names must be compared literally, with no case folding performed."
        return line[0] switch
        {
            (byte)'d' when IsField(line, "data"u8) => SseLineKind.Data,
            (byte)'e' when IsField(line, "event"u8) => SseLineKind.EventType,
            (byte)'e' when IsError(line) => SseLineKind.Error,
            (byte)'i' when IsField(line, "id"u8) => SseLineKind.Id,
            (byte)'r' when IsField(line, "retry"u8) => SseLineKind.Retry,
            (byte)':' => SseLineKind.Comment,
            (byte)'{' or (byte)'[' => SseLineKind.BareJson,
            _ => SseLineKind.Unknown,
        };
    }

    /// <summary>The value of a field.</summary>
    /// <param name="line">The line.</param>
    /// <param name="nameLength">The length of the field's name.</param>
    public static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> line, int nameLength)
    {
        // A line without a colon: "Process the field … using the whole line as the field name, and the empty string as the field value."
        if (line.Length <= nameLength + 1) return [];
        // "If value starts with a U+0020 SPACE character, remove it from value."
        return line[nameLength + 1] == (byte)' ' ? line[(nameLength + 2)..] : line[(nameLength + 1)..];
    }

    /// <summary>Whether the line is the field <c>error</c>, with a colon. The standard does not define it.</summary>
    public static bool IsError(ReadOnlySpan<byte> line) => line.StartsWith("error:"u8);

    /// <summary>Whether the line is the field of this name.</summary>
    public static bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.StartsWith(name) && (line.Length == name.Length || line[name.Length] == (byte)':');
}
