namespace LlmStream.Framing;

/// <summary>What was met on the wire besides events; counted only where somebody wants to know.</summary>
internal sealed class FramingCensus
{
    public int Frames { get; set; }

    public int Comments { get; set; }

    public int BareLines { get; set; }

    public int ErrorFields { get; set; }

    public int CarriageReturns { get; set; }

    public bool ByteOrderMark { get; set; }

    public bool UnterminatedEnd { get; set; }

    public bool JsonSequence { get; set; }

    /// <summary>Lines whose field the event stream format does not know, by the field's name.</summary>
    public Dictionary<string, int> UnknownFields { get; } = new(StringComparer.Ordinal);
}
