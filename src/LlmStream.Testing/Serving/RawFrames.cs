using LlmStream.Testing.Dialects;

namespace LlmStream.Testing.Serving;

/// <summary>Finds the events in a fixed body, so that faults can refer to them.</summary>
internal static class RawFrames
{
    /// <summary>Splits a body after each empty line; if each line is an event, after each line.</summary>
    public static IEnumerable<Frame> Split(byte[] body, bool byLine)
    {
        int start = 0;
        bool lineHasContent = false;
        for (int i = 0; i < body.Length; i++)
        {
            int end = FindLineEndingEnd(body, i);
            if (end == 0)
            {
                lineHasContent = true;
                continue;
            }

            bool endsEvent = byLine || !lineHasContent;
            lineHasContent = false;
            i = end - 1;
            if (!endsEvent || end == body.Length) continue;
            yield return CreateFrame(body[start..end]);
            start = end;
        }

        if (start < body.Length) yield return CreateFrame(body[start..]);
    }

    /// <summary>The offset after the line ending at an offset, or 0 if there is no line ending.</summary>
    private static int FindLineEndingEnd(byte[] body, int offset) =>
        body[offset] == '\n' ? offset + 1
        : body[offset] != '\r' ? 0
        : offset + 1 < body.Length && body[offset + 1] == '\n' ? offset + 2
        : offset + 1;

    private static Frame CreateFrame(byte[] bytes)
    {
        int open = bytes.AsSpan().IndexOf((byte)'{');
        int close = bytes.AsSpan().LastIndexOf((byte)'}');
        if (open >= 0 && close > open) return new Frame(FrameKind.Event, bytes, open, close + 1 - open);
        bool isComment = bytes[0] == ':' && bytes.AsSpan().IndexOf("data"u8) < 0;
        return new Frame(isComment ? FrameKind.Comment : FrameKind.Event, bytes, 0, 0);
    }
}
