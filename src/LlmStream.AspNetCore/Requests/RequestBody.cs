using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmStream.AspNetCore.Requests;

/// <summary>The body of a request: a JSON object, within a limit. For a <c>GET</c>, an object of the query's values.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>Reads the body.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not JSON (415, 400), or too large (413).</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async ValueTask<JsonElement> ReadAsync(HttpContext http, ChatRelayOptions options)
    {
        HttpRequest request = http.Request;
        if (HttpMethods.IsGet(request.Method)) return OfQuery(request.Query);
        // A page of another site can send a form, or text, without asking (CORS); JSON it cannot.
        if (!request.HasJsonContentType())
        {
            throw new InvalidRelayRequestException(
                "The body must be JSON (Content-Type: application/json).", StatusCodes.Status415UnsupportedMediaType);
        }

        if (request.ContentLength > options.MaxRequestBytes) throw TooLarge(options);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit && limit.MaxRequestBodySize is { } max
            && max < options.MaxRequestBytes)
        {
            limit.MaxRequestBodySize = options.MaxRequestBytes;
        }

        return Parse(await ReadBytesAsync(request.BodyReader, options, http.RequestAborted).ConfigureAwait(false));
    }

    /// <summary>Parses a body. All strings and names of the result can be read.</summary>
    /// <param name="body">The body; it may be changed.</param>
    /// <exception cref="InvalidRelayRequestException">It is not a JSON object in UTF-8.</exception>
    public static JsonElement Parse(byte[] body)
    {
        if (!Utf8.IsValid(body)) throw new InvalidRelayRequestException("The body is not valid UTF-8.");
        SurrogateEscapes.Replace(body);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Reported below.
        }

        throw new InvalidRelayRequestException("The body is not a JSON object.");
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
            throw new InvalidRelayRequestException(exception.Message, exception.StatusCode);
        }
        catch (IOException exception)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
    }

    private static JsonElement OfQuery(IQueryCollection query)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in query) json.WriteString(name, values.ToString());
            json.WriteEndObject();
        }

        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static InvalidRelayRequestException TooLarge(ChatRelayOptions options) =>
        new($"The body is larger than {options.MaxRequestBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
}
