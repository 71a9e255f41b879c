using System.Text;
using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>A JSON string without its quotation marks and still escaped, or a raw JSON object.</summary>
internal readonly ref struct JsonSlice(ReadOnlySpan<byte> raw, bool isEscaped, bool isObject, int start = -1)
{
    public ReadOnlySpan<byte> Raw { get; } = raw;

    public bool IsEscaped { get; } = isEscaped;

    /// <summary>The offset of a string in the event; -1 for an object.</summary>
    public int Start { get; } = start;

    public bool IsEmpty => Raw.IsEmpty;

    /// <summary>Whether it is a string that is not empty.</summary>
    public bool IsText => !Raw.IsEmpty && !isObject;

    /// <summary>Whether it is a string that is not blank.</summary>
    /// <inheritdoc cref="JsonReaderExtensions.HasName" path="/remarks"/>
    public bool IsName => IsText && !JsonText.IsBlank(Raw, IsEscaped);

    /// <summary>The value of a field. Empty if it is neither a string nor an object.</summary>
    public static JsonSlice Read(scoped ref JsonCursor field) =>
        field.IsString ? new JsonSlice(field.Raw, field.IsEscaped, isObject: false, field.Start + 1)
        : field.IsObject ? new JsonSlice(field.Value, isEscaped: false, isObject: true)
        : default;

    /// <summary>Whether it is a string that equals this ASCII text.</summary>
    public bool Is(ReadOnlySpan<byte> ascii) => IsText && JsonText.AreEqual(Raw, IsEscaped, ascii);

    /// <summary>The decoded string, or the object as it was sent. Half of a surrogate pair becomes U+FFFD.</summary>
    public string Decode() => JsonText.DecodeWhole(Raw, IsEscaped);

    /// <summary>The decoded string as UTF-8. A string without escapes is not copied.</summary>
    public ReadOnlySpan<byte> DecodeToUtf8() => !IsEscaped && Ascii.IsValid(Raw) ? Raw : Encoding.UTF8.GetBytes(Decode());
}
