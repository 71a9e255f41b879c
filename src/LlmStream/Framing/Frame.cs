namespace LlmStream.Framing;

/// <summary>What a frame was on the wire.</summary>
internal enum FrameKind
{
    /// <summary>What the format defines: a dispatched server-sent event, a value of a JSON sequence, or a WebSocket message.</summary>
    Event,

    /// <summary>Something else between the events: JSON without <c>data:</c>, an <c>error:</c> field, a line of text.</summary>
    Bare,
}

/// <summary>One frame of a stream. Its data is valid only while it is being handled.</summary>
internal readonly ref struct Frame(FrameKind kind, string eventType, ReadOnlySpan<byte> data, bool isUnterminated)
{
    /// <summary>The type of an event that has no <c>event</c> field (HTML Standard, 9.2.6), and of all frames of other formats.</summary>
    public const string DefaultEventType = "message";

    /// <summary>The type of events by which servers report an error, and of a bare <c>error:</c> field.</summary>
    public const string ErrorEventType = "error";

    public FrameKind Kind { get; } = kind;

    public string EventType { get; } = eventType;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Whether the stream ended before the frame did, so the data may be incomplete.</summary>
    public bool IsUnterminated { get; } = isUnterminated;
}

/// <summary>Receives the frames of a stream.</summary>
/// <remarks>
/// An abstract class, because each format has its own handler, and interface calls are slower once there are several implementations.
/// </remarks>
internal abstract class FrameHandler
{
    public abstract void Handle(in Frame frame);

    /// <summary>Handles an event of which only the start has been found, if the handler can tell by itself where it ends.</summary>
    /// <param name="eventType">The event's type.</param>
    /// <param name="bytes">The event's data and what follows it in the stream.</param>
    /// <returns>
    /// The length of the data and of the line endings after it (<see cref="SseFrameReader.EndOfEvent"/>). 0 if it was not handled: nothing
    /// has changed, and the event is passed to <see cref="Handle"/> once its end has been found.
    /// </returns>
    public virtual int TryHandleAhead(string eventType, ReadOnlySpan<byte> bytes) => 0;

    /// <summary>Does the same for a JSON value in a sequence of values, or in a message.</summary>
    /// <param name="eventType">The event's type.</param>
    /// <param name="bytes">The value, which is an object, and what follows it in the stream.</param>
    /// <param name="length">The length of the value, if it is known; otherwise -1.</param>
    /// <returns>The length of the value. 0 if it was not handled.</returns>
    public virtual int TryHandleValueAhead(string eventType, ReadOnlySpan<byte> bytes, int length) => 0;
}
