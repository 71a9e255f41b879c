using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Conventions, such as authorization, hold for all endpoints.</summary>
public class KeptConventionTests
{
    [Fact]
    public async Task A_convention_holds_for_all_endpoints_and_a_name_for_the_first()
    {
        await using KeptNode node = await KeptNode.StartAsync(app => app.MapGroup("/v1").MapChatRelay(
                "/chat/",
                (ChatRelayRequest _, CancellationToken _) => Serving.FakeAnswers.Complete("Hello."),
                options => options.AllowGet = true)
            .WithMetadata(new Marker())
            .WithName("chat"));
        RouteEndpoint[] endpoints = [.. node.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()];

        Assert.Equal(
            [
                "DELETE /v1/chat/{chatStreamId}", "GET /v1/chat/", "GET /v1/chat/{chatStreamId}/stream", "POST /v1/chat/",
                "POST /v1/chat/{chatStreamId}/stop",
            ],
            endpoints.Select(Describe).Order(StringComparer.Ordinal));
        Assert.All(endpoints, endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<Marker>()));
        Assert.Single(endpoints, endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null);
    }

    [Fact]
    public async Task Without_AddChatRelay_there_are_no_such_endpoints()
    {
        await using Serving.RelayApp app = await Serving.RelayApp.StartAsync(_ => Serving.FakeAnswers.Complete("Hello."));
        Assert.Single(app.App.Services.GetRequiredService<EndpointDataSource>().Endpoints);
        using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"message":"hi"}""");
        Assert.DoesNotContain("id:", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    private static string Describe(RouteEndpoint endpoint) =>
        $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]} {endpoint.RoutePattern.RawText}";

    private sealed class Marker;
}
