namespace LlmStream.Testing.Faults;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    // Of the connection: at a byte or before an event.

    /// <summary>The body ends properly, too early.</summary>
    Cut,

    /// <summary>The connection is reset (RST).</summary>
    Reset,

    /// <summary>The connection is closed (FIN) without the terminating chunk.</summary>
    Abort,

    /// <summary>Nothing is sent any more, for a while or for ever.</summary>
    Stall,

    // Of the events: at an event.

    /// <summary>An error frame in place of the event, and the end of the body.</summary>
    Fail,

    /// <summary>The event's JSON is cut in half.</summary>
    Malformed,

    /// <summary>The event is sent twice.</summary>
    Duplicate,

    /// <summary>The event is padded to a size.</summary>
    Pad,

    /// <summary>A comment comes before the event.</summary>
    Comment,
}
