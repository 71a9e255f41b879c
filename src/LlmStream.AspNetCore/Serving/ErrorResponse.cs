using System.Globalization;
using System.IO.Pipelines;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving;

/// <summary>The response to a request whose answer did not begin: a status, and a body in the form of the wire.</summary>
internal static class ErrorResponse
{
    /// <summary>Writes the response.</summary>
    /// <param name="http">The context.</param>
    /// <param name="wire">The wire, or null if it is unknown.</param>
    /// <param name="failure">What the browser is told.</param>
    public static async Task WriteAsync(HttpContext http, ChatWire? wire, WireFailure failure)
    {
        HttpResponse response = http.Response;
        response.StatusCode = failure.Status;
        response.ContentType = wire?.ErrorContentType ?? "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (failure.RetryAfter is { } wait && wait > TimeSpan.Zero)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        PipeWriter body = response.BodyWriter;
        if (wire is null) ProblemDetailsBody.Write(body, failure);
        else wire.WriteError(body, failure);
        try
        {
            await body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client left.
        }
    }
}
