using System.Buffers.Binary;
using System.Text;
using LlmStream.Framing;

namespace LlmStream.Dialects.Bedrock;

/// <summary>What the headers of an event stream message say about it (smithy.io/2.0/aws/amazon-eventstream.html).</summary>
/// <param name="FrameType">
/// The type of the event; after <see cref="ExceptionPrefix"/> that of an exception; after <see cref="ErrorPrefix"/> the code of an
/// error.
/// </param>
/// <param name="ErrorMessage">The message of an error; null for events and exceptions, which have a payload.</param>
internal readonly record struct EventStreamHeaders(string FrameType, string? ErrorMessage)
{
    /// <summary>Precedes the type of a modeled exception.</summary>
    public const string ExceptionPrefix = "exception:";

    /// <summary>Precedes the code of an error that is not modeled.</summary>
    public const string ErrorPrefix = "error:";

    // Not allocated for each message.
    private static readonly string[] KnownTypes =
        ["contentBlockDelta", "contentBlockStart", "contentBlockStop", "messageStart", "messageStop", "metadata", "chunk"];

    /// <summary>Reads the headers of a message.</summary>
    /// <exception cref="FramingException">A header is cut off, or has an unknown type.</exception>
    public static EventStreamHeaders Read(ReadOnlySpan<byte> headers)
    {
        ReadOnlySpan<byte> kind = default, eventType = default, exceptionType = default, errorCode = default, errorMessage = default;
        while (!headers.IsEmpty)
        {
            ReadOnlySpan<byte> name = Take(ref headers, Take(ref headers, 1)[0]);
            ReadOnlySpan<byte> value = TakeValue(ref headers);
            if (name.SequenceEqual(":message-type"u8)) kind = value;
            else if (name.SequenceEqual(":event-type"u8)) eventType = value;
            else if (name.SequenceEqual(":exception-type"u8)) exceptionType = value;
            else if (name.SequenceEqual(":error-code"u8)) errorCode = value;
            else if (name.SequenceEqual(":error-message"u8)) errorMessage = value;
        }

        return kind.SequenceEqual("error"u8) ? new(ErrorPrefix + Decode(errorCode), Decode(errorMessage))
            : kind.SequenceEqual("exception"u8) || !exceptionType.IsEmpty ? new(ExceptionPrefix + Decode(exceptionType), null)
            : new(TypeOf(eventType), null);
    }

    /// <summary>
    /// The bytes of a value. The types true (0) and false (1) have none; byte arrays (6) and strings (7) begin with their length;
    /// byte (2), short (3), int (4), long (5), timestamp (8), and UUID (9) have a fixed one.
    /// </summary>
    private static ReadOnlySpan<byte> TakeValue(scoped ref ReadOnlySpan<byte> headers)
    {
        byte type = Take(ref headers, 1)[0];
        int length = type switch
        {
            0 or 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 or 8 => 8,
            6 or 7 => BinaryPrimitives.ReadUInt16BigEndian(Take(ref headers, 2)),
            9 => 16,
            _ => throw new FramingException(FramingError.Malformed, $"A header of an event stream message has the unknown type {type}"),
        };
        return Take(ref headers, length);
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> headers, int count)
    {
        if (headers.Length < count) throw new FramingException(FramingError.Malformed, "A header of an event stream message is cut off");
        ReadOnlySpan<byte> taken = headers[..count];
        headers = headers[count..];
        return taken;
    }

    private static string TypeOf(ReadOnlySpan<byte> type)
    {
        if (type.IsEmpty) return Frame.DefaultEventType;
        foreach (string known in KnownTypes)
        {
            if (known.Length == type.Length && Ascii.Equals(type, known)) return known;
        }

        return Decode(type);
    }

    private static string Decode(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
