using System.Net;
using LlmStream.AspNetCore.Tests.Diagnostics;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Many streams at once.</summary>
[Collection(AloneCollection.Name)]
public class LoadTests
{
    private const int Streams = 1_000;

    [Fact(Timeout = 120_000)]
    public async Task A_thousand_streams_run_at_once()
    {
        const string Text = "It rains in Spain, mainly on the plain, and it has not rained enough yet.";
        using var meters = new RelayMeters();
        await using (RelayApp app = await RelayApp.StartAsync(
            Script.Answer(Text).InChunksOf(1).StallAtEvent(4, TimeSpan.FromSeconds(1))))
        {
            using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Streams };
            using var client = new HttpClient(handler) { BaseAddress = app.Address };
            string[] bodies = await Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
            {
                using HttpResponseMessage response = await client.PostAsync(
                    "/api/chat", new StringContent("""{"message":"hi"}""", System.Text.Encoding.UTF8, "application/json"));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                return await response.Content.ReadAsStringAsync();
            }));
            foreach (string body in bodies)
            {
                var events = Encoded.Events(body.Replace(": keep-alive\n\n", "", StringComparison.Ordinal));
                Assert.Equal(Text, string.Concat(events.Select(e => (string?)e["content"])));
                Assert.True((bool)events[^1]["done"]!);
            }

            Assert.Equal(Streams, app.Provider.Requests.Count);
            // Threads wait for nothing: the pool does not grow with the streams.
            Assert.InRange(ThreadPool.ThreadCount, 1, 100);
        }

        Assert.Equal(0, meters.Active);
        Assert.Equal(Streams, meters.Durations.Count);
    }
}
