using LlmStream.Testing.Faults;

namespace LlmStream.Testing;

// What goes wrong. Where several faults are given, each comes at its place, until one ends the reply.
public sealed partial class Script
{
    /// <summary>Ends the body properly, as if complete, after so many bytes.</summary>
    /// <param name="bytes">How many bytes of the body are sent.</param>
    /// <returns>The new script.</returns>
    public Script CutAt(long bytes) => With(AtByte(FaultKind.Cut, bytes));

    /// <summary>Ends the body properly, as if complete, before an event.</summary>
    /// <param name="eventIndex">How many events are sent.</param>
    /// <returns>The new script.</returns>
    public Script CutAtEvent(int eventIndex) => With(AtEvent(FaultKind.Cut, eventIndex));

    /// <summary>
    /// Resets the connection (RST) after so many bytes. All of them arrive before it: the server waits until the client's
    /// kernel has acknowledged them (on Linux; elsewhere a client may lose what it has not read yet).
    /// </summary>
    /// <param name="bytes">How many bytes of the body are sent.</param>
    /// <returns>The new script.</returns>
    public Script ResetAt(long bytes) => With(AtByte(FaultKind.Reset, bytes));

    /// <summary>Resets the connection (RST) before an event; see <see cref="ResetAt"/>.</summary>
    /// <param name="eventIndex">How many events are sent.</param>
    /// <returns>The new script.</returns>
    public Script ResetAtEvent(int eventIndex) => With(AtEvent(FaultKind.Reset, eventIndex));

    /// <summary>Closes the connection (FIN) after so many bytes, without the chunk of length 0 that ends a chunked body.</summary>
    /// <param name="bytes">How many bytes of the body are sent.</param>
    /// <returns>The new script.</returns>
    public Script AbortAt(long bytes) => With(AtByte(FaultKind.Abort, bytes));

    /// <summary>Closes the connection (FIN) before an event, without the chunk of length 0 that ends a chunked body.</summary>
    /// <param name="eventIndex">How many events are sent.</param>
    /// <returns>The new script.</returns>
    public Script AbortAtEvent(int eventIndex) => With(AtEvent(FaultKind.Abort, eventIndex));

    /// <summary>Sends nothing more after so many bytes, until the client leaves.</summary>
    /// <param name="bytes">How many bytes of the body are sent.</param>
    /// <returns>The new script.</returns>
    public Script StallAt(long bytes) => With(AtByte(FaultKind.Stall, bytes));

    /// <summary>Pauses after so many bytes, then goes on.</summary>
    /// <param name="bytes">How many bytes of the body come before the pause.</param>
    /// <param name="duration">How long.</param>
    /// <returns>The new script.</returns>
    public Script StallAt(long bytes, TimeSpan duration) => With(AtByte(FaultKind.Stall, bytes) with { Duration = Positive(duration) });

    /// <summary>Sends nothing more from an event on, until the client leaves.</summary>
    /// <param name="eventIndex">How many events are sent.</param>
    /// <returns>The new script.</returns>
    public Script StallAtEvent(int eventIndex) => With(AtEvent(FaultKind.Stall, eventIndex));

    /// <summary>Pauses before an event, then goes on.</summary>
    /// <param name="eventIndex">How many events come before the pause.</param>
    /// <param name="duration">How long.</param>
    /// <returns>The new script.</returns>
    public Script StallAtEvent(int eventIndex, TimeSpan duration) => With(AtEvent(FaultKind.Stall, eventIndex) with { Duration = Positive(duration) });

    /// <summary>Sends an error in place of an event, and ends the body.</summary>
    /// <param name="eventIndex">How many events come before the error.</param>
    /// <param name="error">The error, in one of its forms.</param>
    /// <returns>The new script.</returns>
    public Script FailAt(int eventIndex, ErrorFrame error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return With(AtEvent(FaultKind.Fail, eventIndex) with { Error = error });
    }

    /// <summary>Cuts the JSON of an event in half, and goes on.</summary>
    /// <param name="eventIndex">The number of the event, from 0.</param>
    /// <returns>The new script.</returns>
    public Script MalformedAt(int eventIndex) => With(AtEvent(FaultKind.Malformed, eventIndex));

    /// <summary>Sends an event twice.</summary>
    /// <param name="eventIndex">The number of the event, from 0.</param>
    /// <returns>The new script.</returns>
    public Script DuplicateAt(int eventIndex) => With(AtEvent(FaultKind.Duplicate, eventIndex));

    /// <summary>Makes an event so many bytes long, with a further member in its JSON.</summary>
    /// <param name="eventIndex">The number of the event, from 0. The event must be one of JSON.</param>
    /// <param name="bytes">Its length with the empty line that ends it, counted with line feeds. Must not be less than it is.</param>
    /// <returns>The new script.</returns>
    public Script PadAt(int eventIndex, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return With(AtEvent(FaultKind.Pad, eventIndex) with { Size = bytes });
    }

    /// <summary>A fault as <c>llmstream serve --fault</c> takes it.</summary>
    /// <param name="fault">
    /// <c>eof@P</c>, <c>reset@P</c>, <c>abort@P</c>, <c>stall@P</c>, <c>stall@P=SECONDS</c>, <c>error@#N</c>,
    /// <c>error@#N=data|event|bare|field</c>, <c>malformed@#N</c>, <c>duplicate@#N</c>, <c>pad@#N=BYTES</c>, <c>comment@#N</c> or
    /// <c>comment@#N=TEXT</c>, where P is a byte (<c>1200</c>) or an event (<c>#5</c>), both from 0.
    /// </param>
    /// <returns>The new script.</returns>
    /// <exception cref="FormatException">It is none of these; the message says why in one line.</exception>
    public Script WithFault(string fault) => With(FaultNotation.Parse(fault));

    private static Fault AtByte(FaultKind kind, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new Fault(kind, bytes, AtEvent: false);
    }

    private static Fault AtEvent(FaultKind kind, int eventIndex) => new(kind, Index(eventIndex), AtEvent: true);

    private static TimeSpan Positive(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        return duration;
    }

    private Script With(Fault fault) => Last(step => step with { Faults = step.Faults.Add(fault) });
}
