using System.Text;

namespace LlmStream.Framing;

/// <summary>Counts what a stream consists of besides its events.</summary>
internal sealed class FramingStatistics : IFramingObserver
{
    // Of a comment or an unknown line, this much is kept.
    private const int MaxTextBytes = 64;

    public int Frames { get; private set; }

    /// <summary>Lines of an event stream, blank ones included.</summary>
    public int Lines { get; private set; }

    public int Comments { get; private set; }

    /// <summary>The comments' text, or the start of it.</summary>
    public Dictionary<string, int> CommentTexts { get; } = new(StringComparer.Ordinal);

    /// <summary>JSON texts without <c>data:</c>. A text of several lines counts once.</summary>
    public int BareLines { get; private set; }

    /// <summary>Lines that begin with <c>error:</c>.</summary>
    public int ErrorFields { get; private set; }

    public bool NeedsLineEndings => true;

    /// <summary>Line endings that begin with a carriage return.</summary>
    public int CarriageReturns { get; private set; }

    /// <summary>Those of <see cref="CarriageReturns"/> that a line feed follows.</summary>
    public int CarriageReturnLineFeeds { get; private set; }

    public bool ByteOrderMark { get; private set; }

    /// <summary>Whether the stream ended before its last frame did.</summary>
    public bool UnterminatedEnd { get; private set; }

    /// <summary>Whether the stream is a sequence of JSON values.</summary>
    public bool JsonSequence { get; private set; }

    /// <summary>Whether the JSON values are the elements of an array.</summary>
    public bool JsonArray { get; private set; }

    /// <summary>Lines whose field the event stream format does not define, by the field's name.</summary>
    public Dictionary<string, int> UnknownFields { get; } = new(StringComparer.Ordinal);

    public void OnJsonSequence() => JsonSequence = true;

    public void OnJsonArray() => JsonArray = true;

    public void OnByteOrderMark() => ByteOrderMark = true;

    public void OnLine(SseLineKind kind, ReadOnlySpan<byte> line, LineEnding ending)
    {
        Lines++;
        if (ending is LineEnding.CarriageReturn or LineEnding.CarriageReturnLineFeed) CarriageReturns++;
        if (ending is LineEnding.CarriageReturnLineFeed) CarriageReturnLineFeeds++;

        ReadOnlySpan<byte> text = line.Length > MaxTextBytes ? line[..MaxTextBytes] : line;
        switch (kind)
        {
            case SseLineKind.Comment:
                Comments++;
                Count(CommentTexts, Encoding.UTF8.GetString(text[1..]).Trim());
                break;
            case SseLineKind.Error:
                ErrorFields++;
                break;
            case SseLineKind.BareJson:
                BareLines++;
                break;
            case SseLineKind.Unknown:
                int colon = text.IndexOf((byte)':');
                Count(UnknownFields, Encoding.UTF8.GetString(colon < 0 ? text : text[..colon]));
                break;
        }
    }

    public void OnFrame(in Frame frame)
    {
        Frames++;
        UnterminatedEnd |= frame.IsUnterminated;
    }

    /// <summary>Counts a name. Only the first 200 names are counted separately: a stream may contain any number of them.</summary>
    public static void Count(Dictionary<string, int> counts, string name)
    {
        const int MaxNames = 200;
        if (counts.Count >= MaxNames && !counts.ContainsKey(name)) name = "…";
        counts[name] = counts.GetValueOrDefault(name) + 1;
    }
}
