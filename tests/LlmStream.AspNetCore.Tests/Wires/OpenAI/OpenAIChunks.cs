using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Wires.OpenAI;

/// <summary>Chunks, as tests compare them.</summary>
internal static class OpenAIChunks
{
    /// <summary>Without needless escapes.</summary>
    public static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The delta of each chunk that has a choice.</summary>
    public static List<JsonNode> Deltas(string text) =>
        [.. Encoded.Events(text).Where(chunk => chunk["choices"]!.AsArray().Count > 0).Select(chunk => chunk["choices"]![0]!["delta"]!)];

    /// <summary>The deltas as JSON text.</summary>
    public static IEnumerable<string> Texts(string text) => Deltas(text).Select(delta => delta.ToJsonString(Relaxed));

    /// <summary>The finish reason of the last chunk.</summary>
    public static string? FinishReason(IReadOnlyList<JsonNode> events) => (string?)events[^1]["choices"]![0]!["finish_reason"];

    /// <summary>A delta with one fragment of a call.</summary>
    public static ChatDelta Call(
        int index, string arguments, string? id = null, string? name = null, int offset = 0, bool isComplete = false)
    {
        var fragment = new ToolCallDelta
        {
            Index = index,
            Id = id,
            Name = name,
            Arguments = arguments,
            ArgumentsOffset = offset,
            IsComplete = isComplete,
        };
        return new ChatDelta { ToolCalls = [fragment] };
    }
}
