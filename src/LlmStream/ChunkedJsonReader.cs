using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Dialects;
using LlmStream.Json;
using LlmStream.Reading;

namespace LlmStream;

/// <summary>
/// Reads a body that is one JSON document and comes in pieces. Where a server wrote the framing of HTTP's chunks into the
/// body itself (<c>1a CRLF … CRLF 0 CRLF CRLF</c>), although HTTP frames it already, that is taken out.
/// </summary>
/// <remarks>
/// The document is an object, an array or a string. A body without framing ends with the document; one with it, with the
/// chunk of size 0. The sizes of such chunks may count bytes, UTF-16 units or code points: servers that write them
/// count what the strings of their language count. White space before the document does no harm.
/// </remarks>
public static class ChunkedJsonReader
{
    /// <summary>Reads the document to its end, and what it says.</summary>
    /// <typeparam name="T">What the document says.</typeparam>
    /// <param name="stream">The body, after HTTP's own decoding. It is read asynchronously, and left open: it belongs to the caller.</param>
    /// <param name="typeInfo">How the JSON is read: of a source-generated context, so that it works when trimmed.</param>
    /// <param name="options">
    /// How large the document may be, by <see cref="ChatReadOptions.MaxEventBytes"/>; <see langword="null"/> for the default of 16 MiB.
    /// </param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>What the document says.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="typeInfo"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// <see cref="ChatStreamError.Truncated"/>: the body ended before the document or its last chunk did.
    /// <see cref="ChatStreamError.MalformedEvent"/>: the document does not fit <typeparamref name="T"/>, or the chunks are out of
    /// step. <see cref="ChatStreamError.ProviderError"/>: it is an object whose <c>error</c> says something.
    /// <see cref="ChatStreamError.NotAStream"/>, <see cref="ChatStreamError.TooLarge"/>, <see cref="ChatStreamError.Connection"/>.
    /// </exception>
    /// <example>
    /// <code>
    /// await using Stream body = await response.Content.ReadAsStreamAsync(ct);
    /// Reply reply = await ChunkedJsonReader.ReadAsync(body, AppJson.Default.Reply, cancellationToken: ct);
    /// </code>
    /// </example>
    public static Task<T> ReadAsync<T>(
        Stream stream, JsonTypeInfo<T> typeInfo, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        Check(stream);
        return Read(stream, typeInfo, options ?? ChatReadOptions.Default, cancellationToken);

        static async Task<T> Read(Stream stream, JsonTypeInfo<T> typeInfo, ChatReadOptions options, CancellationToken cancellationToken)
        {
            var document = new ArrayBufferWriter<byte>();
            using var session = new JsonDocumentSession(stream, options);
            while (await session.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece) document.Write(piece.Span);
            return Understand(document.WrittenSpan.TrimStart("\uFEFF \t\r\n"u8), typeInfo);
        }
    }

    /// <summary>Reads the text of the document as it comes, without the framing: for showing it, or for a parser of one's own.</summary>
    /// <param name="stream">The body, after HTTP's own decoding. It is read asynchronously, and left open: it belongs to the caller.</param>
    /// <param name="options">
    /// How large the document may be, by <see cref="ChatReadOptions.MaxEventBytes"/>; <see langword="null"/> for the default of 16 MiB.
    /// </param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// Pieces of text, none empty, to be enumerated once; together they are the document. No piece ends within a character.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated, as <see cref="ReadAsync{T}"/>; but what the document says is not looked at.
    /// </exception>
    public static IAsyncEnumerable<string> ReadTextAsync(Stream stream, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        Check(stream);
        return Iterate(stream, options ?? ChatReadOptions.Default, cancellationToken);

        static async IAsyncEnumerable<string> Iterate(Stream stream, ChatReadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
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
            return new string(text[..decoder.GetChars(utf8, text, flush: false)]);
        }
    }

    private static void Check(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read: it is closed, or only for writing.", nameof(stream));
    }

    private static T Understand<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> typeInfo)
    {
        if (ProviderFault.HasErrorField(json) && ProviderFault.TryRead(json, isError: true) is { } fault) throw StreamFailure.Of(fault);
        T? value;
        try
        {
            value = JsonDeserializer.Read(json, typeInfo);
        }
        catch (Exception exception)
        {
            // Besides JsonException, whatever a constructor or a converter of the caller's throws.
            throw StreamFailure.Malformed(json, exception);
        }

        return value ?? throw StreamFailure.Malformed(json, cause: null);
    }
}
