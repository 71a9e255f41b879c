using System.Text.Json;

namespace LlmStream.Json;

/// <summary>The options with which all JSON is read.</summary>
internal static class JsonOptions
{
    /// <summary>The depth is limited so that nesting cannot exhaust the stack. Events of providers are far less deep.</summary>
    public static JsonReaderOptions Reader { get; } = new() { MaxDepth = 64 };
}
