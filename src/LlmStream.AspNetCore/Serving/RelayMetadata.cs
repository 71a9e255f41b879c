using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OutputCaching;

namespace LlmStream.AspNetCore.Serving;

/// <summary>What OpenAPI documents of an endpoint that relays answers, and what middleware has to know of it.</summary>
/// <remarks>
/// There is no metadata for the content type of requests: routing would answer other requests itself, with 415 and without a body.
/// </remarks>
internal static class RelayMetadata
{
    /// <summary>A cache would keep one answer for everybody who asks the same, and have other requests wait for it.</summary>
    public static object NoOutputCache { get; } = new OutputCacheAttribute { NoStore = true };

    public static IReadOnlyList<object> Responses { get; } =
    [
        new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(void), ["text/event-stream"]),
        new ProducesResponseTypeMetadata(StatusCodes.Status429TooManyRequests),
        new ProducesResponseTypeMetadata(StatusCodes.Status502BadGateway),
        new ProducesResponseTypeMetadata(StatusCodes.Status504GatewayTimeout),
    ];
}
