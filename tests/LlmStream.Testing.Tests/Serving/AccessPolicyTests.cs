using System.Net;
using System.Text;

namespace LlmStream.Testing.Tests.Serving;

/// <summary>A web page of another machine cannot use the server through a browser.</summary>
public sealed class AccessPolicyTests
{
    [Theory]
    [InlineData("127.0.0.1:99", true)]
    [InlineData("127.8.8.8", true)]
    [InlineData("localhost", true)]
    [InlineData("LocalHost.:80", true)]
    [InlineData("api.localhost", true)]
    [InlineData("[::1]:80", true)]
    [InlineData("evil.test", false)]
    [InlineData("127.0.0.1.evil.test", false)]
    [InlineData("localhost.evil.test", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("0.0.0.0", false)]
    public async Task Only_names_of_this_machine_are_hosts(string host, bool isServed)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hello"));
        HttpResponseMessage response = await SendAsync(server, HttpMethod.Post, ("Host", host));
        Assert.Equal(isServed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("https://127.0.0.1", true)]
    [InlineData("http://[::1]:5173", true)]
    [InlineData("https://app.example", true)]
    [InlineData("https://APP.example", true)]
    [InlineData("http://app.example", false)]
    [InlineData("https://app.example:8443", false)]
    [InlineData("https://app.example.evil.test", false)]
    [InlineData("https://evil.test", false)]
    [InlineData("null", false)]
    [InlineData("file://", false)]
    public async Task Only_pages_of_this_machine_and_of_the_allowed_origins_are_served(string origin, bool isServed)
    {
        var options = new ScriptedLlmServerOptions { AllowedOrigins = ["https://app.example"] };
        await using var server = await ScriptedLlmServer.StartAsync(Script.Status(503).Then(Script.Answer("Hello")), options);
        HttpResponseMessage preflight = await SendAsync(
            server,
            HttpMethod.Options,
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,x-a"),
            ("Access-Control-Request-Private-Network", "true"));
        HttpResponseMessage first = await SendAsync(server, HttpMethod.Post, ("Origin", origin));

        if (isServed)
        {
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal("authorization,x-a", Header(preflight, "Access-Control-Allow-Headers"));
            Assert.Equal("true", Header(preflight, "Access-Control-Allow-Private-Network"));
            Assert.Equal((HttpStatusCode.ServiceUnavailable, origin, "Origin"), (first.StatusCode, Header(first, "Access-Control-Allow-Origin"), Header(first, "Vary")));
        }
        else
        {
            Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (preflight.StatusCode, first.StatusCode));
            Assert.Null(Header(first, "Access-Control-Allow-Origin"));
            // A refused request takes no step of the script.
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(server, HttpMethod.Post)).StatusCode);
        }
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : null;

    private static async Task<HttpResponseMessage> SendAsync(ScriptedLlmServer server, HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, server.BaseAddress.AbsoluteUri + "/chat/completions")
        {
            Content = new StringContent("""{"messages":[]}""", Encoding.UTF8, "application/json"),
        };
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }
}
