namespace LlmStream.Testing.Faults;

internal enum FaultKind
{
    // Connection faults, at a byte or before an event.

    /// <summary>The body ends properly, but early.</summary>
    Cut,

    /// <summary>The connection is reset (RST).</summary>
    Reset,

    /// <summary>The connection is closed (FIN) before the body ends.</summary>
    Abort,

    /// <summary>Nothing is sent for a time, or until the client disconnects.</summary>
    Stall,

    // Event faults, at an event.

    /// <summary>An error replaces the event and ends the body.</summary>
    Fail,

    /// <summary>The JSON of the event is cut in half.</summary>
    Malform,

    /// <summary>The event is sent twice.</summary>
    Duplicate,

    /// <summary>The event is padded to a size.</summary>
    Pad,

    /// <summary>A comment precedes the event.</summary>
    Comment,
}
