using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Requests of a browser's <c>EventSource</c>.</summary>
internal static class EventSourceRequest
{
    /// <summary>
    /// Answers a connection that <c>EventSource</c> made anew. It does so after every end, also of a complete answer; 204 tells it to stop
    /// (html.spec.whatwg.org/multipage/server-sent-events.html), and another answer would cost again.
    /// </summary>
    /// <returns>Whether the request was answered.</returns>
    public static bool EndsReconnection(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) || StringValues.IsNullOrEmpty(http.Request.Headers["Last-Event-ID"])) return false;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    /// <summary>Whether the client asks for an event stream, as <c>EventSource</c> does.</summary>
    public static bool AcceptsEventStream(HttpRequest request) =>
        request.Headers.Accept.Any(value => value?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) is true);
}
