using LlmStream.Framing;

namespace LlmStream.Testing.Dialects;

/// <summary>Finds the events in a body that was not made here, so that faults at an event find their place in it, too.</summary>
internal static class RawFrames
{
    /// <summary>Splits a body after each empty line, or after each line where lines are the events.</summary>
    public static IEnumerable<Frame> Split(byte[] body, bool byLine)
    {
        int start = 0;
        bool content = false;
        for (int at = 0; at < body.Length; at++)
        {
            int end = EndOfLine(body, at);
            if (end == 0)
            {
                content = true;
                continue;
            }

            // A line end after no content closes the event; where lines are events, so does every other.
            bool closes = byLine || !content;
            content = false;
            at = end - 1;
            if (!closes || end == body.Length) continue;
            yield return Of(body[start..end]);
            start = end;
        }

        if (start < body.Length) yield return Of(body[start..]);
    }

    /// <summary>Where the line end at an offset ends, or 0 when there is none.</summary>
    private static int EndOfLine(byte[] body, int at) =>
        body[at] == '\n' ? at + 1
        : body[at] != '\r' ? 0
        : at + 1 < body.Length && body[at + 1] == '\n' ? at + 2
        : at + 1;

    private static Frame Of(byte[] bytes)
    {
        bool comment = bytes[0] == ':' && bytes.AsSpan().IndexOf("data"u8) < 0;
        int open = bytes.AsSpan().IndexOf((byte)'{');
        int close = bytes.AsSpan().LastIndexOf((byte)'}');
        return open >= 0 && close > open
            ? new Frame(FrameKind.Event, bytes, open, close + 1 - open)
            : new Frame(comment ? FrameKind.Comment : FrameKind.Event, bytes, 0, 0);
    }
}
