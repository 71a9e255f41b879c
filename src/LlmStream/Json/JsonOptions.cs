using System.Text.Json;

namespace LlmStream.Json;

/// <summary>How JSON is read, everywhere.</summary>
internal static class JsonOptions
{
    /// <summary>Depth is bounded so that nesting cannot be used to exhaust the stack or the time; no provider comes near 64.</summary>
    public static JsonReaderOptions Reader { get; } = new() { MaxDepth = 64 };
}
