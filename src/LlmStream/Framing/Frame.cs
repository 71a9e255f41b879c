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
}
