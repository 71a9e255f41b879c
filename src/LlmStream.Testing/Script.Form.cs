using System.Globalization;
using LlmStream.Testing.Scripting;
using LlmStream.Transport;

namespace LlmStream.Testing;

// The form in which it is sent, and the pace.
public sealed partial class Script
{
    /// <summary>Asks the client to come back later, with the header <c>Retry-After</c>.</summary>
    /// <param name="delay">How much later; rounded up to whole seconds.</param>
    /// <returns>The new script.</returns>
    public Script RetryAfter(TimeSpan delay) =>
        WithHeader("Retry-After", ((long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture));

    /// <summary>Sends a header.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The new script.</returns>
    public Script WithHeader(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return Last(step => step with { Headers = step.Headers.Add(new(name, value)) });
    }

    /// <summary>Sends this content type, right or wrong.</summary>
    /// <param name="contentType">The value of the header.</param>
    /// <returns>The new script.</returns>
    public Script WithContentType(string contentType)
    {
        ArgumentNullException.ThrowIfNull(contentType);
        return Last(step => step with { ContentType = contentType });
    }

    /// <summary>Ends the lines of the stream otherwise than with a line feed.</summary>
    /// <param name="lineEnd">How.</param>
    /// <returns>The new script.</returns>
    public Script WithLineEnds(LineEnd lineEnd) => Last(step => step with { LineEnd = lineEnd });

    /// <summary>Begins the body with a byte order mark (3 bytes).</summary>
    /// <returns>The new script.</returns>
    public Script WithByteOrderMark() => Last(step => step with { ByteOrderMark = true });

    /// <summary>Sends a comment before one event.</summary>
    /// <param name="eventIndex">The number of the event, from 0.</param>
    /// <param name="comment">The comment, without its colon. Must not hold a line end.</param>
    /// <returns>The new script.</returns>
    public Script WithComment(int eventIndex, string comment) =>
        With(new(Faults.FaultKind.Comment, Index(eventIndex), AtEvent: true) { Text = OneLine(comment) });

    /// <summary>Sends a comment before every event.</summary>
    /// <param name="comment">The comment, without its colon. Must not hold a line end.</param>
    /// <returns>The new script.</returns>
    public Script WithKeepAlives(string comment = "keep-alive") => Last(step => step with { KeepAlive = OneLine(comment) });

    /// <summary>Writes the body in pieces of so many bytes, wherever the events begin; 1 is a byte a write.</summary>
    /// <remarks>Every write is one chunk of the chunked encoding, and is flushed before the next begins.</remarks>
    /// <param name="bytes">The bytes of each write but the last.</param>
    /// <returns>The new script.</returns>
    public Script InWritesOf(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return Last(step => step with { Writes = new WriteCuts(bytes, []) });
    }

    /// <summary>Writes the body in pieces that end at these bytes, wherever the events begin. After the last, an event a write.</summary>
    /// <param name="offsets">Offsets in the body.</param>
    /// <returns>The new script.</returns>
    public Script InWritesCutAt(params long[] offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        return Last(step => step with { Writes = new WriteCuts(0, [.. offsets.Where(offset => offset > 0).Distinct().Order()]) });
    }

    /// <summary>Writes at a rate. Default: as fast as the client reads.</summary>
    /// <param name="writesPerSecond">Writes, as a rule events, a second. Must be positive.</param>
    /// <returns>The new script.</returns>
    public Script AtRate(double writesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(writesPerSecond);
        return Last(step => step with { Interval = TimeSpan.FromSeconds(1 / writesPerSecond) });
    }

    /// <summary>Drips: a few bytes, a pause, a few bytes.</summary>
    /// <param name="bytes">The bytes of each write.</param>
    /// <param name="interval">The time between two writes.</param>
    /// <returns>The new script.</returns>
    public Script Dripping(int bytes, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero);
        return InWritesOf(bytes).Last(step => step with { Interval = interval });
    }

    /// <summary>Waits before the headers of the response.</summary>
    /// <param name="delay">How long; <see cref="Timeout.InfiniteTimeSpan"/> means until the client leaves.</param>
    /// <returns>The new script.</returns>
    public Script After(TimeSpan delay) => Last(step => step with { Delay = delay });

    private static string OneLine(string comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        return comment.AsSpan().IndexOfAny('\r', '\n') < 0 ? comment : throw new ArgumentException("A comment must not hold a line end.", nameof(comment));
    }

    private static int Index(int eventIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eventIndex);
        return eventIndex;
    }
}
