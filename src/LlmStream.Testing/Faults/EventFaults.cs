using System.Diagnostics;
using System.Globalization;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Faults;

/// <summary>
/// Applies the event faults, comments and line endings of a step to a body. Events are numbered before anything is added or removed,
/// so that an index means the same event regardless of other faults.
/// </summary>
internal static class EventFaults
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <exception cref="InvalidOperationException">An event cannot be padded; thrown during enumeration.</exception>
    public static IEnumerable<Frame> Apply(IEnumerable<Frame> frames, Step step, ServerDialect dialect)
    {
        if (step.HasByteOrderMark && dialect.IsText) yield return new Frame(FrameKind.Comment, ByteOrderMark, 0, 0);
        foreach (Frame frame in ApplyFaults(frames, step, dialect))
        {
            yield return step.LineEnding is { } lineEnding && dialect.IsText ? ReplaceLineEndings(frame, lineEnding) : frame;
        }
    }

    private static IEnumerable<Frame> ApplyFaults(IEnumerable<Frame> frames, Step step, ServerDialect dialect)
    {
        int count = 0;
        foreach (Frame frame in frames)
        {
            if (frame.Kind is not FrameKind.Event)
            {
                yield return frame;
                continue;
            }

            Debug.Assert(frame.Index < 0, "Only this method numbers events.");
            int index = count++;
            Frame result = frame with { Index = index };
            bool isDuplicated = false;
            if (step.KeepAlive is { } keepAlive) yield return dialect.CreateComment(keepAlive);
            foreach (Fault fault in step.Faults)
            {
                if (fault.IsConnectionFault || fault.Position != index) continue;
                switch (fault.Kind)
                {
                    case FaultKind.Fail:
                        yield return dialect.CreateError(fault.Error!, index) with { Index = index };
                        yield break;
                    case FaultKind.Comment:
                        yield return dialect.CreateComment(fault.Text);
                        break;
                    case FaultKind.Malform:
                        result = CutInHalf(result);
                        break;
                    case FaultKind.Pad:
                        result = Pad(result, fault.Size);
                        break;
                    case FaultKind.Duplicate:
                        isDuplicated = true;
                        break;
                }
            }

            yield return result;
            if (isDuplicated) yield return result with { Index = -1 };
        }
    }

    private static Frame CutInHalf(Frame frame) => frame.WithJson(frame.Bytes.AsMemory(frame.JsonStart, frame.JsonLength / 2));

    /// <summary>Adds a member to the JSON of the event so that the whole event has a size.</summary>
    private static Frame Pad(Frame frame, int size)
    {
        if (frame.JsonLength == 0) throw new InvalidOperationException("An event without JSON cannot be padded.");
        byte[] head = [.. frame.Bytes[frame.JsonStart..(frame.JsonStart + frame.JsonLength - 1)], .. ",\"padding\":\""u8];
        byte[] tail = [.. "\"}"u8];
        int minimum = frame.Bytes.Length - frame.JsonLength + head.Length + tail.Length;
        if (size < minimum)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"Event {frame.Index} cannot be padded to {size} bytes; the minimum is {minimum}."));
        }

        byte[] json = new byte[head.Length + (size - minimum) + tail.Length];
        json.AsSpan().Fill((byte)'x');
        head.CopyTo(json, 0);
        tail.CopyTo(json, json.Length - tail.Length);
        return frame.WithJson(json);
    }

    private static Frame ReplaceLineEndings(Frame frame, LineEnding lineEnding)
    {
        byte[] bytes = frame.Bytes;
        var result = new List<byte>(bytes.Length + 8);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (b == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n') continue; // Gemini's frames have CR LF already
            if (b != '\n')
            {
                result.Add(b);
                continue;
            }

            if (lineEnding is LineEnding.Cr or LineEnding.CrLf) result.Add((byte)'\r');
            if (lineEnding is LineEnding.Lf or LineEnding.CrLf) result.Add(b);
        }

        return frame with { Bytes = [.. result] };
    }
}
