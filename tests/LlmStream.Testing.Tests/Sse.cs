using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

/// <summary>Reads plain event streams, for tests that ask what a stream says.</summary>
internal static class Sse
{
    public static IReadOnlyList<string> Events(this RawResponse response) =>
        [.. response.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)];

    public static IReadOnlyList<JsonNode> Data(this RawResponse response) =>
        [.. response.Text.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim()).Where(data => data != "[DONE]").Select(data => JsonNode.Parse(data)!)];

    /// <summary>The text of an OpenAI stream.</summary>
    public static string Answer(this RawResponse response)
    {
        var text = new StringBuilder();
        foreach (JsonNode chunk in response.Data())
        {
            foreach (JsonNode? choice in chunk["choices"]!.AsArray()) text.Append((string?)choice!["delta"]!["content"]);
        }

        return text.ToString();
    }
}
