namespace LlmStream.Dialects;

/// <summary>What is ordinary for the streams of a format. An inspection reports only deviations from it.</summary>
internal sealed record DialectConventions
{
    public static DialectConventions Default { get; } = new();

    /// <summary>Whether every stream ends with the end marker.</summary>
    public bool SendsEndMarker { get; init; }

    /// <summary>The field of a request that makes usage part of the stream, or null if usage does not depend on a field.</summary>
    public string? UsageField { get; init; }

    /// <summary>Whether events are JSON lines instead of server-sent events.</summary>
    public bool UsesJsonLines { get; init; }

    /// <summary>Whether lines end in CR LF.</summary>
    public bool UsesCarriageReturns { get; init; }

    /// <summary>The types (<c>event:</c>) of ordinary events; null if unknown types are already reported by the decoder.</summary>
    public HashSet<string>? EventTypes { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Ordinary comments.</summary>
    public HashSet<string> Comments { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
