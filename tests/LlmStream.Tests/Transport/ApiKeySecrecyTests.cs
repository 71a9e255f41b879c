using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Transport;

/// <summary>The API key is sent to its provider, and appears nowhere else.</summary>
public class ApiKeySecrecyTests
{
    private const string Key = "sk-secret-0123456789";
    private static readonly JsonObject Body = new() { ["model"] = "m-1" };

    public static TheoryData<int, string> Failures => new()
    {
        { 401, $$$"""{"error":{"message":"Incorrect API key provided: {{{Key}}}.","code":"{{{Key}}}"}}""" },
        { 500, $"The header was Bearer {Key}" },
        { 200, $"<html>{Key}</html>" },
        { 200, $$$"""data: {"error":{"message":"No: {{{Key}}}"}}""" + "\n\n" },
        { 200, StubServer.Chunk("a") + $$$"""data: {"error":{"message":"No: {{{Key}}}"}}""" + "\n\n" },
        { 200, StubServer.Chunk("a") + $"data: {Key}\n\n" },
        { 200, StubServer.Chunk("a") + $$$"""data: {"x":"{{{new string('y', 180)}}}{{{Key}}} and more}""" + "\n\n" },
        { 200, StubServer.Chunk("a") + $$$"""data: {"error":{"message":"m"},"request_id":"{{{Key}}}"}""" + "\n\n" },
        { 500, new string('q', 190) + Key + " and more" },
        { 401, $$$"""{"error":{"message":"key {{{Key.Replace("-", @"\u002d", StringComparison.Ordinal)}}}"}}""" },
        { 401, $$$"""{"x":{"key":"{{{Key.Replace("-", @"\u002d", StringComparison.Ordinal)}}}"}}""" },
        { 307, "" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task It_is_in_no_exception_log_or_trace(int status, string body)
    {
        var logged = new LogCollector();
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LlmStream",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => traced.Enqueue(Describe(activity)),
        };
        ActivitySource.AddActivityListener(listener);
        var server = new StubServer().Answers((HttpStatusCode)status, body, headers: [("Location", $"https://elsewhere.test/{Key}"), ("x-request-id", Key)]);
        LlmStreamClient client = server.Client(options =>
        {
            options.LoggerFactory = logged;
            options.Retry = LlmRetryOptions.Off;
        });

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta _ in client.StreamAsync(Body))
            {
            }
        });
        Assert.DoesNotContain(Key, failure.ToString(), StringComparison.Ordinal);
        string all = $"{failure} {failure.ProviderMessage} {failure.ProviderCode} {failure.RequestId} {failure.Partial.Stream}";
        Assert.DoesNotContain(@"sk\u002d", all, StringComparison.Ordinal);
        for (int i = 0; i + 8 <= Key.Length; i++) Assert.DoesNotContain(Key.Substring(i, 8), all, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, $"{failure.ProviderMessage} {failure.ProviderCode} {failure.RequestId}", StringComparison.Ordinal);
        Assert.DoesNotContain(Key, $"{client} {client.Provider} {new LlmStreamOptions { ApiKey = Key }}", StringComparison.Ordinal);
        Assert.NotEmpty(logged.Lines);
        Assert.NotEmpty(traced);
        Assert.DoesNotContain(logged.Lines.Concat(traced), line => line.Contains(Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://elsewhere.test/v1/chat/completions")]
    [InlineData("http://llm.test/v1/chat/completions")] // not encrypted
    [InlineData("https://llm.test:8443/v1/chat/completions")]
    public async Task It_is_not_redirected_to_another_server(string target)
    {
        var server = new StubServer().Answers(HttpStatusCode.TemporaryRedirect, headers: ("Location", target)).Streams(StubServer.Stream("Hello"));

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta _ in server.Client().StreamAsync(Body))
            {
            }
        });
        Assert.Single(server.Requests);
        Assert.Equal(ChatStreamError.InvalidRequest, failure.Error);
        Assert.Contains(target, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_on_the_same_server_is_followed(int status)
    {
        var server = new StubServer().Answers((HttpStatusCode)status, headers: ("Location", "/v2/chat/completions")).Streams(StubServer.Stream("Hello"));

        await foreach (ChatDelta _ in server.Client().StreamAsync(Body))
        {
        }

        Assert.Equal("https://llm.test/v2/chat/completions", server.Requests[1].RequestUri!.ToString());
        Assert.Equal(server.Bodies[0], server.Bodies[1]);
    }

    [Fact]
    public async Task A_redirect_that_would_lose_the_body_or_is_endless_is_not_followed()
    {
        await Assert.ThrowsAsync<ChatStreamException>(() => DrainAsync(new StubServer().Answers(HttpStatusCode.Found, headers: ("Location", "/v2"))));

        var endless = new StubServer();
        for (int i = 0; i < 7; i++) endless.Answers(HttpStatusCode.TemporaryRedirect, headers: ("Location", "/v1/chat/completions"));
        await Assert.ThrowsAsync<ChatStreamException>(() => DrainAsync(endless));
        Assert.Equal(6, endless.Requests.Count);
    }

    private static async Task DrainAsync(StubServer server)
    {
        await foreach (ChatDelta _ in server.Client().StreamAsync(Body))
        {
        }
    }

    private static string Describe(Activity activity) =>
        $"{activity.DisplayName} {activity.StatusDescription} "
        + string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"))
        + string.Join(' ', activity.Events.SelectMany(e => e.Tags.Select(tag => $"{tag.Key}={tag.Value}")));
}
