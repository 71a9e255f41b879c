using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Dialects;
using LlmStream.Json;
using LlmStream.Reading;

namespace LlmStream;

/// <summary>
/// Reads a body that is a single JSON document and arrives in pieces. Some servers write the framing of HTTP chunks into the body
/// itself (<c>1a CRLF … CRLF 0 CRLF CRLF</c>), although HTTP frames it already; such a framing is removed.
/// </summary>
/// <remarks>
/// The document is an object, an array or a string. A body without framing ends with the document; a body with framing ends with the
/// chunk of size 0. The sizes of the chunks may count bytes, UTF-16 code units or code points, because servers that write them use the
/// string length of their language. White space before the document is ignored.
/// </remarks>
public static class ChunkedJsonReader
{
    /// <summary>Reads the document to its end and deserializes it.</summary>
    /// <typeparam name="T">The type of the document.</typeparam>
    /// <param name="stream">The body, without HTTP's own chunking and compression. It is read asynchronously, and left open.</param>
    /// <param name="typeInfo">The JSON contract of the type; that of a source-generated context works when trimmed too.</param>
    /// <param name="options">The limit; <see langword="null"/> for the default.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deserialized document.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="typeInfo"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// <see cref="ChatStreamError.Truncated"/>: the body ended before the document or its last chunk.
    /// <see cref="ChatStreamError.MalformedEvent"/>: the document cannot be deserialized as <typeparamref name="T"/>, or a chunk does
    /// not match its size. <see cref="ChatStreamError.ProviderError"/>: it is an object with an <c>error</c> that is not empty.
    /// <see cref="ChatStreamError.NotAStream"/>, <see cref="ChatStreamError.TooLarge"/> and <see cref="ChatStreamError.Connection"/>:
    /// as for any stream.
    /// </exception>
    /// <example>
    /// <code>
    /// await using Stream body = await response.Content.ReadAsStreamAsync(ct);
    /// Reply reply = await ChunkedJsonReader.ReadAsync(body, AppJson.Default.Reply, cancellationToken: ct);
    /// </code>
    /// </example>
    public static Task<T> ReadAsync<T>(
        Stream stream, JsonTypeInfo<T> typeInfo, ChunkedJsonReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Check(stream);
        return Read(stream, typeInfo, options ?? ChunkedJsonReaderOptions.Default, cancellationToken);

        static async Task<T> Read(
            Stream stream, JsonTypeInfo<T> typeInfo, ChunkedJsonReaderOptions options, CancellationToken cancellationToken)
        {
            var document = new ArrayBufferWriter<byte>();
            using var session = new JsonDocumentSession(stream, options);
            while (await session.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
                document.Write(piece.Span);
            return Deserialize(document.WrittenSpan.TrimStart("\uFEFF \t\r\n"u8), typeInfo);
        }
    }

    /// <summary>Reads the text of the document as it arrives, without the framing: to display it, or for another parser.</summary>
    /// <param name="stream">The body, without HTTP's own chunking and compression. It is read asynchronously, and left open.</param>
    /// <param name="options">The limit; <see langword="null"/> for the default.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The document in pieces, to be enumerated once. No piece is empty, and none ends within a character.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration, as for <see cref="ReadAsync{T}"/>, except that the contents of the document are not examined.
    /// </exception>
    /// <example>
    /// <code>
    /// await foreach (string piece in ChunkedJsonReader.ReadTextAsync(body)) Console.Write(piece);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<string> ReadTextAsync(
        Stream stream, ChunkedJsonReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        Check(stream);
        return Iterate(stream, options ?? ChunkedJsonReaderOptions.Default, cancellationToken);

        static async IAsyncEnumerable<string> Iterate(
            Stream stream, ChunkedJsonReaderOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Decoder decoder = Encoding.UTF8.GetDecoder();
            using var session = new JsonDocumentSession(stream, options);
            while (await session.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
            {
                string text = Decode(decoder, piece.Span);
                if (text.Length > 0) yield return text;
            }
        }

        static string Decode(Decoder decoder, ReadOnlySpan<byte> utf8)
        {
            Span<char> text = new char[decoder.GetCharCount(utf8, flush: false)];
            return text[..decoder.GetChars(utf8, text, flush: false)].ToString();
        }
    }

    private static void Check(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read: it is closed or write-only.", nameof(stream));
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> typeInfo)
    {
        if (ProviderFault.HasErrorField(json) && ProviderFault.TryRead(json, isError: true) is { } fault) throw StreamFailure.Of(fault);
        T? value;
        try
        {
            value = JsonDeserializer.Read(json, typeInfo);
        }
        catch (Exception exception)
        {
            // Not only JsonException: constructors and converters of the caller's type may throw anything.
            throw StreamFailure.Malformed(json, exception);
        }

        return value ?? throw StreamFailure.Malformed(json, cause: null);
    }
}
