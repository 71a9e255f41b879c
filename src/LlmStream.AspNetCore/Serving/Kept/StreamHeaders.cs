namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>Names of headers.</summary>
internal static class StreamHeaders
{
    /// <summary>The id of a kept stream, by which it can be resumed and stopped. Other origins read it if CORS exposes it.</summary>
    public const string StreamId = "X-Stream-Id";
}
