using System.Text;

namespace LlmStream;

/// <summary>One event of a stream as it was received, for fields that <see cref="ChatDelta"/> has no property for. Immutable.</summary>
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
    /// <summary>The event's type (<c>event:</c>); <c>message</c> if it has none, as with JSON lines.</summary>
    public required string EventType { get; init; }

    /// <summary>
    /// The event's data, in UTF-8, without surrounding white space: usually one JSON value, but also <c>[DONE]</c> or anything else that
    /// the server sent.
    /// </summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The event's data as text. Bytes that are not valid UTF-8 become U+FFFD.</summary>
    /// <returns><see cref="Data"/>, decoded.</returns>
    public override string ToString() => Encoding.UTF8.GetString(Data.Span);
}
