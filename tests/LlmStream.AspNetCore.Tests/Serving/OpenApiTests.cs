using System.Text.Json.Nodes;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>What the OpenAPI document of an application says of its relays.</summary>
public class OpenApiTests
{
    [Fact]
    public async Task An_endpoint_of_MapChatRelay_is_documented()
    {
        JsonNode paths = await PathsAsync(app => app.MapChatRelay(
            "/api/chat",
            (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) => llm.StreamAsync(chat.Messages, chat.Options, stopped))
            .WithName("chat").WithSummary("Answers."));

        JsonObject operations = paths["/api/chat"]!.AsObject();
        Assert.Equal(["post"], operations.Select(operation => operation.Key));
        JsonNode post = operations["post"]!;
        Assert.Equal("chat", (string?)post["operationId"]);
        Assert.Equal("Answers.", (string?)post["summary"]);
        Assert.Equal(["Chat"], post["tags"]!.AsArray().Select(tag => (string?)tag));
        Assert.Equal(["application/json"], post["requestBody"]!["content"]!.AsObject().Select(content => content.Key));
        CheckResponses(post);
    }

    [Fact]
    public async Task A_query_is_documented()
    {
        JsonNode paths = await PathsAsync(app => app.MapChatRelay(
            "/api/chat",
            (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) => llm.StreamAsync(chat.Messages, chat.Options, stopped),
            options => options.AllowGet = true)
            .WithName("chat"));

        JsonNode get = paths["/api/chat"]!["get"]!;
        JsonNode parameter = Assert.Single(get["parameters"]!.AsArray())!;
        Assert.Equal(("message", "query"), ((string?)parameter["name"], (string?)parameter["in"]));
        Assert.Null(get["operationId"]);
        CheckResponses(get);
    }

    [Fact]
    public async Task An_endpoint_with_ChatResults_is_documented()
    {
        JsonNode paths = await PathsAsync(app => app.MapPost(
            "/ask",
            (Question question, LlmStreamClient llm, CancellationToken cancellationToken) =>
                ChatResults.Stream(llm.StreamAsync(question.Text, cancellationToken: cancellationToken), ChatWire.UIMessages)));

        JsonNode post = paths["/ask"]!["post"]!;
        Assert.Equal(
            "#/components/schemas/Question", (string?)post["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]);
        CheckResponses(post);
    }

    private static void CheckResponses(JsonNode operation)
    {
        JsonObject responses = operation["responses"]!.AsObject();
        Assert.Equal(["200", "429", "502", "504"], responses.Select(response => response.Key));
        Assert.Equal(["text/event-stream"], responses["200"]!["content"]!.AsObject().Select(content => content.Key));
        Assert.Null(responses["502"]!["content"]);
    }

    private static async Task<JsonNode> PathsAsync(Action<WebApplication> map)
    {
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("Hello"),
            web =>
            {
                web.MapOpenApi();
                map(web);
            },
            build: builder => builder.Services.AddOpenApi());
        string document = await app.Client.GetStringAsync("/openapi/v1.json");
        return JsonNode.Parse(document)!["paths"]!;
    }

    private sealed record Question(string Text);
}
