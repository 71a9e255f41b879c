using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>
/// Tells at little cost that an event holds no error. Most streams have an event without a part of the answer, such as the one with the
/// usage, and <see cref="ProviderFaultReader"/> looks for a hundred names in it.
/// </summary>
internal static class ErrorScan
{
    private const int MaxNameLength = 64;

    /// <summary>
    /// Whether <see cref="ProviderFaultReader"/> might find an error in an event that is not known to be one. It finds none without one
    /// of these: a name of a field for errors at any depth; a name in <see cref="ErrorFields.OfErrors"/> at the top; a type that says so.
    /// </summary>
    /// <param name="json">The event.</param>
    public static bool MayFind(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return true;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName) continue;
                bool isAtTop = reader.CurrentDepth == 1;
                if (MayBeErrorName(ref reader) || (isAtTop && ErrorFields.OfErrors.Contains(ref reader))) return true;
                if (isAtTop && ErrorFields.OfTypes.Contains(ref reader) && reader.Read() && MayBeErrorType(ref reader)) return true;
            }

            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    private static bool MayBeErrorName(ref Utf8JsonReader reader)
    {
        // Nearly all names can be ruled out by their first or last letter.
        ReadOnlySpan<byte> name = reader.ValueSpan;
        if (name is [>= (byte)'a' and <= (byte)'z' and not ((byte)'e' or (byte)'f'), .., >= (byte)'a' and <= (byte)'z' and not (byte)'n']
            && name.Length <= MaxNameLength && !reader.ValueIsEscaped && Ascii.IsValid(name))
        {
            Debug.Assert(!ErrorFields.IsErrorName(Encoding.ASCII.GetString(name)), "No name for an error begins and ends like this");
            return false;
        }

        Span<char> buffer = stackalloc char[MaxNameLength];
        return !TryNormalize(ref reader, buffer, out int length) || ErrorFields.IsNormalizedErrorName(buffer[..length]);
    }

    private static bool MayBeErrorType(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return false;
        Span<char> buffer = stackalloc char[MaxNameLength];
        return !TryNormalize(ref reader, buffer, out int length) || buffer[..length] is "error" or "failed" or "failure";
    }

    /// <summary>Writes the letters and digits of the name or string that the reader is on, in lower case.</summary>
    /// <returns>False if it is escaped, long, or not ASCII.</returns>
    private static bool TryNormalize(ref Utf8JsonReader reader, scoped Span<char> buffer, out int length)
    {
        length = 0;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (reader.ValueIsEscaped || text.Length > buffer.Length) return false;
        foreach (byte b in text)
        {
            if (!char.IsAscii((char)b)) return false;
            if (char.IsAsciiLetterOrDigit((char)b)) buffer[length++] = (char)(char.IsAsciiLetterUpper((char)b) ? b | 0x20 : b);
        }

        return true;
    }
}
