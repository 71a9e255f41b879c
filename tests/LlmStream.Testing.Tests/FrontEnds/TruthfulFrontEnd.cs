using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace LlmStream.Testing.Tests.FrontEnds;

/// <summary>A front end that passes every case: it reports an answer as done only after the wire's end.</summary>
/// <param name="isNaive">Whether it takes the end of the body for the end of the answer, as many do.</param>
internal sealed class TruthfulFrontEnd(ChatFrontEndServer server, ChatFrontEndCase @case, bool isNaive = false) : IDisposable
{
    private readonly HttpClient _client = new();
    private readonly Uri _address = server.GetAddress(@case);
    private ShownAnswer _answer = new();
    private string? _lastEventId;

    private bool Replays => @case.Wire is "ui-messages" or "ag-ui";

    /// <summary>Sends a message, and does what the user of the case does.</summary>
    public async Task<ChatFrontEndObservation> RunAsync()
    {
        bool stops = @case.Ending == "stop", reloads = @case.Ending == "reload";
        bool hasBroken = !await ReadAsync(HttpMethod.Post, "", async () =>
        {
            if (stops) await StopAsync();
            return !reloads;
        });
        if (@case.Ending == "reload-after-end" || reloads)
        {
            (_answer, _lastEventId) = (new ShownAnswer(), null);
            hasBroken = !await ReadAsync(HttpMethod.Get, "/chat-1/stream");
        }
        else if (hasBroken && @case.Ending.StartsWith("reconnect", StringComparison.Ordinal))
        {
            hasBroken = !await ReadAsync(HttpMethod.Get, "/chat-1/stream");
        }

        return _answer.Observe(@case.Wire, stops, isNaive && !hasBroken);
    }

    public void Dispose() => _client.Dispose();

    /// <returns>Whether the body ended cleanly.</returns>
    private async Task<bool> ReadAsync(HttpMethod method, string path, Func<Task<bool>>? onText = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address + path));
        if (method == HttpMethod.Post) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        else if (!Replays && _lastEventId is not null) request.Headers.Add("Last-Event-ID", _lastEventId);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode == HttpStatusCode.NoContent || (method == HttpMethod.Get && !response.IsSuccessStatusCode)) return false;
        if (!response.IsSuccessStatusCode)
        {
            _answer.Fail(@case.Wire, await response.Content.ReadAsStringAsync());
            return true;
        }

        if (method == HttpMethod.Get && Replays) _answer = new ShownAnswer();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        string data = "";
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal)) _lastEventId = line[4..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
                if (line.Length > 0 || data.Length == 0) continue;
                bool hadText = _answer.Text.Length > 0;
                _answer.Add(@case.Wire, data);
                data = "";
                if (!hadText && _answer.Text.Length > 0 && onText is not null && !await onText()) return false;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }

    private async Task StopAsync()
    {
        using HttpResponseMessage response = await _client.PostAsync(new Uri(_address + "/chat-1/stop"), content: null);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }
}
