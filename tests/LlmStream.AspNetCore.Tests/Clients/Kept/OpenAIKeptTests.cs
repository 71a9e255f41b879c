using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>
/// Kept streams in OpenAI's SDK. It has no way to resume: the application requests the stream itself, and the SDK reads it.
/// </summary>
public sealed class OpenAIKeptTests(OpenAITests.Package client) : KeptTests(client), IClassFixture<OpenAITests.Package>
{
    [Fact]
    public async Task Same_idempotency_key_joins_the_answer_and_replays_it_after_the_end()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text), Holding(out TaskCompletionSource gate));
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi", key: "key-1");
        await page.ShowsAsync(Half);
        ClientPage again = await page.OpenAgainAsync(url: cluster.Second.OpenAI);
        Task<Seen> second = again.SendAsync("hi", key: "key-1");
        await again.ShowsAsync(Half);
        gate.SetResult();

        AssertComplete(await first, Text);
        AssertComplete(await second, Text);
        AssertComplete(await again.SendAsync("hi", key: "key-1"), Text);
        Assert.Single(cluster.Provider.Requests);
        AssertComplete(await again.SendAsync("hi", key: "key-2"), Text);
        Assert.Equal(2, cluster.Provider.Requests.Count);
    }

    [Fact]
    public async Task Each_event_can_be_the_last_that_arrived()
    {
        await using Cluster cluster = await StartAsync(
            Script.Answer(Text).WithReasoning("Hm 🤔.").WithToolCall("weather", "{\"city\":\"Paris\"}").WithUsage());
        ClientPage page = await OpenAsync(cluster.First);
        SeenResponse response = Assert.Single((await page.SendAsync("hi")).Responses);
        string[] events = response.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Cookie", response.Headers["set-cookie"].Split(';')[0]);
        string stream = $"{cluster.Second.OpenAI}/chat/completions/{response.Headers["x-stream-id"]}/stream";

        Assert.All(events, item => Assert.Contains("\nid: ", item));
        for (int i = 0; i < events.Length - 1; i++)
        {
            string id = events[i].Split("\nid: ")[1];
            string rest = await http.GetStringAsync(new Uri($"{stream}?after={Uri.EscapeDataString(id)}"));
            Assert.Equal(Read(response.Body), Read(string.Join("\n\n", events[..(i + 1)]) + "\n\n" + rest));
        }
    }

    /// <summary>What a client reads. Events that are read late are merged.</summary>
    private static string Read(string body)
    {
        var read = new Dictionary<string, string>();
        foreach (string line in body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
        {
            JsonNode chunk = JsonNode.Parse(line[6..])!;
            if (chunk["usage"] is { } usage) Add("usage", usage.ToJsonString());
            if (chunk["choices"]!.AsArray() is not [{ } choice]) continue;
            Add("role", (string?)choice["delta"]!["role"]);
            Add("reasoning", (string?)choice["delta"]!["reasoning_content"]);
            Add("text", (string?)choice["delta"]!["content"]);
            Add("call", (string?)choice["delta"]!["tool_calls"]?[0]!["id"]);
            Add("arguments", (string?)choice["delta"]!["tool_calls"]?[0]!["function"]!["arguments"]);
            Add("finish", (string?)choice["finish_reason"]);
        }

        Add("end", body.EndsWith("data: [DONE]\nid: " + body.Split("\nid: ")[^1], StringComparison.Ordinal) ? "[DONE]" : "none");
        return string.Join('\n', read);

        void Add(string name, string? value) => read[name] = read.GetValueOrDefault(name) + value;
    }

    private protected override Uri AddressOf(Node node) => node.OpenAI;

    private protected override void AssertComplete(Seen seen, string text) =>
        Assert.Equal(("ready", null, text, "stop"), (seen.Status, seen.Error, seen.Text, seen.Finish));

    private protected override void AssertCanceled(Seen seen, string text) =>
        Assert.Equal(("error", "cancelled", text, null), (seen.Status, seen.Code, seen.Text, seen.Finish));

    private protected override void AssertDisconnected(Seen seen, string text) =>
        Assert.Equal(("error", "network error", text, null), (seen.Status, seen.Error, seen.Text, seen.Finish));
}
