using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>What a client has of an answer, however it was divided into events.</summary>
internal static class WireText
{
    private static readonly string[][] PiecePaths =
    [
        ["content"], ["reasoning"], ["delta"], ["inputTextDelta"],
        ["choices", "0", "delta", "content"], ["choices", "0", "delta", "reasoning_content"],
        ["choices", "0", "delta", "tool_calls", "0", "function", "arguments"],
    ];

    private static readonly string[][] Varying =
    [
        ["created"], ["id"], ["messageId"], ["runId"], ["threadId"], ["parentMessageId"], ["message", "id"],
    ];

    /// <summary>The events, with those that extend the same text merged, and without the ids that each run has for itself.</summary>
    public static List<string> Of(IEnumerable<SentEvent> events)
    {
        var merged = new List<(string Form, string Text)>();
        foreach (SentEvent sent in events.Where(sent => sent.Data.Length > 0))
        {
            foreach ((string form, string text) in Split(sent))
            {
                if (merged.Count > 0 && merged[^1].Form == form && text.Length > 0) merged[^1] = (form, merged[^1].Text + text);
                else merged.Add((form, text));
            }
        }

        return [.. merged.Select(part => part.Text.Length > 0 ? $"{part.Form} ← {part.Text}" : part.Form)];
    }

    /// <summary>The texts of merged events.</summary>
    public static string Pieces(IEnumerable<string> merged) =>
        string.Concat(merged.Select(part => part.Split(" ← ")).Where(part => part.Length > 1).Select(part => part[1]));

    private static IEnumerable<(string Form, string Text)> Split(SentEvent sent)
    {
        if (!sent.Data.StartsWith('{'))
        {
            yield return (sent.Data, "");
            yield break;
        }

        JsonNode json = sent.Json;
        foreach (string[] path in Varying) Remove(json, path);

        // Only the first chunk of a choice has a role, and only the first fragment of a call its name.
        if (Find(json, ["choices", "0", "delta"])?["role"] is not null)
        {
            json["choices"]![0]!["delta"]!.AsObject().Remove("role");
            yield return ("role", "");
        }

        if (Find(json, ["choices", "0", "delta", "tool_calls", "0"]) is JsonObject call && call["id"] is { } id)
        {
            yield return ($"call {id} {call["function"]!["name"]}", "");
            call.Remove("id");
            call.Remove("type");
            call["function"]!.AsObject().Remove("name");
        }

        foreach (string[] path in PiecePaths)
        {
            if (Find(json, path[..^1]) is not JsonObject parent || parent[path[^1]] is not JsonValue value) continue;
            string text = (string)value!;
            parent[path[^1]] = "";
            if (text.Length > 0) yield return (json.ToJsonString(), text);
            yield break;
        }

        yield return (json.ToJsonString(), "");
    }

    private static void Remove(JsonNode json, string[] path) => (Find(json, path[..^1]) as JsonObject)?.Remove(path[^1]);

    private static JsonNode? Find(JsonNode? json, string[] path)
    {
        foreach (string step in path)
        {
            json = json switch
            {
                JsonArray array => array.Count > 0 ? array[0] : null,
                JsonObject => json[step],
                _ => null,
            };
        }

        return json;
    }
}
