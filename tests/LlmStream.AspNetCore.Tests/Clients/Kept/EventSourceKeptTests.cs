using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>
/// Kept streams as <c>EventSource</c> reads them: it connects again after every end of a response, with the last id that it has, until it
/// gets 204 (html.spec.whatwg.org/multipage/server-sent-events.html).
/// </summary>
public sealed class EventSourceKeptTests
{
    private const string Text = "The \"capital\" of\nGermany: 柏林 (Berlin) 🌤️ is on the Spree.";
    private const string Half = "The \"capital\" of";

    [Fact]
    public async Task Answer_is_received_once_and_the_source_ends()
    {
        await using Cluster cluster = await Cluster.StartAsync(Script.Answer(Text));
        using var source = new Source();

        await source.ReadAsync(cluster.First, "hi");
        Assert.Equal((HttpStatusCode.OK, Text, true), (source.Status, source.Text, source.IsDone));
        await source.ReadAsync(cluster.First, "hi");

        Assert.Equal((HttpStatusCode.NoContent, Text), (source.Status, source.Text));
        Assert.Single(cluster.Provider.Requests);
    }

    [Fact]
    public async Task Node_is_lost_and_the_other_continues()
    {
        await using Cluster cluster = await Cluster.StartAsync(
            Script.Answer(Text).StallAtEvent(6).ThenWithoutFaults(), new() { LeaseDuration = TimeSpan.FromSeconds(3) });
        using var source = new Source { OnText = text => { if (text == Half) cluster.First.Lose(); } };

        await source.ReadAsync(cluster.First, "hi");
        Assert.Equal((Half, false), (source.Text, source.IsDone));
        await source.ReadAsync(cluster.Second, "hi");

        Assert.Equal((Text, true), (source.Text, source.IsDone));
        Assert.Equal(2, cluster.Provider.Requests.Count);
        await source.ReadAsync(cluster.Second, "hi");
        Assert.Equal(HttpStatusCode.NoContent, source.Status);
    }

    [Fact]
    public async Task Connection_is_lost_before_the_first_event()
    {
        await using Cluster cluster = await Cluster.StartAsync(Script.Answer(Text).StallAtEvent(1).ThenWithoutFaults(), new() { LeaseDuration = TimeSpan.FromSeconds(20) });
        using var source = new Source();
        using var leave = new CancellationTokenSource();
        source.OnId = leave.Cancel;

        await source.ReadAsync(cluster.First, "hi", leave.Token);
        Assert.Equal("", source.Text);
        // From now on the stream can be handed over: its request is stored before it is sent.
        await cluster.Provider.WaitForRequestAsync();
        await cluster.First.StopAsync();
        await source.ReadAsync(cluster.Second, "hi");

        Assert.Equal((Text, true), (source.Text, source.IsDone));
    }

    /// <summary>An <c>EventSource</c>, whose every connection is a call.</summary>
    private sealed class Source : IDisposable
    {
        private readonly HttpClient _http = new(new SocketsHttpHandler { CookieContainer = new CookieContainer() });
        private readonly StringBuilder _text = new();
        private string _lastEventId = "";

        public Action<string>? OnText { get; init; }

        public Action? OnId { get; set; }

        public HttpStatusCode Status { get; private set; }

        public string Text => _text.ToString();

        public bool IsDone { get; private set; }

        public async Task ReadAsync(Node node, string prompt, CancellationToken left = default)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Address, $"/api/chat?prompt={prompt}"));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            if (_lastEventId.Length > 0) request.Headers.Add("Last-Event-ID", _lastEventId);
            try
            {
                using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, left);
                Status = response.StatusCode;
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(left));
                string data = "", id = _lastEventId;
                while (await reader.ReadLineAsync(left) is { } line)
                {
                    if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                    else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
                    if (line.Length > 0) continue;
                    _lastEventId = id;
                    if (data.Length > 0) Add(JsonDocument.Parse(data).RootElement);
                    data = "";
                    OnId?.Invoke();
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
            {
                // The source connects again.
            }
        }

        public void Dispose() => _http.Dispose();

        private void Add(JsonElement json)
        {
            IsDone |= json.TryGetProperty("done", out _);
            if (!json.TryGetProperty("content", out JsonElement content)) return;
            _text.Append(content.GetString());
            OnText?.Invoke(Text);
        }
    }
}
