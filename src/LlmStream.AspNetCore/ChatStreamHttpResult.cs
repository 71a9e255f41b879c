using System.Reflection;
using LlmStream.AspNetCore.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace LlmStream.AspNetCore;

/// <summary>A result that streams an answer to the browser. Created by <see cref="ChatResults"/>.</summary>
public sealed class ChatStreamHttpResult : IResult, IEndpointMetadataProvider, IContentTypeHttpResult, IStatusCodeHttpResult
{
    private readonly IAsyncEnumerable<ChatDelta> _deltas;
    private readonly ChatWire _wire;
    private readonly ChatRelayOptions _options;
    private readonly ChatRelayIds _ids;

    internal ChatStreamHttpResult(IAsyncEnumerable<ChatDelta> deltas, ChatWire wire, ChatRelayOptions options, ChatRelayIds ids)
    {
        _deltas = deltas;
        _wire = wire;
        _options = options;
        _ids = ids;
    }

    /// <summary>The media type: <c>text/event-stream; charset=utf-8</c>.</summary>
    public string ContentType => RelayResponse.ContentType;

    /// <summary>The status of an answer that begins: 200.</summary>
    public int? StatusCode => StatusCodes.Status200OK;

    /// <summary>Streams the answer.</summary>
    /// <param name="httpContext">The request's context.</param>
    /// <returns>A task that ends when the response has ended. It does not fail if the answer does.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="httpContext"/> is null.</exception>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        return RelayResponse.WriteAsync(httpContext, _wire, _options, _ids, _deltas);
    }

    /// <summary>Adds what OpenAPI documents of an endpoint with this result.</summary>
    /// <param name="method">The endpoint's method.</param>
    /// <param name="builder">The endpoint's builder.</param>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (object metadata in RelayMetadata.Responses) builder.Metadata.Add(metadata);
    }
}
