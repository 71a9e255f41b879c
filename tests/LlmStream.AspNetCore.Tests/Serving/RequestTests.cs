using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Which bodies and queries are accepted.</summary>
public class RequestTests
{
    private const string Question = """{"message":"hi"}""";

    [Theory]
    [InlineData("application/json", 200)]
    [InlineData("application/json; charset=utf-8", 200)]
    [InlineData("application/json; charset=\"UTF-8\"", 200)]
    [InlineData("application/json;charset=us-ascii", 200)]
    [InlineData("application/vnd.chat+json", 200)]
    [InlineData("APPLICATION/JSON", 200)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("text/plain", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData("text/plain; x=application/json", 415)]
    [InlineData("application/jsonp", 415)]
    [InlineData("json", 415)]
    [InlineData("", 415)]
    [InlineData(null, 415)]
    public async Task Only_JSON_is_accepted(string? contentType, int status)
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."));
        using RawConnection connection = await RawConnection.OpenAsync(app.Address);
        string header = contentType is null ? "" : $"Content-Type: {contentType}\r\n";
        await connection.SendAsync($"POST /api/chat HTTP/1.1\r\nHost: relay\r\n{header}Content-Length: {Question.Length}\r\n\r\n{Question}");
        Assert.True(await connection.ReadToEndAsync());
        Assert.StartsWith($"HTTP/1.1 {status} ", connection.Received, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> InvalidBodies => new()
    {
        { "empty", [] },
        { "only a byte order mark", [0xEF, 0xBB, 0xBF] },
        { "white space", " \n"u8.ToArray() },
        { "not JSON", "hello"u8.ToArray() },
        { "cut off", """{"message":"h"""u8.ToArray() },
        { "two values", "{} {}"u8.ToArray() },
        { "an array", "[]"u8.ToArray() },
        { "a string", "\"hi\""u8.ToArray() },
        { "null", "null"u8.ToArray() },
        { "deeply nested", Encoding.UTF8.GetBytes("{\"message\":\"hi\",\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}") },
        { "invalid UTF-8", [.. "{\"message\":\""u8, 0xFF, .. "\"}"u8] },
        { "UTF-8 cut off", [.. "{\"message\":\""u8, 0xE6, 0xB1, .. "\"}"u8] },
        { "UTF-16", Encoding.Unicode.GetBytes(Question) },
        { "no message", "{}"u8.ToArray() },
        { "a message that is no string", """{"message":{"a":1}}"""u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(InvalidBodies))]
    public async Task Other_bodies_are_refused(string what, byte[] body)
    {
        await using RelayApp app = await RelayApp.StartAsync(
            _ => throw new InvalidOperationException("The handler must not be called."), options => options.Wire = ChatWire.Json);
        using HttpResponseMessage response = await PostAsync(app, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{what}: {response.StatusCode} {text}");
        Assert.Equal("invalid_request", (string?)JsonNode.Parse(text)!["code"]);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        Assert.Equal("hi", await MessageAsync([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Question)]));
    }

    [Theory]
    [InlineData(false, 1000, 200)]
    [InlineData(false, 1001, 413)]
    [InlineData(true, 1000, 200)]
    [InlineData(true, 1001, 413)]
    [InlineData(true, 100_000, 413)]
    public async Task The_size_is_limited(bool chunked, int length, int status)
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."), options => options.MaxRequestBytes = 1000);
        Assert.Equal(status, (int)(await PostAsync(app, Body(length), chunked)).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_limit_above_that_of_the_server_raises_it(bool chunked)
    {
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.Complete("Hello."), options => options.MaxRequestBytes = 40_000_000, build: WithServerLimit(1_000_000));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(app, Body(2_000_000), chunked)).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_an_option_the_limit_of_the_server_holds(bool chunked)
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."), build: WithServerLimit(1_000_000));
        using HttpResponseMessage response = await PostAsync(app, Body(2_000_000), chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_body_that_the_client_cuts_off_starts_nothing()
    {
        bool isStarted = false;
        using var log = new LogRecords();
        await using RelayApp app = await RelayApp.StartAsync(
            _ =>
            {
                isStarted = true;
                return FakeAnswers.Complete("Hello.");
            },
            build: log.AddTo);
        using (RawConnection connection = await RawConnection.OpenAsync(app.Address))
        {
            await connection.SendAsync(
                "POST /api/chat HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n");
            await connection.ReadUntilAsync("100 Continue");
            await connection.SendAsync("""{"message":""");
        }

        await app.App.StopAsync();
        Assert.False(isStarted);
        Assert.Empty(log.Errors);
    }

    [Fact]
    public async Task The_number_of_messages_is_limited()
    {
        Assert.Equal(1_000, new ChatRelayOptions().MaxMessages);
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."), options => options.MaxMessages = 2);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync("/api/chat", OpenAI(2))).StatusCode);
        using HttpResponseMessage response = await app.PostAsync("/api/chat", OpenAI(3));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("at most 2", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        static string OpenAI(int count) =>
            $$"""{"model":"m","stream":true,"messages":[{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"hi"}""", count))}}]}""";
    }

    [Theory]
    [InlineData("message")]
    [InlineData("prompt")]
    public async Task A_query_is_answered_if_it_is_allowed(string name)
    {
        ChatRelayRequest? request = null;
        await using RelayApp app = await StartWithGetAsync(seen => request = seen);
        string body = await app.Client.GetStringAsync($"/api/chat?{name}=Will%20it%20rain%3F%20%E6%B1%89&model=m");
        Assert.Matches("^id: [0-9a-f]{32}\n\ndata: {\"content\":\"Hello.\"}\n\ndata: {\"done\":true}\n\n$", body);
        Assert.Equal(("Will it rain? 汉", "m", "json"), (request!.Messages[0].Text, request.Model, request.Wire.Name));
        Assert.Equal("m", request.Body.GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_query_is_answered_over_a_fixed_wire()
    {
        ChatRelayRequest? request = null;
        await using RelayApp app = await StartWithGetAsync(seen => request = seen, ChatWire.OpenAI);
        string body = await app.Client.GetStringAsync("/api/chat?message=hi");
        Assert.Same(ChatWire.OpenAI, request!.Wire);
        Assert.StartsWith("id: ", body, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?question=hi")]
    public async Task A_query_without_a_message_is_refused(string query)
    {
        await using RelayApp app = await StartWithGetAsync(_ => { });
        using HttpResponseMessage response = await app.Client.GetAsync(new Uri("/api/chat" + query, UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_reconnection_of_EventSource_starts_nothing()
    {
        int started = 0;
        await using RelayApp app = await StartWithGetAsync(_ => started++);
        string body = await app.Client.GetStringAsync("/api/chat?message=hi");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/chat?message=hi")
        {
            Headers = { { "Last-Event-ID", body["id: ".Length..body.IndexOf('\n', StringComparison.Ordinal)] } },
        };
        using HttpResponseMessage response = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(1, started);
    }

    [Fact]
    public async Task The_id_comes_before_the_answer_and_a_failure_is_an_event()
    {
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(answer.StreamAsync, options => options.AllowGet = true);
        using HttpResponseMessage response = await app.Client.GetAsync("/api/chat?message=hi", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("id: ", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());
        answer.Fail(new ChatStreamException(ChatStreamError.Unauthorized));
        Assert.Equal("""data: {"error":"The AI service did not accept this server's key."}""" + "\n\n", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("""{"threadId":"t","runId":"r","state":{},"messages":[{"id":"1","role":"user","content":"hi"}],"tools":[],"context":[],"forwardedProps":{}}""", "ag-ui")]
    [InlineData("""{"id":"c","messages":[{"id":"1","role":"user","parts":[{"type":"text","text":"hi"}]}],"trigger":"submit-message"}""", "ui-messages")]
    [InlineData("""{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""", "openai")]
    [InlineData("""{"message":"hi"}""", "json")]
    [InlineData("""{"prompt":"hi"}""", "json")]
    [InlineData("""{"threadId":"t","runId":"r","messages":[{"id":"1","role":"user","content":"hi"}],"message":"hi"}""", "ag-ui")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"prompt":"hi"}""", "openai")]
    public async Task The_wire_is_recognized_by_the_body(string body, string wire)
    {
        string? seen = null;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            map => map.MapChatRelay("/api/chat", (ChatRelayRequest chat, CancellationToken _) =>
            {
                seen = chat.Wire.Name;
                return FakeAnswers.Complete("Hello.");
            }));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(wire, seen);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("ui-messages")]
    [InlineData("ag-ui")]
    public async Task A_body_of_another_form_than_the_fixed_wire_is_refused_in_its_form(string name)
    {
        ChatWire wire = ChatWire.All.Single(candidate => candidate.Name == name);
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."), options => options.Wire = wire);
        using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"question":"hi"}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(wire.ErrorContentType, response.Content.Headers.ContentType!.ToString());
    }

    private static Task<RelayApp> StartWithGetAsync(Action<ChatRelayRequest> seen, ChatWire? wire = null) => RelayApp.StartAsync(
        Script.Answer("unused"),
        map => map.MapChatRelay(
            "/api/chat",
            (ChatRelayRequest chat, CancellationToken _) =>
            {
                seen(chat);
                return FakeAnswers.Complete("Hello.");
            },
            options =>
            {
                options.AllowGet = true;
                options.Wire = wire;
            }));

    private static async Task<string?> MessageAsync(byte[] body)
    {
        string? message = null;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            map => map.MapChatRelay("/api/chat", (ChatRelayRequest chat, CancellationToken _) =>
            {
                message = chat.Messages[0].Text;
                return FakeAnswers.Complete("Hello.");
            }));
        using HttpResponseMessage response = await PostAsync(app, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return message;
    }

    private static Task<HttpResponseMessage> PostAsync(RelayApp app, byte[] body, bool chunked = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/chat") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true; // a server that refuses the length closes the connection, perhaps while the body is sent
        return app.Client.SendAsync(request);
    }

    private static byte[] Body(int length) => Encoding.UTF8.GetBytes("""{"message":"hi"}""".PadRight(length));

    private static Action<WebApplicationBuilder> WithServerLimit(long bytes) =>
        builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = bytes);
}
