using LlmStream.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Relays the answer to a request that was read and checked.</summary>
internal interface IRequestRelay
{
    /// <summary>
    /// Answers a connection that <c>EventSource</c> makes anew, which must not begin an answer.
    /// </summary>
    /// <returns>Whether the request was one.</returns>
    ValueTask<bool> TryReconnectAsync(HttpContext http);

    /// <summary>Answers a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="parsed">What it says; its wire is that in whose form it is.</param>
    /// <param name="wire">The wire of the answer.</param>
    Task RelayAsync(HttpContext http, ParsedRequest parsed, ChatWire wire);
}
