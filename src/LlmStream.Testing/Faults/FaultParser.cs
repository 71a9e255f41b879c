using System.Globalization;

namespace LlmStream.Testing.Faults;

/// <summary>
/// Parses a fault from <c>KIND@POSITION[=VALUE]</c>, where POSITION is a byte offset (<c>1200</c>) or an event index (<c>#5</c>).
/// </summary>
internal static class FaultParser
{
    private const string Syntax =
        "eof@P, reset@P, abort@P, stall@P, stall@P=SECONDS, error@#N, error@#N=data|event|bare|field, malformed@#N, "
        + "duplicate@#N, pad@#N=BYTES, comment@#N, comment@#N=TEXT; P is a byte (1200) or an event (#5), both from 0";

    // Longer pauses are probably a mistake, and TimeSpan has a limit.
    private const double MaxSeconds = 1e6;

    /// <exception cref="FormatException">The fault is invalid.</exception>
    public static Fault Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0) throw new FormatException($"The fault '{text}' has no position; expected {Syntax}.");
        string kind = text[..at];
        string position = text[(at + 1)..];
        string? value = null;
        int equals = position.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0) (position, value) = (position[..equals], position[(equals + 1)..]);
        bool atEvent = position.StartsWith('#');
        if (!long.TryParse(atEvent ? position[1..] : position, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw new FormatException($"The position '{position}' of the fault '{text}' is neither a byte (1200) nor an event (#5).");

        var fault = kind switch
        {
            "eof" or "cut" => new Fault(FaultKind.Cut, number, atEvent),
            "reset" => new Fault(FaultKind.Reset, number, atEvent),
            "abort" => new Fault(FaultKind.Abort, number, atEvent),
            "stall" => new Fault(FaultKind.Stall, number, atEvent) { Duration = value is null ? null : ParseSeconds(text, value) },
            "error" => new Fault(FaultKind.Fail, number, atEvent) { Error = ErrorFrame.Create(ParseFormat(text, value)) },
            "malformed" => new Fault(FaultKind.Malform, number, atEvent),
            "duplicate" => new Fault(FaultKind.Duplicate, number, atEvent),
            "pad" => new Fault(FaultKind.Pad, number, atEvent) { Size = ParseSize(text, value) },
            "comment" => new Fault(FaultKind.Comment, number, atEvent) { Text = value ?? "keep-alive" },
            _ => throw new FormatException($"Unknown fault '{kind}'; expected {Syntax}."),
        };
        if (!fault.IsConnectionFault && !atEvent)
            throw new FormatException($"The fault '{text}' requires an event, such as {kind}@#{position}.");
        bool hasNoValue = fault.Kind is FaultKind.Cut or FaultKind.Reset or FaultKind.Abort or FaultKind.Malform or FaultKind.Duplicate;
        if (value is not null && hasNoValue) throw new FormatException($"The fault '{text}' must not have a value.");
        return fault;
    }

    private static TimeSpan ParseSeconds(string text, string value) =>
        double.TryParse(value.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds < MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException($"The value of the fault '{text}' is not a number of seconds, such as 2 or 0.5.");

    private static int ParseSize(string text, string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
            ? bytes
            : throw new FormatException($"The value of the fault '{text}' is not a number of bytes.");

    private static ErrorFormat ParseFormat(string text, string? value) => value switch
    {
        null or "data" => ErrorFormat.Data,
        "event" => ErrorFormat.Event,
        "bare" => ErrorFormat.BareJson,
        "field" => ErrorFormat.Field,
        _ => throw new FormatException($"Unknown error format '{value}' in the fault '{text}'; expected data, event, bare or field."),
    };
}
