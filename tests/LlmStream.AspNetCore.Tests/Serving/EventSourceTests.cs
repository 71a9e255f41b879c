using System.Net;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>An endpoint of the application's own, with <see cref="ChatResults"/>, to which <c>EventSource</c> connects.</summary>
public class EventSourceTests
{
    [Fact]
    public async Task The_first_event_has_an_id_and_a_reconnection_with_it_generates_nothing()
    {
        await using RelayApp app = await StartAsync();

        using HttpResponseMessage first = await GetAsync(app, lastEventId: null, accept: "text/event-stream");
        string body = await first.Content.ReadAsStringAsync();
        string id = body["id: ".Length..body.IndexOf('\n', StringComparison.Ordinal)];
        using HttpResponseMessage second = await GetAsync(app, id, "text/event-stream");

        Assert.StartsWith("id: ", body, StringComparison.Ordinal);
        Assert.EndsWith("{\"done\":true,\"tokens\":2}\n\n", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);
        Assert.Single(app.Provider.Requests);
    }

    [Fact]
    public async Task Another_client_gets_no_id()
    {
        await using RelayApp app = await StartAsync();

        using HttpResponseMessage response = await GetAsync(app, lastEventId: null, accept: "*/*");

        Assert.StartsWith("data: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<RelayApp> StartAsync() => RelayApp.StartAsync(
        Script.Answer("Hello."),
        app => app.MapGet("/ask", (LlmStreamClient client, CancellationToken cancellationToken) =>
            ChatResults.Stream(client.StreamAsync("hi", cancellationToken: cancellationToken), ChatWire.Json)));

    private static Task<HttpResponseMessage> GetAsync(RelayApp app, string? lastEventId, string accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/ask");
        request.Headers.Add("Accept", accept);
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        return app.Client.SendAsync(request);
    }
}
