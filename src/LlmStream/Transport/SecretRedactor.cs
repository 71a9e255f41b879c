using System.Globalization;
using System.Net;
using System.Text;

namespace LlmStream.Transport;

/// <summary>
/// Removes secrets from texts that are shown to users, also if they are escaped or cut off: some providers repeat the key in an error.
/// </summary>
internal sealed class SecretRedactor
{
    public const string Replacement = "[key]";

    // A shorter "key" is a placeholder, such as "-" or "none". Removing it would garble texts and protect nothing.
    private const int MinSecretLength = 6;

    // The shortest part of a secret that is removed. A quote of a body may begin or end in the middle of a secret.
    private const int MinPartLength = 8;

    private const int MaxEntityLength = 10;

    private readonly string[] _secrets;

    public SecretRedactor(IEnumerable<string> secrets)
    {
        string[] found = [.. secrets.Where(secret => secret.Length >= MinSecretLength).Distinct(StringComparer.Ordinal)];
        _secrets = [.. found, .. found.SelectMany(Base64FormsOf).Where(form => form.Length >= MinPartLength)];
    }

    /// <summary>Replaces all secrets, and all parts of them of at least 8 characters.</summary>
    public string? Redact(string? text)
    {
        if (string.IsNullOrEmpty(text) || _secrets.Length == 0) return text;
        bool[]? isSecret = null;
        Mark(text, starts: null, text.Length, ref isSecret);
        if (text.AsSpan().ContainsAny('\\', '%', '&'))
        {
            (string decoded, List<int> starts) = Decode(text);
            Mark(decoded, starts, text.Length, ref isSecret);
        }

        return isSecret is null ? text : Replace(text, isSecret);
    }

    /// <summary>Marks the characters that belong to a secret.</summary>
    /// <param name="text">The text.</param>
    /// <param name="starts">If the text is decoded, where each of its characters, and its end, is in the original; else null.</param>
    /// <param name="length">The length of the original.</param>
    /// <param name="isSecret">Which characters of the original are secret; null if none is.</param>
    private void Mark(string text, List<int>? starts, int length, ref bool[]? isSecret)
    {
        foreach (string secret in _secrets)
        {
            int window = Math.Min(secret.Length, MinPartLength);
            for (int i = 0; i + window <= text.Length; i++)
            {
                if (!secret.AsSpan().Contains(text.AsSpan(i, window), StringComparison.Ordinal)) continue;
                isSecret ??= new bool[length];
                int from = starts is null ? i : starts[i], to = starts is null ? i + window : starts[i + window];
                isSecret.AsSpan(from, to - from).Fill(true);
            }
        }
    }

    private static string Replace(string text, bool[] isSecret)
    {
        var redacted = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (!isSecret[i]) redacted.Append(text[i]);
            else if (i == 0 || !isSecret[i - 1]) redacted.Append(Replacement);
        }

        return redacted.ToString();
    }

    /// <summary>Decodes the escapes of JSON, of addresses and of HTML.</summary>
    private static (string Text, List<int> Starts) Decode(string text)
    {
        var decoded = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length;)
        {
            (char c, int length) = text[i] switch
            {
                '\\' => ReadJsonEscape(text, i),
                '%' => ReadPercentEscape(text, i),
                '&' => ReadEntity(text, i),
                _ => (text[i], 1),
            };
            decoded.Append(c);
            starts.Add(i);
            i += length;
        }

        starts.Add(text.Length);
        return (decoded.ToString(), starts);
    }

    // JSON within JSON is escaped twice.
    private static (char Character, int Length) ReadJsonEscape(string text, int start)
    {
        int end = start;
        while (end < text.Length && text[end] == '\\') end++;
        if (end == text.Length) return ('\\', 1);
        if (text[end] is '/' or '"') return (text[end], end + 1 - start);
        return text[end] == 'u' && end + 5 <= text.Length && TryReadHex(text.AsSpan(end + 1, 4), out char c)
            ? (c, end + 5 - start)
            : ('\\', 1);
    }

    // "%252D" is "%2D", escaped again.
    private static (char Character, int Length) ReadPercentEscape(string text, int start)
    {
        int end = start + 1;
        while (end + 4 <= text.Length && text.AsSpan(end, 2).SequenceEqual("25")) end += 2;
        return end + 2 <= text.Length && TryReadHex(text.AsSpan(end, 2), out char c) ? (c, end + 2 - start) : ('%', 1);
    }

    private static (char Character, int Length) ReadEntity(string text, int start)
    {
        int length = text.AsSpan(start, Math.Min(MaxEntityLength, text.Length - start)).IndexOf(';') + 1;
        if (length > 0 && WebUtility.HtmlDecode(text.Substring(start, length)) is { Length: 1 } decoded) return (decoded[0], length);
        return ('&', 1);
    }

    private static bool TryReadHex(ReadOnlySpan<char> digits, out char character)
    {
        bool isHex = ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort number);
        character = (char)number;
        return isHex;
    }

    /// <summary>
    /// How a secret appears within Base64, as in <c>Authorization: Basic</c>: differently at each position in a group of three.
    /// </summary>
    private static IEnumerable<string> Base64FormsOf(string secret)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        for (int shift = 0; shift < 3; shift++)
        {
            string encoded = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            // The first and the last character also depend on the neighbors of the secret.
            int first = shift == 0 ? 0 : shift + 1;
            int last = encoded.Length - ((bytes.Length + shift) % 3) switch { 0 => 0, 1 => 3, _ => 2 };
            if (last <= first) continue;
            string form = encoded[first..last];
            yield return form;
            string urlForm = form.Replace('+', '-').Replace('/', '_');
            if (!string.Equals(urlForm, form, StringComparison.Ordinal)) yield return urlForm;
        }
    }
}
