using System.Text;
using System.Text.Json.Nodes;
using LlmStream.AspNetCore;
using LlmStream.DependencyInjection;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.PublishTest;

/// <summary>An application that relays answers over each wire, with handlers of known types.</summary>
internal static class RelayChecks
{
    private const string Answer = "The sky is blue.";

    public static IEnumerable<(string Name, Func<Task> Check)> All =>
        ChatWire.All.Select(wire => ($"relay: {wire}", (Func<Task>)(() => RelayAsync(wire))));

    private static async Task RelayAsync(ChatWire wire)
    {
        await using ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).WithUsage());
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        // The services without a key must not be used.
        builder.Services.AddLlmStream(options =>
        {
            options.Provider = LlmProvider.CreateOpenAICompatible(new Uri("http://127.0.0.1:1/"));
            options.Model = "unused";
        });
        builder.Services.AddSingleton(new Suffix(" wrong"));
        builder.Services.AddLlmStream("relay", options => options.Provider = provider.Provider);
        builder.Services.AddKeyedSingleton("relay", new Suffix(" Really."));
        await using WebApplication app = builder.Build();
        Map(app, wire);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var client = new HttpClient { BaseAddress = new Uri(address) };

        CheckFailedException.ThrowIfNotEqual(Answer, await AskAsync(client, wire, "/one"));
        CheckFailedException.ThrowIfNotEqual(Answer, await AskAsync(client, wire, "/updates"));
        CheckFailedException.ThrowIfNotEqual(Answer + " Really.", await AskAsync(client, wire, "/two"));
        CheckFailedException.ThrowIfNotEqual(Answer, await AskAsync(client, wire, "/result"));
    }

    private static void Map(WebApplication app, ChatWire wire)
    {
        app.MapChatRelay(
            "/one",
            (ChatRelayRequest chat, [FromKeyedServices("relay")] LlmStreamClient llm, CancellationToken stopped) =>
                llm.StreamAsync(chat.Messages, chat.Options, stopped));
        app.MapChatRelay(
            "/updates",
            (ChatRelayRequest chat, [FromKeyedServices("relay")] IChatClient client, CancellationToken stopped) =>
                client.GetStreamingResponseAsync(chat.Messages, chat.Options, stopped));
        app.MapChatRelay(
            "/two",
            (ChatRelayRequest chat, [FromKeyedServices("relay")] LlmStreamClient llm, [FromKeyedServices("relay")] Suffix suffix,
                CancellationToken stopped) => AddAsync(llm.StreamAsync(chat.Messages, chat.Options, stopped), suffix.Text));
        app.MapPost("/result", http => ChatResults
            .Stream(http.RequestServices.GetRequiredKeyedService<LlmStreamClient>("relay").StreamAsync("Why is the sky blue?"), wire)
            .ExecuteAsync(http));
    }

    private static async IAsyncEnumerable<ChatDelta> AddAsync(IAsyncEnumerable<ChatDelta> deltas, string suffix)
    {
        int length = 0;
        await foreach (ChatDelta delta in deltas)
        {
            length = delta.TextOffset + delta.Text.Length;
            yield return delta;
        }

        yield return new ChatDelta { Text = suffix, TextOffset = length, FinishReason = ChatFinishReason.Stop };
    }

    private static async Task<string> AskAsync(HttpClient client, ChatWire wire, string path)
    {
        string question = wire.Name switch
        {
            "ui-messages" => """{"id":"c","messages":[{"id":"u","role":"user","parts":[{"type":"text","text":"Why?"}]}]}""",
            "openai" => """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"}]}""",
            "ag-ui" => """{"threadId":"t","runId":"r","messages":[{"id":"u","role":"user","content":"Why?"}],"tools":[],"context":[]}""",
            _ => """{"message":"Why?"}""",
        };
        using var content = new StringContent(question, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(path, content);
        string body = await response.Content.ReadAsStringAsync();
        CheckFailedException.ThrowIfNotEqual("text/event-stream", response.Content.Headers.ContentType?.MediaType ?? body);
        return string.Concat(body.Split("\n\n")
            .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => TextOf(JsonNode.Parse(line["data: ".Length..])!)));
    }

    private static string? TextOf(JsonNode chunk) => (string?)chunk["type"] switch
    {
        "text-delta" or "TEXT_MESSAGE_CONTENT" => (string?)chunk["delta"],
        null when chunk["choices"] is JsonArray choices => choices.Count > 0 ? (string?)choices[0]!["delta"]?["content"] : null,
        null => (string?)chunk["content"],
        _ => null,
    };

    private sealed record Suffix(string Text);
}
