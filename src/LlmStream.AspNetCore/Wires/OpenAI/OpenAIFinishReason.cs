using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>OpenAI's finish reasons, a closed set: the official .NET SDK throws on any other.</summary>
internal static class OpenAIFinishReason
{
    // What other providers call an answer that a limit or a filter ended.
    private static readonly string[] LengthWords = ["length", "max", "limit", "context", "truncat"];
    private static readonly string[] FilterWords =
        ["filter", "safety", "sensitive", "refus", "prohibit", "blocklist", "recitation", "guardrail", "spii", "moderat"];

    /// <summary>The reason that is sent.</summary>
    /// <param name="reason">The provider's reason, or null if it sent none.</param>
    /// <param name="hasCalls">Whether the client has calls to run. Without one, it could do nothing with <c>tool_calls</c>.</param>
    public static string Of(ChatFinishReason? reason, bool hasCalls)
    {
        if (reason is not { } known) return hasCalls ? "tool_calls" : "stop";
        string name = known.Value;
        if (known == ChatFinishReason.Stop || known == ChatFinishReason.Length || known == ChatFinishReason.ContentFilter) return name;
        if (known != ChatFinishReason.ToolCalls)
        {
            if (ContainsAny(name, LengthWords)) return "length";
            if (ContainsAny(name, FilterWords)) return "content_filter";
        }

        return hasCalls ? "tool_calls" : "stop";
    }

    /// <summary>The end of the chunk with the reason.</summary>
    public static ReadOnlySpan<byte> EndOfChunk(string reason) => reason switch
    {
        "length" => "},\"finish_reason\":\"length\"}]}\n\n"u8,
        "content_filter" => "},\"finish_reason\":\"content_filter\"}]}\n\n"u8,
        "tool_calls" => "},\"finish_reason\":\"tool_calls\"}]}\n\n"u8,
        _ => "},\"finish_reason\":\"stop\"}]}\n\n"u8,
    };

    private static bool ContainsAny(string name, string[] words) =>
        Array.Exists(words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
}
