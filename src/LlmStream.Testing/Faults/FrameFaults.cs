using System.Globalization;
using LlmStream.Framing;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Faults;

/// <summary>
/// What goes wrong with the events themselves, and how they are dressed. Events are numbered here, before anything is
/// added, so that a number means the same event whatever else goes wrong.
/// </summary>
internal static class FrameFaults
{
    public static IEnumerable<Frame> Apply(IEnumerable<Frame> frames, Step step, ServerDialect dialect) =>
        Dress(Spoil(frames, step, dialect), step);

    private static IEnumerable<Frame> Spoil(IEnumerable<Frame> frames, Step step, ServerDialect dialect)
    {
        int count = 0;
        foreach (Frame frame in frames)
        {
            if (frame.Kind is not FrameKind.Event)
            {
                yield return frame;
                continue;
            }

            int index = count++;
            Frame sent = frame with { Index = index };
            bool twice = false;
            if (step.KeepAlive is { } keepAlive) yield return dialect.Comment(keepAlive);
            foreach (Fault fault in step.Faults)
            {
                if (fault.IsOfConnection || fault.Position != index) continue;
                switch (fault.Kind)
                {
                    case FaultKind.Fail:
                        yield return dialect.Error(fault.Error!, isFirst: index == 0) with { Index = index };
                        yield break;
                    case FaultKind.Comment:
                        yield return dialect.Comment(fault.Text);
                        break;
                    case FaultKind.Malformed:
                        sent = Halve(sent);
                        break;
                    case FaultKind.Pad:
                        sent = Pad(sent, fault.Size);
                        break;
                    case FaultKind.Duplicate:
                        twice = true;
                        break;
                }
            }

            yield return sent;
            if (twice) yield return sent with { Index = -1 };
        }
    }

    private static IEnumerable<Frame> Dress(IEnumerable<Frame> frames, Step step)
    {
        if (step.ByteOrderMark) yield return new Frame(FrameKind.Comment, [0xEF, 0xBB, 0xBF], 0, 0);
        foreach (Frame frame in frames)
        {
            yield return step.LineEnd is LineEnd.Lf ? frame : frame with { Bytes = WithLineEnd(frame.Bytes, step.LineEnd) };
        }
    }

    private static Frame Halve(Frame frame)
    {
        int half = frame.JsonStart + (frame.JsonLength / 2);
        return frame with { Bytes = [.. frame.Bytes[..half], .. frame.Bytes[(frame.JsonStart + frame.JsonLength)..]], JsonLength = half - frame.JsonStart };
    }

    /// <summary>Adds a member to the event's JSON that makes the event as long as it shall be.</summary>
    private static Frame Pad(Frame frame, int size)
    {
        if (frame.JsonLength == 0) throw new InvalidOperationException("An event without JSON cannot be padded.");
        int end = frame.JsonStart + frame.JsonLength - 1;
        byte[] head = [.. frame.Bytes[..end], .. ",\"padding\":\""u8];
        byte[] tail = [.. "\"}"u8, .. frame.Bytes[(end + 1)..]];
        int padding = size - head.Length - tail.Length;
        if (padding < 0)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Event {frame.Index} cannot be padded to {size} bytes: it has {head.Length + tail.Length} without padding."));
        }

        byte[] bytes = new byte[size];
        bytes.AsSpan().Fill((byte)'x');
        head.CopyTo(bytes, 0);
        tail.CopyTo(bytes, size - tail.Length);
        return frame with { Bytes = bytes, JsonLength = frame.JsonLength + 13 + padding };
    }

    private static byte[] WithLineEnd(byte[] bytes, LineEnd lineEnd)
    {
        var result = new List<byte>(bytes.Length + 8);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (b == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n') continue; // some dialects have it already
            if (b != '\n')
            {
                result.Add(b);
                continue;
            }

            result.Add((byte)'\r');
            if (lineEnd is LineEnd.CrLf) result.Add(b);
        }

        return [.. result];
    }
}
