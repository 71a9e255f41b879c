using System.Buffers;

namespace LlmStream.AspNetCore.Wires;

/// <summary>
/// Encodes one answer: deltas to events. Knows neither HTTP nor where the deltas come from, a provider or a store.
/// </summary>
/// <remarks>
/// Called in this order: <see cref="Begin"/>, <see cref="Add"/> for each delta, and then one of <see cref="Complete"/>,
/// <see cref="Fail"/> and <see cref="Cancel"/>. <see cref="Heartbeat"/> may come anywhere between, after <see cref="Begin"/>.
/// Each call writes whole events.
/// </remarks>
internal abstract class WireEncoder(IBufferWriter<byte> output) : IDisposable
{
    /// <summary>Writes events to the output.</summary>
    protected EventWriter Events { get; } = new(output);

    /// <summary>Writes what comes before the first delta.</summary>
    public abstract void Begin();

    /// <summary>Writes a delta. Several events, one, or none.</summary>
    /// <exception cref="RewriteNotSupportedException">
    /// The delta replaces text that was sent, and the wire cannot express it. The answer must be ended with <see cref="Fail"/>.
    /// </exception>
    public abstract void Add(ChatDelta delta);

    /// <summary>Writes the end of an answer that is complete.</summary>
    public abstract void Complete();

    /// <summary>Writes the end of an answer that failed.</summary>
    public abstract void Fail(WireFailure failure);

    /// <summary>Writes the end of an answer that was canceled.</summary>
    public abstract void Cancel();

    /// <summary>Writes something that readers ignore, so that the connection does not look idle.</summary>
    public virtual void Heartbeat() => Events.WriteComment("keep-alive"u8);

    public virtual void Dispose() => Events.Dispose();
}
