namespace LlmStream.Framing;

/// <summary>What a frame was on the wire.</summary>
internal enum FrameKind
{
    /// <summary>An event as the format has it: a dispatched server-sent event, or one JSON value of a sequence.</summary>
    Event,

    /// <summary>Text that stood between the events: a JSON line without <c>data:</c>, an <c>error:</c> field, a line of prose.</summary>
    Bare,
}

/// <summary>One frame of a stream. Its bytes are valid only while it is being handled.</summary>
internal readonly ref struct Frame(FrameKind kind, string eventType, ReadOnlySpan<byte> data, bool isUnterminated)
{
    /// <summary>The event type of a frame that names none (HTML Standard, 9.2.6).</summary>
    public const string DefaultEventType = "message";

    /// <summary>The event type by which servers report an error, and the type of a bare <c>error:</c> field.</summary>
    public const string ErrorEventType = "error";

    public FrameKind Kind { get; } = kind;

    public string EventType { get; } = eventType;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Whether the stream ended before the frame did, so that it may be only the first part of one.</summary>
    public bool IsUnterminated { get; } = isUnterminated;
}

/// <summary>Takes frames as they are found.</summary>
internal interface IFrameHandler
{
    void Handle(in Frame frame);

    /// <summary>Takes a frame of which only the beginning has been found, if the handler can tell by itself where it ends.</summary>
    /// <param name="eventType">The frame's type.</param>
    /// <param name="bytes">The frame's data, and what stands behind it in the stream.</param>
    /// <returns>
    /// How many bytes were the frame's, with the line ends behind it; see <see cref="SseFrameReader.EndOfEvent"/>. 0 where it was
    /// not taken: nothing has happened, and the frame comes to <see cref="Handle"/> when its end has been found.
    /// </returns>
    int TryHandleAhead(string eventType, ReadOnlySpan<byte> bytes) => 0;
}
