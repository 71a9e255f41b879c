using System.Text;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Recognizes keep-alives that are sent as events instead of as comments. They mean nothing in any dialect.</summary>
/// <remarks>
/// The complete list, in which upper and lower case are equal and white space does not count:
/// <list type="bullet">
/// <item>an event of the type <c>ping</c>, <c>keepalive</c>, <c>keep-alive</c>, <c>keep_alive</c>, or <c>heartbeat</c>, whatever its
/// data</item>
/// <item>one of these words as the data, also as a JSON string</item>
/// <item>data that begins with a colon, as a comment does</item>
/// <item><c>null</c>, <c>""</c>, <c>[]</c>, <c>{}</c></item>
/// </list>
/// Any other data that is not JSON is a malformed event.
/// </remarks>
internal static class KeepAlive
{
    private const int MaxLength = 32; // of data that is a keep-alive as a whole

    private static readonly string[] Words = ["ping", "keepalive", "keep-alive", "keep_alive", "heartbeat"];

    /// <summary>Whether an event is a keep-alive.</summary>
    /// <param name="eventType">The type of the event.</param>
    /// <param name="data">Its data, which begins and ends with a visible character.</param>
    public static bool Is(string eventType, ReadOnlySpan<byte> data) =>
        IsData(data) || (!ReferenceEquals(eventType, Frame.DefaultEventType) && IsType(eventType));

    /// <summary>Whether events of this type are keep-alives.</summary>
    public static bool IsType(string eventType)
    {
        ReadOnlySpan<char> type = eventType.AsSpan().Trim();
        if (type is [not ('p' or 'P' or 'k' or 'K' or 'h' or 'H'), ..] or []) return false; // nearly always
        foreach (string word in Words)
        {
            if (type.Equals(word, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static bool IsData(ReadOnlySpan<byte> data)
    {
        // Nearly all events begin with a brace and are longer.
        if (data[0] == (byte)':') return true;
        if (data.Length > MaxLength) return false;
        switch (data[0])
        {
            case (byte)'{': return IsEmptyBetween(data, (byte)'}');
            case (byte)'[': return IsEmptyBetween(data, (byte)']');
            case (byte)'"' when data is [_, .. var text, (byte)'"']:
                return IsWord(text) || (!text.Contains((byte)'"') && JsonText.IsBlank(text, escaped: false));
            default: return data.SequenceEqual("null"u8) || IsWord(data);
        }
    }

    private static bool IsEmptyBetween(ReadOnlySpan<byte> data, byte last) => data[^1] == last && data[1..^1].Trim(" \t\r\n"u8).IsEmpty;

    private static bool IsWord(ReadOnlySpan<byte> data)
    {
        data = data.Trim((byte)' ');
        foreach (string word in Words)
        {
            if (Ascii.EqualsIgnoreCase(data, word)) return true;
        }

        return false;
    }
}
