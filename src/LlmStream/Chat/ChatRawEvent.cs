using System.Text;

namespace LlmStream;

/// <summary>One event of a stream as it came, for what <see cref="ChatDelta"/> has no word for. Immutable.</summary>
/// <example>
/// <code>
/// var options = new ChatReadOptions { KeepRaw = true };
/// await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI, options))
/// {
///     if (delta.Raw is { } raw) Console.WriteLine($"{raw.EventType}: {raw}");
/// }
/// </code>
/// </example>
public sealed class ChatRawEvent
{
    /// <summary>The event's type (<c>event:</c>); <c>message</c> where it names none, as it is for JSON lines.</summary>
    public required string EventType { get; init; }

    /// <summary>
    /// The event's data, in UTF-8: as a rule one JSON value, but also <c>[DONE]</c>, or whatever else a server sent. White space
    /// around it is left out.
    /// </summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The event's data as text. Bytes that are no UTF-8 become U+FFFD.</summary>
    /// <returns><see cref="Data"/>, decoded.</returns>
    public override string ToString() => Encoding.UTF8.GetString(Data.Span);
}
