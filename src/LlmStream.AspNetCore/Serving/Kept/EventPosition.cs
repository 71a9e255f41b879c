using System.Globalization;
using LlmStream.Relay;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// The position of an event of a kept stream, its id: <c>{epoch}-{sequence}</c> after the last event of a delta,
/// <c>{epoch}-{sequence}.{n}</c> after the n-th event that follows a position, and <c>{epoch}-{sequence}.end</c> after the last event of
/// the stream. For <c>EventSource</c>, which sends back nothing else, with the stream's id in front: <c>{stream}/…</c>.
/// </summary>
/// <param name="StreamId">The id of the stream, or null.</param>
/// <param name="Delta">The position of the last delta of which the client has all events.</param>
/// <param name="EventCount">How many events the client has that follow it.</param>
/// <param name="IsEnd">Whether the client has the end of the stream.</param>
internal readonly record struct EventPosition(string? StreamId, ChatStreamPosition Delta, int EventCount, bool IsEnd)
{
    public const string End = ".end";

    /// <summary>Reads an id.</summary>
    /// <returns>False if it is not one of a kept stream.</returns>
    public static bool TryParse(string? text, out EventPosition position)
    {
        position = default;
        if (string.IsNullOrEmpty(text)) return false;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string? streamId = slash < 0 ? null : text[..slash];
        string rest = text[(slash + 1)..];
        bool isEnd = rest.EndsWith(End, StringComparison.Ordinal);
        if (isEnd) rest = rest[..^End.Length];
        int count = 0;
        int dot = rest.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0)
        {
            if (isEnd || !int.TryParse(rest.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count)) return false;
            rest = rest[..dot];
        }

        if (!ChatStreamPosition.TryParse(rest, out ChatStreamPosition delta)) return false;
        // Before the first record every epoch is valid.
        if (delta.Sequence == 0) delta = ChatStreamPosition.Start;
        position = new EventPosition(streamId, delta, count, isEnd);
        return true;
    }
}
