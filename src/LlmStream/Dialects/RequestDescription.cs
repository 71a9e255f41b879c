using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Dialects;

/// <summary>An HTTP request as a dialect describes it. Transport sends it.</summary>
internal sealed record RequestDescription
{
    public required string Method { get; init; }

    /// <summary>The path and query, relative to the base address.</summary>
    public required string Path { get; init; }

    /// <summary>The base address, on the provider's server; null if it is the provider's.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>The media type that is accepted.</summary>
    public required string Accept { get; init; }

    /// <summary>Headers of this request besides those of the provider.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The JSON body, or null if the request has none.</summary>
    public JsonObject? Body { get; init; }

    /// <summary>
    /// Whether the body of a response says that the answer has not ended, so that the request is to be sent again; null, the default, if
    /// the response is a stream.
    /// </summary>
    public Func<JsonElement, bool>? IsPending { get; init; }
}
