using System.Net;
using System.Text;
using LlmStream.AspNetCore.Tests.Serving;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>A failure of a kept stream is told to the browser exactly as one of a stream that is not kept.</summary>
public class FailureTests(ITestOutputHelper output)
{
    private static readonly Func<Exception>[] Failures =
    [
        () => new ChatStreamException(ChatStreamError.RateLimited) { IsTransient = true, RetryAfter = TimeSpan.FromSeconds(7) },
        () => new ChatStreamException(ChatStreamError.RateLimited) { StatusCode = HttpStatusCode.TooManyRequests },
        () => new ChatStreamException(ChatStreamError.ProviderError)
        {
            StatusCode = HttpStatusCode.TooManyRequests, RetryAfter = TimeSpan.FromMinutes(3),
        },
        () => new ChatStreamException(ChatStreamError.InvalidRequest) { StatusCode = HttpStatusCode.PaymentRequired },
        () => new ChatStreamException(ChatStreamError.InvalidRequest)
        {
            StatusCode = HttpStatusCode.BadRequest, ProviderMessage = "a secret",
        },
        () => new ChatStreamException(ChatStreamError.InvalidRequest) { StatusCode = HttpStatusCode.NotFound },
        () => new ChatStreamException(ChatStreamError.Unauthorized),
        () => new ChatStreamException(ChatStreamError.FirstDeltaTimeout),
        () => new ChatStreamException(ChatStreamError.Connection),
        () => new ChatStreamException(ChatStreamError.ServerError),
        () => new ChatStreamException(ChatStreamError.Truncated),
        () => new ChatStreamException(ChatStreamError.NotAStream),
        () => new ChatStreamException(ChatStreamError.RepeatedItself),
        () => new BadHttpRequestException("Too many pigeons.", 422),
        () => new HttpRequestException("no", null, HttpStatusCode.TooManyRequests),
        () => new HttpRequestException("no"),
        () => new TimeoutException(),
        () => new TaskCanceledException("late", new TimeoutException()),
        () => new OperationCanceledException(),
        () => new InvalidOperationException("a secret"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_is_the_same_as_without_keeping(bool isDescribed)
    {
        // The question names the failure, and whether there is text before it.
        static IAsyncEnumerable<ChatDelta> Answer(ChatRelayRequest request)
        {
            string[] parts = request.Messages[^1].Text.Split('-');
            return FakeAnswers.FailingAfter(Failures[int.Parse(parts[0])](), parts[1] == "text" ? Wires.Encoded.Pieces("Hello") : []);
        }

        void Configure(ChatRelayOptions options)
        {
            if (isDescribed) options.DescribeError = error => $"It is {error.GetType().Name}.";
        }

        void Map(WebApplication app) =>
            app.MapChatRelay("/api/chat", (ChatRelayRequest request, CancellationToken _) => Answer(request), Configure);
        await using RelayApp direct = await RelayApp.StartAsync(Script.Answer("unused"), Map);
        await using KeptNode kept = await KeptNode.StartAsync(Map);
        int compared = 0;
        for (int i = 0; i < Failures.Length; i++)
        {
            foreach (string wire in KeptRequests.Wires)
            {
                foreach (string text in new[] { "none", "text" })
                {
                    string body = KeptRequests.Of(wire, $"{i}-{text}", $"chat-{compared++}");
                    string expected = await DescribeAsync(direct.Client, body), actual = await DescribeAsync(kept.Client, body);
                    Assert.True(expected == actual, $"{wire}, {Failures[i]()}, {text}:\n{expected}\n{actual}");
                }
            }
        }

        output.WriteLine($"{compared} failures compared");
    }

    [Fact]
    public async Task A_store_without_room_is_a_failure_of_its_own()
    {
        await using KeptNode node = await KeptNode.StartAsync(
            _ => FakeAnswers.Complete("Hello."), configure: options => options.MaxMemoryBytes = 10);
        using HttpResponseMessage response = await node.AskAsync("openai");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("store_unavailable", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_larger_than_a_stream_may_be_ends_with_an_error()
    {
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("Hello", new string('x', 20_000)));
        await using KeptNode node = await KeptNode.StartAsync(
            answer.StreamAsync, configure: options => options.Store = new() { MaxStreamBytes = 10_000 });
        answer.Permit();
        using HttpResponseMessage response = await node.AskAsync("json");
        answer.PermitAll();

        Assert.Equal("The answer is too large.", (string?)(await response.ReadEventsAsync())[^1].Json["error"]);
    }

    private static async Task<string> DescribeAsync(HttpClient client, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync("/api/chat", content);
        response.Headers.Date = null;
        response.Headers.Remove("Set-Cookie");
        response.Headers.Remove("X-Stream-Id");
        response.Headers.TransferEncodingChunked = null;
        string text = await response.Content.ReadAsStringAsync();
        if (response.IsSuccessStatusCode)
        {
            IEnumerable<string> blocks = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            text = string.Join('\n', WireText.Of(blocks.Select(block => new SentEvent(block.Split('\n')[0]["data: ".Length..], null))));
        }

        return $"{(int)response.StatusCode} {response.Headers}{response.Content.Headers.ContentType} {text}";
    }
}
