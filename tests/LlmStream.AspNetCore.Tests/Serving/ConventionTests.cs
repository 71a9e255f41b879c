using System.Net;
using LlmStream.Testing;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Conventions of a mapping hold for all its endpoints: POST, GET, and the list of models.</summary>
public class ConventionTests
{
    private static readonly (HttpMethod Method, string Path)[] Endpoints =
    [
        (HttpMethod.Post, "/v1/chat/completions"),
        (HttpMethod.Get, "/v1/chat/completions?message=hi"),
        (HttpMethod.Get, "/v1/models"),
        (HttpMethod.Get, "/v1/models/default"),
    ];

    [Fact]
    public async Task Authorization_holds_for_all_endpoints()
    {
        await using RelayApp app = await StartAsync(
            web => Map(web, "/v1/chat/completions").RequireAuthorization(),
            services => services.AddAuthorization().AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken());

        foreach ((HttpMethod method, string path) in Endpoints)
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, method, path));
        Assert.Empty(app.Provider.Requests);
    }

    [Fact]
    public async Task Without_conventions_all_endpoints_answer()
    {
        await using RelayApp app = await StartAsync(web => Map(web, "/v1/chat/completions"));

        foreach ((HttpMethod method, string path) in Endpoints) Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, method, path));
    }

    [Fact]
    public async Task A_limit_of_the_rate_holds_for_all_endpoints_together()
    {
        await using RelayApp app = await StartAsync(
            web =>
            {
                web.UseRateLimiter();
                Map(web, "/v1/chat/completions").RequireRateLimiting("two");
            },
            services => services.AddRateLimiter(options =>
            {
                options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
                options.AddFixedWindowLimiter("two", window =>
                {
                    window.PermitLimit = 2;
                    window.Window = TimeSpan.FromHours(1);
                });
            }));

        var statuses = new List<HttpStatusCode>();
        foreach ((HttpMethod method, string path) in Endpoints) statuses.Add(await StatusAsync(app, method, path));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], statuses);
    }

    [Fact]
    public async Task Origins_are_allowed_for_all_endpoints()
    {
        await using RelayApp app = await StartAsync(
            web =>
            {
                web.UseCors();
                Map(web, "/v1/chat/completions").RequireCors(policy => policy.WithOrigins("https://example.org").AllowAnyHeader());
            },
            services => services.AddCors());

        foreach ((HttpMethod method, string path) in Endpoints)
        {
            using HttpRequestMessage request = Request(method, path);
            request.Headers.Add("Origin", "https://example.org");
            using HttpResponseMessage response = await app.Client.SendAsync(request);
            Assert.Equal(["https://example.org"], response.Headers.GetValues("Access-Control-Allow-Origin"));
        }

        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        preflight.Headers.Add("Origin", "https://example.org");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type");
        using HttpResponseMessage allowed = await app.Client.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Equal(["https://example.org"], allowed.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_prefix_and_the_conventions_of_a_group_hold_for_all_endpoints()
    {
        await using RelayApp app = await StartAsync(web =>
        {
            RouteGroupBuilder group = web.MapGroup("/group").RequireAuthorization();
            Map(group, "/v1/chat/completions").WithTags("one");
        }, services => services.AddAuthorization().AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken());

        RouteEndpoint[] endpoints =
        [
            .. ((IEndpointRouteBuilder)app.App).DataSources.SelectMany(source => source.Endpoints).Cast<RouteEndpoint>(),
        ];
        Assert.Equal(4, endpoints.Length);
        Assert.All(endpoints, endpoint => Assert.StartsWith("/group/v1/", endpoint.RoutePattern.RawText, StringComparison.Ordinal));
        Assert.All(endpoints, endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<IAuthorizeData>()));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, HttpMethod.Post, "/group/v1/chat/completions"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, HttpMethod.Get, "/group/v1/models"));
    }

    [Fact]
    public async Task A_name_is_that_of_the_endpoint_that_answers_post()
    {
        await using RelayApp app = await StartAsync(web => Map(web, "/v1/chat/completions").WithName("chat"));

        LinkGenerator links = app.App.Services.GetRequiredService<LinkGenerator>();
        Assert.Equal("/v1/chat/completions", links.GetPathByName("chat", values: null));
    }

    private static Task<RelayApp> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? services = null) =>
        RelayApp.StartAsync(Script.Answer("Hello"), map, build: builder => services?.Invoke(builder.Services));

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string pattern) => endpoints.MapChatRelay(
        pattern,
        (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) => llm.StreamAsync(chat.Messages, chat.Options, stopped),
        options => options.AllowGet = true);

    private static async Task<HttpStatusCode> StatusAsync(RelayApp app, HttpMethod method, string path)
    {
        using HttpRequestMessage request = Request(method, path);
        using HttpResponseMessage response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post) request.Content = new StringContent("""{"message":"hi"}""", System.Text.Encoding.UTF8, "application/json");
        return request;
    }
}
