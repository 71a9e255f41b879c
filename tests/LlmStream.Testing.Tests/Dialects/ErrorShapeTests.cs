using System.Net;
using System.Text;

namespace LlmStream.Testing.Tests.Dialects;

/// <summary>Errors have the shape that the clients of each provider look for.</summary>
public sealed class ErrorShapeTests
{
    private const string Openai = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";

    public static TheoryData<string, string, string> StreamErrors => new()
    {
        { "/v1/chat/completions", Openai, """data: {"error":{"message":"M","type":"C","param":null,"code":"C"}}""" + "\n\n" },
        {
            "/v1/messages", """{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"x"}]}""",
            """
            event: error
            data: {"type":"error","error":{"type":"C","message":"M"}}


            """
        },
        {
            "/v1/responses", """{"model":"m","stream":true,"input":"x"}""",
            """
            event: error
            data: {"type":"error","sequence_number":2,"code":"C","message":"M","param":null,"error":{"type":"C","code":"C","message":"M","param":null}}


            """
        },
        { "/api/chat", """{"model":"m","messages":[{"role":"user","content":"x"}]}""", """{"error":"M"}""" + "\n" },
        {
            "/v1beta/models/m:streamGenerateContent?alt=sse", """{"contents":[{"role":"user","parts":[{"text":"x"}]}]}""",
            """data: {"error":{"code":500,"message":"M","status":"C"}}""" + "\n\n"
        },
        {
            "/v2/chat", Openai,
            """
            event: message-end
            data: {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"M","error_type":"C"}}


            """
        },
    };

    [Theory, MemberData(nameof(StreamErrors))]
    public async Task An_error_within_a_stream(string path, string body, string expected)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("a b c d e").FailAtEvent(2, ErrorFrame.Data("M", "C")));
        string text = await (await SendAsync(server, HttpMethod.Post, path, body)).Content.ReadAsStringAsync();
        Assert.EndsWith(expected.ReplaceLineEndings("\n"), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistrals_clients_get_flat_errors()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("a b c d e").FailAtEvent(2, ErrorFrame.Data("M", "C")).Then(Script.Status(429)));
        const string Agent = "mistral-client-typescript/2.7.0";
        const string Expected = "data: {\"object\":\"error\",\"message\":\"M\",\"type\":\"C\",\"param\":null,\"code\":\"C\"}\n\n";
        HttpResponseMessage stream = await SendAsync(server, HttpMethod.Post, "/v1/chat/completions", Openai, ("User-Agent", Agent));
        Assert.EndsWith(Expected, await stream.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        HttpResponseMessage status = await SendAsync(server, HttpMethod.Post, "/v1/chat/completions", Openai, ("User-Agent", Agent));
        Assert.StartsWith("{\"object\":\"error\",\"message\":", await status.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/nothing", "", """{"error":{"message":"There is nothing at GET /v1/nothing.","type":"not_found","param":null,"code":"not_found"}}""")]
    [InlineData("/v1/nothing", "anthropic-version", """{"type":"error","error":{"type":"not_found_error","message":"There is nothing at GET /v1/nothing."}}""")]
    [InlineData("/v1beta/nothing", "", """{"error":{"code":404,"message":"There is nothing at GET /v1beta/nothing.","status":"NOT_FOUND"}}""")]
    [InlineData("/api/nothing", "", """{"error":"There is nothing at GET /api/nothing."}""")]
    [InlineData("/v2/nothing", "", """{"message":"There is nothing at GET /v2/nothing."}""")]
    [InlineData("/api/v1/nothing", "", """{"code":"not_found","message":"There is nothing at GET /api/v1/nothing.","request_id":""")]
    [InlineData("/", "", """{"error":{"message":"There is nothing at GET /.","type":"not_found","param":null,"code":"not_found"}}""")]
    public async Task A_request_for_nothing(string path, string header, string expected)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hello"));
        HttpResponseMessage response = await SendAsync(server, HttpMethod.Get, path, null, header.Length == 0 ? [] : [(header, "1")]);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.StartsWith(expected, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        ScriptedLlmServer server, HttpMethod method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(server.BaseAddress, path));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }
}
