using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LlmStream.AspNetCore.Requests;

/// <summary>The body of a request: a JSON object, within a limit. For a <c>GET</c>, an object of the query's values.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the body.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not JSON (415, 400), or too large (413).</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async ValueTask<JsonElement> ReadAsync(HttpContext http, ChatRelayOptions options)
    {
        HttpRequest request = http.Request;
        if (HttpMethods.IsGet(request.Method)) return OfQuery(request.Query);
        CheckContentType(request);
        if (request.ContentLength > options.MaxRequestBytes) throw TooLarge(options);
        RaiseServerLimit(http, options);
        return Parse(await ReadBytesAsync(request.BodyReader, options, http.RequestAborted).ConfigureAwait(false));
    }

    private static void CheckContentType(HttpRequest request)
    {
        // A page of another site can send a form, or text, without asking (CORS); JSON it cannot.
        if (!request.HasJsonContentType())
        {
            throw new InvalidRelayRequestException(
                "The body must be JSON (Content-Type: application/json).", StatusCodes.Status415UnsupportedMediaType);
        }

        StringSegment charset = MediaTypeHeaderValue.Parse(request.ContentType).Charset;
        if (StringSegment.IsNullOrEmpty(charset)) return;
        string name = HeaderUtilities.RemoveQuotes(charset).ToString();
        if (name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || name.Equals("utf8", StringComparison.OrdinalIgnoreCase)
            || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        throw new InvalidRelayRequestException("The body must be JSON in UTF-8.", StatusCodes.Status415UnsupportedMediaType);
    }

    private static void RaiseServerLimit(HttpContext http, ChatRelayOptions options)
    {
        if (options.IsMaxRequestBytesSet
            && http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit
            && limit.MaxRequestBodySize < options.MaxRequestBytes)
        {
            limit.MaxRequestBodySize = options.MaxRequestBytes;
        }
    }

    private static async ValueTask<byte[]> ReadBytesAsync(PipeReader reader, ChatRelayOptions options, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (result.Buffer.Length > options.MaxRequestBytes) throw TooLarge(options);
                if (result.IsCompleted)
                {
                    byte[] body = result.Buffer.ToArray();
                    reader.AdvanceTo(result.Buffer.End);
                    return body;
                }

                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        catch (BadHttpRequestException exception)
        {
            // The web server's own limits: size, and speed.
            throw new InvalidRelayRequestException(exception.Message, exception.StatusCode);
        }
        catch (IOException exception)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
    }

    /// <summary>Parses a body. All strings and names of the result can be read.</summary>
    /// <param name="body">The body. It may be changed, and must not be changed afterwards.</param>
    /// <exception cref="InvalidRelayRequestException">It is not a JSON object in UTF-8.</exception>
    public static JsonElement Parse(byte[] body)
    {
        int start = body.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        if (body.Length == start) throw new InvalidRelayRequestException("The body is empty.");
        // The JSON reader checks strings only when they are read.
        if (!Utf8.IsValid(body.AsSpan(start))) throw new InvalidRelayRequestException("The body is not valid UTF-8.");
        SurrogateEscapes.Replace(body.AsSpan(start));
        try
        {
            // Not disposed of: the request keeps the element, and with it the bytes, which are not copied.
            JsonElement root = JsonDocument.Parse(body.AsMemory(start), Options).RootElement;
            return root.ValueKind == JsonValueKind.Object ? root : throw new InvalidRelayRequestException("The body is not a JSON object.");
        }
        catch (JsonException)
        {
            throw new InvalidRelayRequestException("The body is not valid JSON.");
        }
    }

    private static JsonElement OfQuery(IQueryCollection query)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, StringValues values) in query) json.WriteString(name, values.ToString());
            json.WriteEndObject();
        }

        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static InvalidRelayRequestException TooLarge(ChatRelayOptions options) =>
        new($"The body is larger than {options.MaxRequestBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
}
