using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>An event of a kept stream, as a client reads it.</summary>
/// <param name="Data">The data; empty if the block has none.</param>
/// <param name="Id">The id, or null.</param>
internal sealed record SentEvent(string Data, string? Id)
{
    public JsonNode Json => JsonNode.Parse(Data)!;
}

/// <summary>Reads the events of responses.</summary>
internal static class SentEvents
{
    /// <summary>Reads a response to its end.</summary>
    public static async Task<List<SentEvent>> ReadEventsAsync(this HttpResponseMessage response)
    {
        var events = new List<SentEvent>();
        await foreach (SentEvent sent in response.EnumerateEventsAsync()) events.Add(sent);
        return events;
    }

    /// <summary>Reads the events of a response as they arrive. Comments are left out.</summary>
    public static async IAsyncEnumerable<SentEvent> EnumerateEventsAsync(this HttpResponseMessage response)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body, Encoding.UTF8);
        string? data = null, id = null;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null || id is not null) yield return new SentEvent(data ?? "", id);
                data = id = null;
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                Assert.Null(data); // one data line for each event
                data = line["data: ".Length..];
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                Assert.Null(id);
                id = line["id: ".Length..];
            }
            else
            {
                Assert.StartsWith(":", line, StringComparison.Ordinal);
            }
        }

        Assert.True(data is null && id is null, "The body ends in an event.");
    }

    public static string Text(this IEnumerable<SentEvent> events) =>
        string.Concat(events.Where(sent => sent.Data.StartsWith('{')).Select(sent => (string?)sent.Json["content"]));
}
