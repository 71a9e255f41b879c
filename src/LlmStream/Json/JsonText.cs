using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace LlmStream.Json;

/// <summary>Decodes raw bytes of JSON strings to UTF-16.</summary>
/// <remarks>
/// <see cref="Utf8JsonReader"/> does so too, but throws if a string contains half of a surrogate pair. Tokens of models
/// may end there: the other half follows in the next chunk.
/// </remarks>
internal static partial class JsonText
{
    /// <summary>Decodes the bytes between the quotation marks of a JSON string that is known to be valid JSON.</summary>
    /// <param name="raw">The bytes.</param>
    /// <param name="escaped">Whether they contain a backslash.</param>
    /// <param name="destination">At least as long as <paramref name="raw"/>: UTF-16 never has more code units than UTF-8 has bytes.</param>
    /// <param name="incomplete">The number of bytes of an incomplete UTF-8 sequence at the end.</param>
    /// <returns>The number of code units written. Bytes that are not UTF-8 become U+FFFD.</returns>
    public static int Decode(ReadOnlySpan<byte> raw, bool escaped, Span<char> destination, out int incomplete)
    {
        incomplete = 0;
        int length = escaped ? DecodeEscapes(ref raw, destination) : 0;
        return raw.IsEmpty ? length : length + Transcode(raw, destination[length..], isWhole: false, out incomplete);
    }

    /// <summary>Decodes a complete JSON string. Half of a surrogate pair becomes U+FFFD.</summary>
    public static string DecodeWhole(ReadOnlySpan<byte> raw, bool escaped)
    {
        if (!escaped && Ascii.IsValid(raw)) return Encoding.ASCII.GetString(raw); // nearly all ids and names
        char[] rented = ArrayPool<char>.Shared.Rent(Math.Max(raw.Length, 1));
        string text = new(rented, 0, DecodeTo(rented, raw, escaped));
        ArrayPool<char>.Shared.Return(rented);
        return text;
    }

    /// <summary>Whether the raw bytes of a JSON string are this ASCII text.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> raw, bool escaped, ReadOnlySpan<byte> ascii) =>
        escaped ? IsEscapeOf(raw, ascii) : raw.SequenceEqual(ascii);

    /// <summary>Whether <see cref="DecodeWhole"/> returns this text for the raw bytes of a JSON string.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> raw, bool escaped, ReadOnlySpan<char> text) =>
        raw.Length >= text.Length && LengthAtStart(raw, escaped, text) == text.Length;

    /// <summary>The length of what <see cref="DecodeWhole"/> returns if a text begins with it; otherwise -1.</summary>
    public static int LengthAtStart(ReadOnlySpan<byte> raw, bool escaped, ReadOnlySpan<char> text)
    {
        char[] rented = ArrayPool<char>.Shared.Rent(Math.Max(raw.Length, 1));
        int length = DecodeTo(rented, raw, escaped);
        if (!text.StartsWith(rented.AsSpan(0, length))) length = -1;
        ArrayPool<char>.Shared.Return(rented);
        return length;
    }

    /// <summary>
    /// Whether a JSON string has nothing that can be seen: it is empty, or all of it is white space (also non-breaking), control
    /// characters, or format characters (such as a zero-width space).
    /// </summary>
    /// <param name="raw">The bytes between the quotation marks.</param>
    /// <param name="escaped">Whether they contain a backslash.</param>
    public static bool IsBlank(ReadOnlySpan<byte> raw, bool escaped)
    {
        if (raw.IsEmpty) return true;
        if (raw[0] is > (byte)' ' and < 0x7F and not (byte)'\\') return false; // nearly always
        return IsBlank(DecodeWhole(raw, escaped));
    }

    /// <inheritdoc cref="IsBlank(ReadOnlySpan{byte}, bool)"/>
    public static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c) && !char.IsControl(c) && char.GetUnicodeCategory(c) != UnicodeCategory.Format) return false;
        }

        return true;
    }

    /// <summary>Replaces each unpaired surrogate with U+FFFD.</summary>
    public static void ReplaceLoneSurrogates(Span<char> text)
    {
        for (int i = IndexOfLoneSurrogate(text); i >= 0; i = IndexOfLoneSurrogate(text))
        {
            text[i] = '\uFFFD';
            text = text[(i + 1)..];
        }
    }

    /// <summary>The index of the first unpaired surrogate, or -1 if all are paired.</summary>
    public static int IndexOfLoneSurrogate(ReadOnlySpan<char> text)
    {
        int first = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0) return -1;
        for (int i = first; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return i;
            i++;
        }

        return -1;
    }

    /// <summary>
    /// A copy of JSON in which bytes that are not UTF-8, and escapes that are half of a surrogate pair, are replaced by U+FFFD.
    /// <see cref="JsonDocument"/> accepts them, but throws when such a string is read.
    /// </summary>
    public static byte[] RepairUnicode(ReadOnlySpan<byte> json)
    {
        byte[] repaired = Utf8.IsValid(json) ? json.ToArray() : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        Span<byte> rest = repaired;
        while (true)
        {
            int backslash = rest.IndexOf((byte)'\\');
            if (backslash < 0 || backslash + 1 >= rest.Length) return repaired;
            rest = rest[backslash..];
            int skipped = 2;
            char unit = UnitAt(rest);
            if (char.IsHighSurrogate(unit) && char.IsLowSurrogate(UnitAt(rest[6..]))) skipped = 12;
            else if (char.IsSurrogate(unit)) "fffd"u8.CopyTo(rest[2..]);
            rest = rest[skipped..];
        }

        static char UnitAt(ReadOnlySpan<byte> escape) =>
            escape.Length >= 6 && escape[0] == '\\' && escape[1] == 'u'
            && Utf8Parser.TryParse(escape[2..6], out ushort unit, out int length, 'x') && length == 4
                ? (char)unit
                : '\0';
    }

    /// <summary>Parses JSON to an element that does not depend on the bytes, and all strings of which can be read.</summary>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public static JsonElement ParseElement(ReadOnlySpan<byte> json)
    {
        // Only escapes can be half of a surrogate pair. The element has a copy of the bytes in any case.
        bool isValid = json.IndexOf("\\u"u8) < 0 && Utf8.IsValid(json);
        var reader = new Utf8JsonReader(isValid ? json : RepairUnicode(json), JsonOptions.Reader);
        return JsonElement.ParseValue(ref reader);
    }

    private static int DecodeTo(Span<char> destination, ReadOnlySpan<byte> raw, bool escaped)
    {
        int length = Decode(raw, escaped, destination, out int incomplete);
        if (incomplete > 0) destination[length++] = '\uFFFD';
        if (escaped) ReplaceLoneSurrogates(destination[..length]);
        return length;
    }

    private static bool IsEscapeOf(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> ascii)
    {
        // An escape takes at most six bytes for one character.
        if (raw.Length > 6 * ascii.Length) return false;
        string text = DecodeWhole(raw, escaped: true);
        if (text.Length != ascii.Length) return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != ascii[i]) return false;
        }

        return true;
    }

    /// <summary>Decodes up to the last escape, and removes that from the bytes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // most strings have no escape
    private static int DecodeEscapes(ref ReadOnlySpan<byte> raw, Span<char> destination)
    {
        int length = 0;
        while (true)
        {
            // Some servers escape all that is not ASCII, so that text in other scripts has nothing else.
            for (; raw is [(byte)'\\', (byte)'u', ..]; raw = raw[6..]) destination[length++] = HexDigits.ToChar(raw[2..]);
            int backslash = raw.IsEmpty ? -1 : raw.IndexOf((byte)'\\');
            if (backslash < 0) return length;
            if (backslash > 0) length += Transcode(raw[..backslash], destination[length..], isWhole: true, out _);
            destination[length++] = Unescape(raw[backslash..], out int consumed);
            raw = raw[(backslash + consumed)..];
        }
    }

    private static int Transcode(ReadOnlySpan<byte> utf8, Span<char> destination, bool isWhole, out int incomplete)
    {
        incomplete = 0;
        if (Ascii.ToUtf16(utf8, destination, out int ascii) == OperationStatus.Done) return ascii;
        utf8 = utf8[ascii..];
        OperationStatus status = Utf8.ToUtf16(
            utf8, destination[ascii..], out int read, out int written, replaceInvalidSequences: true, isFinalBlock: isWhole);
        incomplete = status == OperationStatus.NeedMoreData ? utf8.Length - read : 0;
        return ascii + written;
    }

    private static char Unescape(ReadOnlySpan<byte> escape, out int consumed)
    {
        consumed = 2;
        switch (escape[1])
        {
            case (byte)'n': return '\n';
            case (byte)'t': return '\t';
            case (byte)'r': return '\r';
            case (byte)'b': return '\b';
            case (byte)'f': return '\f';
            case (byte)'u':
                consumed = 6;
                return HexDigits.ToChar(escape[2..]);
            default: return (char)escape[1]; // a quotation mark, a backslash, or a slash
        }
    }
}
