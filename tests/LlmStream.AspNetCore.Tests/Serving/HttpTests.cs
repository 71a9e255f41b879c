using System.Net;
using System.Text;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Headers, methods, versions of HTTP, and middleware.</summary>
public class HttpTests
{
    private const string Question = """{"message":"hi"}""";

    [Fact]
    public async Task The_headers_are_those_of_an_event_stream()
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."));
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        Assert.True(await connection.ReadToEndAsync());
        string[] headers = connection.Received[..connection.Received.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n");
        Assert.Equal(
            [
                "Cache-Control: no-cache, no-transform",
                "Content-Encoding: identity",
                "Content-Type: text/event-stream; charset=utf-8",
                "HTTP/1.1 200 OK",
                "Transfer-Encoding: chunked",
                "X-Accel-Buffering: no",
            ],
            headers.Where(header => !header.StartsWith("Date:", StringComparison.Ordinal) && !header.StartsWith("Server:", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_delta_is_sent_at_once_over_HTTP_2()
    {
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(
            answer.StreamAsync,
            build: builder => builder.WebHost.ConfigureKestrel(
                kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)));
        answer.Send("Hello");
        using HttpResponseMessage response = await app.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/api/chat")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StringContent(Question, Encoding.UTF8, "application/json"),
            },
            HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.False(response.Headers.Contains("Connection"));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("""data: {"content":"Hello"}""", await reader.ReadLineAsync());
        answer.Send(", world.");
        Assert.Equal("", await reader.ReadLineAsync());
        Assert.Equal("""data: {"content":", world."}""", await reader.ReadLineAsync());
        answer.Complete();
        Assert.Equal("\n" + """data: {"done":true}""" + "\n\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Response_compression_leaves_the_stream_alone()
    {
        var answer = new LiveAnswer();
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            map =>
            {
                map.UseResponseCompression();
                map.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken stopped) => answer.StreamAsync(stopped));
                map.MapGet("/compressed", () => Results.Text(new string('a', 10_000), "text/event-stream"));
            },
            build: builder => builder.Services.AddResponseCompression(options =>
            {
                options.EnableForHttps = true;
                options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/event-stream"];
            }));
        using var compressed = new HttpRequestMessage(HttpMethod.Get, "/compressed") { Headers = { { "Accept-Encoding", "gzip, br" } } };
        using HttpResponseMessage other = await app.Client.SendAsync(compressed);
        Assert.NotEmpty(other.Content.Headers.ContentEncoding); // the middleware works

        using RawConnection connection = await RawConnection.PostAsync(app.Address, headers: "Accept-Encoding: gzip, br\r\n");
        answer.Send("Hello");
        await connection.ReadUntilAsync("""data: {"content":"Hello"}""");
        answer.Complete();
        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains("\"done\":true", connection.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/chat")]
    [InlineData("/result")]
    public async Task Output_caching_leaves_the_stream_alone(string path)
    {
        int answers = 0;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            map =>
            {
                map.UseOutputCache();
                map.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken _) => Next(), options => options.AllowGet = true);
                map.MapGet("/result", () => ChatResults.Stream(Next(), ChatWire.Json));
                map.MapGet("/cached", () => $"{++answers}");
            },
            build: builder => builder.Services.AddOutputCache(options => options.AddBasePolicy(policy => policy.Cache())));
        Assert.Equal("1", await app.Client.GetStringAsync("/cached"));
        Assert.Equal("1", await app.Client.GetStringAsync("/cached")); // the middleware works

        string first = await app.Client.GetStringAsync(path + "?message=hi");
        string second = await app.Client.GetStringAsync(path + "?message=hi");
        Assert.Contains("answer 2", first, StringComparison.Ordinal);
        Assert.Contains("answer 3", second, StringComparison.Ordinal);

        IAsyncEnumerable<ChatDelta> Next() => FakeAnswers.Complete($"answer {++answers}");
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("HEAD", false)]
    [InlineData("HEAD", true)]
    [InlineData("PUT", true)]
    [InlineData("DELETE", true)]
    [InlineData("OPTIONS", true)]
    public async Task Other_methods_are_not_allowed(string method, bool allowGet)
    {
        await using RelayApp app = await RelayApp.StartAsync(
            _ => throw new InvalidOperationException(), options => options.AllowGet = allowGet);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/chat?message=hi");
        using HttpResponseMessage response = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowGet ? ["GET", "POST"] : ["POST"], response.Content.Headers.Allow.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Deltas_that_are_there_are_sent_together()
    {
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete([.. Enumerable.Repeat("word ", 10)]));
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        Assert.True(await connection.ReadToEndAsync());
        string body = connection.Received[(connection.Received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        // One chunk of the chunked encoding holds all events.
        Assert.Equal(10, body.Split("\r\n")[1].Split("word ").Length - 1);
    }

    [Fact]
    public async Task Many_pieces_arrive_whole()
    {
        string[] pieces = [.. Enumerable.Range(0, 10_000).Select(i => $"{i} é 汉 😀 \"\\\n")];
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete(pieces));
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        Assert.Equal(
            string.Concat(pieces), string.Concat(Encoded.Events(await response.Content.ReadAsStringAsync()).Select(e => (string?)e["content"])));
    }
}
