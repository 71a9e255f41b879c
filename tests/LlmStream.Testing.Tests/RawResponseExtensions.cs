using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

/// <summary>Parses event streams whose lines end with LF.</summary>
internal static class RawResponseExtensions
{
    /// <summary>The events, without the empty lines after them.</summary>
    public static IReadOnlyList<string> Events(this RawResponse response) =>
        [.. response.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>The JSON of the events.</summary>
    public static IReadOnlyList<JsonNode> Data(this RawResponse response) =>
    [
        .. response.Text.Split('\n')
            .Where(line => line.StartsWith("data:", StringComparison.Ordinal))
            .Select(line => line[5..].Trim())
            .Where(data => data != "[DONE]")
            .Select(data => JsonNode.Parse(data)!),
    ];

    /// <summary>The text of an answer in OpenAI's dialect.</summary>
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
