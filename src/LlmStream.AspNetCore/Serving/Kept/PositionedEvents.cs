using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LlmStream.AspNetCore.Wires;
using LlmStream.Relay;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// Gives the events of a kept stream their ids, and leaves out those that a client has already. The encoder writes here; whole events are
/// passed on with an <c>id</c> line each (<see cref="EventPosition"/>).
/// </summary>
/// <remarks>
/// A client that resumes gets the same events as one that was never interrupted, because the encoder is in the same state: it has encoded
/// all earlier deltas. One delta can be several events, so the number of events since the last position is part of an id.
/// </remarks>
/// <param name="start">Where the client resumes; the position before the first record for the whole stream.</param>
/// <param name="skippedEvents">How many events after it the client has already.</param>
/// <param name="earlier">The deltas up to the position, which are encoded but not sent.</param>
internal sealed class PositionedEvents(ChatStreamPosition start, int skippedEvents, IReadOnlyList<ChatDelta> earlier) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly byte[] _id = new byte[128];
    private PipeWriter? _output;
    private IReadOnlyList<ChatDelta> _earlier = earlier;
    private ChatStreamPosition _position = start;
    private int _count; // of events since the position
    private int _skipped = skippedEvents;

    /// <summary>What comes before the position in an id, such as the id of the stream; empty for nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether events between two positions have ids too. Without, only the last event of a delta has one.</summary>
    public bool HasIdsBetween { get; init; } = true;

    /// <summary>Whether the client has a part of the answer already.</summary>
    public bool IsResumed { get; } = start.Sequence > 0 || skippedEvents > 0;

    /// <summary>The position of the delta that is being read.</summary>
    public ChatStreamPosition Next { get; set; } = start;

    public void Advance(int count) => _buffer.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _buffer.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _buffer.GetSpan(sizeHint);

    /// <summary>Begins after the encoder has begun.</summary>
    public void Begin(PipeWriter output, WireEncoder encoder)
    {
        _output = output;
        if (_position.Sequence == 0)
        {
            PassOn(null);
            return;
        }

        foreach (ChatDelta delta in _earlier) encoder.Add(delta);
        _earlier = [];
        _buffer.ResetWrittenCount();
    }

    /// <summary>Passes on the events of a delta.</summary>
    /// <param name="isPartial">Whether the position <see cref="Next"/> is not reached yet.</param>
    public void DeltaWritten(bool isPartial)
    {
        if (isPartial) PassOn(null);
        else if (PassOn(Next)) (_position, _count) = (Next, 0);
    }

    /// <summary>Passes on the end.</summary>
    /// <param name="isEndOfStream">Whether the stream has ended, and not only this response.</param>
    public void EndWritten(bool isEndOfStream)
    {
        if (isEndOfStream) PassOn(_position, EventPosition.End);
        else PassOnUnchanged(); // without ids: a client that resumes continues after the last delta
    }

    /// <summary>Passes on a comment, which has no id.</summary>
    public void CommentWritten() => PassOnUnchanged();

    /// <summary>Passes on the events in the buffer, the last of them with a position.</summary>
    /// <returns>Whether there were events.</returns>
    private bool PassOn(ChatStreamPosition? lastPosition, string suffix = "")
    {
        ReadOnlySpan<byte> events = _buffer.WrittenSpan;
        if (events.IsEmpty) return false;
        while (!events.IsEmpty)
        {
            int end = events.IndexOf("\n\n"u8) + 2;
            bool isLast = end == events.Length;
            _count++;
            if (_skipped > 0) _skipped--;
            else if (isLast) PassOnEvent(events[..(end - 1)], lastPosition, suffix);
            else PassOnEvent(events[..(end - 1)], position: null, suffix: "");
            events = events[end..];
        }

        _buffer.ResetWrittenCount();
        return true;
    }

    private void PassOnEvent(ReadOnlySpan<byte> lines, ChatStreamPosition? position, string suffix)
    {
        _output!.Write(lines);
        if (position is not null || HasIdsBetween) WriteId(position, suffix);
        _output!.Write("\n"u8);
    }

    private void WriteId(ChatStreamPosition? position, string suffix)
    {
        ChatStreamPosition known = position ?? _position;
        int length = Encoding.ASCII.GetBytes("id: ", _id);
        length += Encoding.ASCII.GetBytes(Prefix, _id.AsSpan(length));
        length += Encoding.ASCII.GetBytes(known.Epoch, _id.AsSpan(length));
        _id[length++] = (byte)'-';
        known.Sequence.TryFormat(_id.AsSpan(length), out int written, provider: CultureInfo.InvariantCulture);
        length += written;
        if (position is null)
        {
            _id[length++] = (byte)'.';
            _count.TryFormat(_id.AsSpan(length), out written, provider: CultureInfo.InvariantCulture);
            length += written;
        }

        length += Encoding.ASCII.GetBytes(suffix, _id.AsSpan(length));
        _id[length++] = (byte)'\n';
        _output!.Write(_id.AsSpan(0, length));
    }

    private void PassOnUnchanged()
    {
        _output!.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}
