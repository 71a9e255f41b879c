namespace LlmStream.Framing;

/// <summary>
/// Is told what a frame reader finds, in the order of the bytes. It sees what handlers do not: comments, line endings, unknown fields.
/// A reader without an observer does no work for one.
/// </summary>
/// <remarks>Frames and their order are the same with and without an observer. The spans are valid only during the call.</remarks>
internal interface IFramingObserver
{
    /// <summary>
    /// Whether <see cref="OnLine"/> has to be told how a line ended. If so, a line that ends with CR is complete only when the byte after
    /// it has arrived, which may be part of a later event.
    /// </summary>
    bool NeedsLineEndings { get; }

    /// <summary>The stream is a sequence of JSON values, not an event stream.</summary>
    void OnJsonSequence();

    /// <summary>The values of the JSON sequence are the elements of an array.</summary>
    void OnJsonArray();

    /// <summary>An event stream begins with a byte order mark.</summary>
    void OnByteOrderMark();

    /// <summary>A line of an event stream is complete, or the stream ended in it.</summary>
    void OnLine(SseLineKind kind, ReadOnlySpan<byte> line, LineEnding ending);

    /// <summary>A frame is complete. Its handler is called next.</summary>
    void OnFrame(in Frame frame);
}
