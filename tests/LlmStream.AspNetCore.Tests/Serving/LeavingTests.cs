using System.Collections.Concurrent;
using System.Net;
using System.Text;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>The client leaves: the request to the provider ends at once.</summary>
public class LeavingTests
{
    public enum Moment
    {
        BeforeTheHeaders,
        BeforeTheFirstDelta,
        InMidAnswer,
        WhileTheConnectionIsBlocked,
    }

    public static MatrixTheoryData<Moment, bool> Cases => new(Enum.GetValues<Moment>(), [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_request_to_the_provider_ends(Moment moment, bool http2)
    {
        var results = new ConcurrentQueue<ChatRelayResult>();
        var finished = new TaskCompletionSource<ChatRelayResult>();
        Script script = moment switch
        {
            Moment.BeforeTheHeaders => Script.Answer("It rains.").WithDelay(TimeSpan.FromHours(1)),
            Moment.BeforeTheFirstDelta => Script.Answer("It rains.").StallAtEvent(0),
            Moment.InMidAnswer => Script.Answer("It rains in Spain.").InChunksOf(1).StallAtEvent(3),
            _ => Script.Endless(),
        };
        await using RelayApp app = await RelayApp.StartAsync(
            script,
            map => map.MapChatRelay(
                "/api/chat",
                (ChatRelayRequest chat, LlmStreamClient client, CancellationToken stopped) =>
                    client.StreamAsync(chat.Messages, chat.Options, stopped),
                options => options.OnFinished = result =>
                {
                    results.Enqueue(result);
                    finished.TrySetResult(result);
                    return Task.CompletedTask;
                }),
            build: builder =>
            {
                if (http2) builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
            });
        using (var leave = new CancellationTokenSource())
        {
            Task<HttpResponseMessage> response = SendAsync(app, http2, leave.Token);
            ScriptedRequest request = await app.Provider.WaitForRequestAsync();
            if (moment is Moment.InMidAnswer)
            {
                Stream body = await (await response).Content.ReadAsStreamAsync();
                await ReadUntilAsync(body, "content");
            }
            else if (moment is Moment.WhileTheConnectionIsBlocked)
            {
                await response;
                await StableAsync(() => request.BytesSent, 100_000_000);
            }

            await leave.CancelAsync();
            if (response.IsCompletedSuccessfully) (await response).Dispose();
            Assert.Equal(ReplyEnd.ClientLeft, await request.Finished.WaitAsync(TimeSpan.FromMinutes(2)));
        }

        ChatRelayResult result = await finished.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(ChatRelayOutcome.Canceled, result.Outcome);
        Assert.IsAssignableFrom<OperationCanceledException>(result.Exception);
        Assert.False(result.Answer.IsComplete);
        if (moment is Moment.InMidAnswer) Assert.StartsWith("It", result.Answer.Text, StringComparison.Ordinal);
        else if (moment is Moment.WhileTheConnectionIsBlocked) Assert.StartsWith("And so on, And so on, ", result.Answer.Text, StringComparison.Ordinal);
        else Assert.Equal("", result.Answer.Text);
        await app.App.StopAsync();
        Assert.Single(results);
    }

    [Fact]
    public async Task A_callback_of_the_token_that_fails_is_logged()
    {
        using var log = new LogRecords();
        var answer = new LiveAnswer();
        var finished = new TaskCompletionSource<ChatRelayOutcome>();
        await using RelayApp app = await RelayApp.StartAsync(
            stopped =>
            {
                stopped.Register(() => throw new InvalidOperationException("the callback failed"));
                return answer.StreamAsync(stopped);
            },
            options => options.OnFinished = result =>
            {
                finished.SetResult(result.Outcome);
                return Task.CompletedTask;
            },
            build: log.AddTo);
        using (RawConnection connection = await RawConnection.PostAsync(app.Address)) await answer.Started;

        Assert.Equal(ChatRelayOutcome.Canceled, await finished.Task.WaitAsync(TimeSpan.FromMinutes(2)));
        await app.App.StopAsync();
        Assert.Contains(log.OfRelay, text => text.Contains("the callback failed", StringComparison.Ordinal));
    }

    private static Task<HttpResponseMessage> SendAsync(RelayApp app, bool http2, CancellationToken cancellationToken) => app.Client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/chat")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("""{"message":"hi"}""", Encoding.UTF8, "application/json"),
        },
        HttpCompletionOption.ResponseHeadersRead,
        cancellationToken);

    private static async Task ReadUntilAsync(Stream body, string text)
    {
        byte[] buffer = new byte[4096];
        string received = "";
        while (!received.Contains(text, StringComparison.Ordinal)) received += Encoding.UTF8.GetString(buffer, 0, await body.ReadAsync(buffer));
    }

    /// <summary>Waits until a number does not grow any more, and checks that it does not exceed a limit.</summary>
    internal static async Task<long> StableAsync(Func<long> read, long max)
    {
        long last = -1;
        int same = 0;
        while (same < 20)
        {
            long now = read();
            same = now == last && now > 0 ? same + 1 : 0;
            last = now;
            Assert.InRange(now, 0, max);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return last;
    }
}
