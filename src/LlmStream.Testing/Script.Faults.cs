using LlmStream.Testing.Faults;

namespace LlmStream.Testing;

// Faults. A step may have several; each occurs at its position, until one ends the reply.
public sealed partial class Script
{
    /// <summary>Ends the body properly, as if complete, after a number of bytes.</summary>
    /// <param name="bytes">The number of bytes of the body to send.</param>
    /// <returns>The new script.</returns>
    public Script CutAt(long bytes) => AddFault(AtByte(FaultKind.Cut, bytes));

    /// <summary>Ends the body properly, as if complete, before an event.</summary>
    /// <param name="eventIndex">The number of events to send.</param>
    /// <returns>The new script.</returns>
    public Script CutAtEvent(int eventIndex) => AddFault(AtEvent(FaultKind.Cut, eventIndex));

    /// <summary>
    /// Resets the connection (RST) after a number of bytes. The client receives all of them: on Linux, the server first waits until the
    /// client's kernel has acknowledged them. On other systems a client may lose bytes that it has not read.
    /// </summary>
    /// <param name="bytes">The number of bytes of the body to send.</param>
    /// <returns>The new script.</returns>
    public Script ResetAt(long bytes) => AddFault(AtByte(FaultKind.Reset, bytes));

    /// <summary>Resets the connection (RST) before an event; see <see cref="ResetAt"/>.</summary>
    /// <param name="eventIndex">The number of events to send.</param>
    /// <returns>The new script.</returns>
    public Script ResetAtEvent(int eventIndex) => AddFault(AtEvent(FaultKind.Reset, eventIndex));

    /// <summary>Closes the connection (FIN) after a number of bytes, without the last chunk that ends a chunked body.</summary>
    /// <param name="bytes">The number of bytes of the body to send.</param>
    /// <returns>The new script.</returns>
    public Script AbortAt(long bytes) => AddFault(AtByte(FaultKind.Abort, bytes));

    /// <summary>Closes the connection (FIN) before an event, without the last chunk that ends a chunked body.</summary>
    /// <param name="eventIndex">The number of events to send.</param>
    /// <returns>The new script.</returns>
    public Script AbortAtEvent(int eventIndex) => AddFault(AtEvent(FaultKind.Abort, eventIndex));

    /// <summary>Stops sending after a number of bytes, until the client disconnects.</summary>
    /// <param name="bytes">The number of bytes of the body to send.</param>
    /// <returns>The new script.</returns>
    public Script StallAt(long bytes) => AddFault(AtByte(FaultKind.Stall, bytes));

    /// <summary>Pauses after a number of bytes.</summary>
    /// <param name="bytes">The number of bytes of the body before the pause.</param>
    /// <param name="duration">The length of the pause.</param>
    /// <returns>The new script.</returns>
    public Script StallAt(long bytes, TimeSpan duration) =>
        AddFault(AtByte(FaultKind.Stall, bytes) with { Duration = CheckDuration(duration) });

    /// <summary>Stops sending before an event, until the client disconnects.</summary>
    /// <param name="eventIndex">The number of events to send.</param>
    /// <returns>The new script.</returns>
    public Script StallAtEvent(int eventIndex) => AddFault(AtEvent(FaultKind.Stall, eventIndex));

    /// <summary>Pauses before an event.</summary>
    /// <param name="eventIndex">The number of events before the pause.</param>
    /// <param name="duration">The length of the pause.</param>
    /// <returns>The new script.</returns>
    public Script StallAtEvent(int eventIndex, TimeSpan duration) =>
        AddFault(AtEvent(FaultKind.Stall, eventIndex) with { Duration = CheckDuration(duration) });

    /// <summary>Sends an error in place of an event, and ends the body.</summary>
    /// <param name="eventIndex">The number of events before the error.</param>
    /// <param name="error">The error.</param>
    /// <returns>The new script.</returns>
    public Script FailAtEvent(int eventIndex, ErrorFrame error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return AddFault(AtEvent(FaultKind.Fail, eventIndex) with { Error = error });
    }

    /// <summary>Cuts the JSON of an event in half. The stream continues with the next event.</summary>
    /// <param name="eventIndex">The index of the event, from 0.</param>
    /// <returns>The new script.</returns>
    public Script MalformEvent(int eventIndex) => AddFault(AtEvent(FaultKind.Malform, eventIndex));

    /// <summary>Sends an event twice.</summary>
    /// <param name="eventIndex">The index of the event, from 0.</param>
    /// <returns>The new script.</returns>
    public Script DuplicateEvent(int eventIndex) => AddFault(AtEvent(FaultKind.Duplicate, eventIndex));

    /// <summary>Pads an event to a size, with an additional member in its JSON.</summary>
    /// <param name="eventIndex">The index of the event, from 0. The event must contain JSON.</param>
    /// <param name="bytes">The size of the whole event with line feeds, including the empty line. Must not be less than without
    /// padding.</param>
    /// <returns>The new script.</returns>
    public Script PadEvent(int eventIndex, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return AddFault(AtEvent(FaultKind.Pad, eventIndex) with { Size = bytes });
    }

    /// <summary>Adds a fault in the syntax of <c>llmstream serve --fault</c>.</summary>
    /// <param name="fault">
    /// <c>eof@P</c>, <c>reset@P</c>, <c>abort@P</c>, <c>stall@P</c>, <c>stall@P=SECONDS</c>, <c>error@#N</c>,
    /// <c>error@#N=data|event|bare|field</c>, <c>malformed@#N</c>, <c>duplicate@#N</c>, <c>pad@#N=BYTES</c>, <c>comment@#N</c> or
    /// <c>comment@#N=TEXT</c>, where P is a byte offset (<c>1200</c>) or an event index (<c>#5</c>), both from 0.
    /// </param>
    /// <returns>The new script.</returns>
    /// <exception cref="FormatException">The fault is invalid; the message is one line.</exception>
    public Script WithFault(string fault) => AddFault(FaultParser.Parse(fault));

    private static Fault AtByte(FaultKind kind, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new Fault(kind, bytes, AtEvent: false);
    }

    private static Fault AtEvent(FaultKind kind, int eventIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eventIndex);
        return new Fault(kind, eventIndex, AtEvent: true);
    }

    private static TimeSpan CheckDuration(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        return duration;
    }

    private Script AddFault(Fault fault) => ChangeStep(step => step with { Faults = step.Faults.Add(fault) });
}
