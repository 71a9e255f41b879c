using System.IO.Pipelines;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving;

/// <summary>The response to a request for a whole answer: one JSON object, or an error with a status.</summary>
internal static class AnswerResponse
{
    /// <summary>Writes the response.</summary>
    public static async Task WriteAsync(HttpContext http, ChatWire wire, WireContext context, ChatStreamResult answer, RelayEnd end)
    {
        if (end.Outcome != ChatRelayOutcome.Completed)
        {
            await ErrorResponse.WriteAsync(http, wire, end.Failure ?? WireFailure.Canceled).ConfigureAwait(false);
            return;
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        PipeWriter body = http.Response.BodyWriter;
        wire.WriteAnswer(body, answer, context);
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
