using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace LlmStream.AspNetCore.Serving;

/// <summary>What OpenAPI documents of an endpoint that relays answers.</summary>
internal static class RelayMetadata
{
    public static object Request { get; } = new AcceptsMetadata(["application/json"]);

    public static IReadOnlyList<object> Responses { get; } =
    [
        new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(void), ["text/event-stream"]),
        new ProducesResponseTypeMetadata(StatusCodes.Status429TooManyRequests),
        new ProducesResponseTypeMetadata(StatusCodes.Status502BadGateway),
        new ProducesResponseTypeMetadata(StatusCodes.Status504GatewayTimeout),
    ];
}
