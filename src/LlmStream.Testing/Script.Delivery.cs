using System.Globalization;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing;

// Headers, framing and pace of the response.
public sealed partial class Script
{
    /// <summary>Sends the header <c>Retry-After</c>.</summary>
    /// <param name="delay">The delay, rounded up to whole seconds.</param>
    /// <returns>The new script.</returns>
    public Script WithRetryAfter(TimeSpan delay) =>
        WithHeader("Retry-After", ((long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture));

    /// <summary>Sends a header.</summary>
    /// <param name="name">The name of the header.</param>
    /// <param name="value">The value of the header.</param>
    /// <returns>The new script.</returns>
    public Script WithHeader(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return ChangeStep(step => step with { Headers = step.Headers.Add(new(name, value)) });
    }

    /// <summary>Sends this content type, whether or not it fits the body.</summary>
    /// <param name="contentType">The value of the header.</param>
    /// <returns>The new script.</returns>
    public Script WithContentType(string contentType)
    {
        ArgumentNullException.ThrowIfNull(contentType);
        return ChangeStep(step => step with { ContentType = contentType });
    }

    /// <summary>
    /// Ends the lines of the body with this line ending. Default: the dialect's, usually a line feed. A binary body stays as it is.
    /// </summary>
    /// <param name="lineEnding">The line ending.</param>
    /// <returns>The new script.</returns>
    public Script WithLineEndings(LineEnding lineEnding) => ChangeStep(step => step with { LineEnding = lineEnding });

    /// <summary>Starts the body with a byte order mark (3 bytes). A binary body stays as it is.</summary>
    /// <returns>The new script.</returns>
    public Script WithByteOrderMark() => ChangeStep(step => step with { HasByteOrderMark = true });

    /// <summary>Sends a comment before an event.</summary>
    /// <param name="eventIndex">The index of the event, from 0.</param>
    /// <param name="comment">The comment, without its colon. Must not contain a line ending.</param>
    /// <returns>The new script.</returns>
    public Script WithComment(int eventIndex, string comment) =>
        AddFault(AtEvent(Faults.FaultKind.Comment, eventIndex) with { Text = CheckComment(comment) });

    /// <summary>Sends a comment before every event.</summary>
    /// <param name="comment">The comment, without its colon. Must not contain a line ending.</param>
    /// <returns>The new script.</returns>
    public Script WithKeepAlives(string comment = "keep-alive") => ChangeStep(step => step with { KeepAlive = CheckComment(comment) });

    /// <summary>Writes the body in pieces of this size, regardless of event boundaries.</summary>
    /// <remarks>Every write is one chunk of the chunked encoding, and is flushed before the next one.</remarks>
    /// <param name="bytes">The size of each write but the last.</param>
    /// <returns>The new script.</returns>
    public Script InWritesOf(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return ChangeStep(step => step with { Writes = WriteBoundaries.Every(bytes) });
    }

    /// <summary>Writes the body in pieces of this size, regardless of event boundaries, with a pause between two writes.</summary>
    /// <param name="bytes">The size of each write but the last.</param>
    /// <param name="interval">The pause between two writes.</param>
    /// <returns>The new script.</returns>
    public Script InWritesOf(int bytes, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero);
        return InWritesOf(bytes).ChangeStep(step => step with { Interval = interval });
    }

    /// <summary>
    /// Writes the body in pieces that end at these offsets, regardless of event boundaries. After the last offset, each event is one
    /// write.
    /// </summary>
    /// <param name="offsets">Offsets in the body.</param>
    /// <returns>The new script.</returns>
    public Script InWritesCutAt(params long[] offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        return ChangeStep(step => step with { Writes = WriteBoundaries.At(offsets) });
    }

    /// <summary>Limits the rate of writes. Default: as fast as the client reads.</summary>
    /// <param name="writesPerSecond">Writes per second; a write is usually an event. Must be positive.</param>
    /// <returns>The new script.</returns>
    public Script WithRate(double writesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(writesPerSecond);
        return ChangeStep(step => step with { Interval = TimeSpan.FromSeconds(1 / writesPerSecond) });
    }

    /// <summary>Delays the headers of the response.</summary>
    /// <param name="delay">The delay; <see cref="Timeout.InfiniteTimeSpan"/> means until the client disconnects.</param>
    /// <returns>The new script.</returns>
    public Script WithDelay(TimeSpan delay) => ChangeStep(step => step with { Delay = delay });

    private static string CheckComment(string comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        return comment.AsSpan().IndexOfAny('\r', '\n') < 0
            ? comment
            : throw new ArgumentException("A comment must not contain a line ending.", nameof(comment));
    }
}
