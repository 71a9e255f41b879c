using System.Globalization;

namespace LlmStream.Testing.Faults;

/// <summary>
/// Faults as a line of text: <c>KIND@POSITION[=VALUE]</c>, where POSITION is a byte (<c>1200</c>) or an event (<c>#5</c>).
/// </summary>
internal static class FaultNotation
{
    public const string Grammar =
        "eof@P, reset@P, abort@P, stall@P, stall@P=SECONDS, error@#N, error@#N=data|event|bare|field, malformed@#N, " +
        "duplicate@#N, pad@#N=BYTES, comment@#N, comment@#N=TEXT; P is a byte (1200) or an event (#5), both from 0";

    public static Fault Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0) throw new FormatException($"The fault '{text}' has no position; expected {Grammar}.");
        string kind = text[..at];
        string place = text[(at + 1)..];
        string? value = null;
        int equals = place.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0) (place, value) = (place[..equals], place[(equals + 1)..]);
        bool atEvent = place.StartsWith('#');
        if (!long.TryParse(atEvent ? place[1..] : place, NumberStyles.None, CultureInfo.InvariantCulture, out long position))
        {
            throw new FormatException($"The position '{place}' of the fault '{text}' is neither a byte nor an event (#5).");
        }

        var fault = kind switch
        {
            "eof" or "cut" => new Fault(FaultKind.Cut, position, atEvent),
            "reset" => new Fault(FaultKind.Reset, position, atEvent),
            "abort" => new Fault(FaultKind.Abort, position, atEvent),
            "stall" => new Fault(FaultKind.Stall, position, atEvent) { Duration = value is null ? null : Seconds(text, value) },
            "error" => new Fault(FaultKind.Fail, position, atEvent) { Error = ErrorFrame.Of(Form(text, value)) },
            "malformed" => new Fault(FaultKind.Malformed, position, atEvent),
            "duplicate" => new Fault(FaultKind.Duplicate, position, atEvent),
            "pad" => new Fault(FaultKind.Pad, position, atEvent) { Size = Size(text, value) },
            "comment" => new Fault(FaultKind.Comment, position, atEvent) { Text = value ?? "keep-alive" },
            _ => throw new FormatException($"There is no fault '{kind}'; expected {Grammar}."),
        };
        if (!fault.IsOfConnection && !atEvent) throw new FormatException($"The fault '{text}' is one of an event: write {kind}@#{place}.");
        if (value is not null && fault.Kind is (FaultKind.Cut or FaultKind.Reset or FaultKind.Abort or FaultKind.Malformed or FaultKind.Duplicate))
        {
            throw new FormatException($"The fault '{text}' takes no value.");
        }

        return fault;
    }

    private static TimeSpan Seconds(string text, string value) =>
        double.TryParse(value.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException($"The fault '{text}' needs seconds after '=', such as 2 or 0.5.");

    private static int Size(string text, string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
            ? bytes
            : throw new FormatException($"The fault '{text}' needs a number of bytes after '='.");

    private static ErrorForm Form(string text, string? value) => value switch
    {
        null or "data" => ErrorForm.Data,
        "event" => ErrorForm.Event,
        "bare" => ErrorForm.BareJson,
        "field" => ErrorForm.Field,
        _ => throw new FormatException($"The fault '{text}' knows no form '{value}'; expected data, event, bare or field."),
    };
}
