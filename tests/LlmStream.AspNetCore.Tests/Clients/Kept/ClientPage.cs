using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>A page with a real client, which stays open from command to command.</summary>
internal sealed class ClientPage
{
    private static int _count;

    private readonly NodeClient _client;
    private readonly string _name = $"page-{Interlocked.Increment(ref _count)}";
    private readonly string _chatId;
    private readonly string _browser;
    private readonly Uri _url;

    private ClientPage(NodeClient client, Uri url, string chatId, string browser) =>
        (_client, _url, _chatId, _browser) = (client, url, chatId, browser);

    /// <summary>Opens a page of a new chat, in a new browser.</summary>
    public static async Task<ClientPage> OpenAsync(NodeClient client, Uri url)
    {
        client.SkipIfMissing();
        string name = $"{Interlocked.Increment(ref _count)}";
        var page = new ClientPage(client, url, $"chat {name}/柏", $"browser-{name}");
        await page.OpenAsync(from: null, history: null);
        return page;
    }

    /// <summary>Opens the same chat anew, as a reload or a second tab does.</summary>
    /// <param name="history">The messages that the application has stored: <c>user</c>, <c>all</c>, or null for none.</param>
    /// <param name="url">The address; null for the same.</param>
    /// <param name="otherBrowser">Whether it is somebody else's browser.</param>
    public async Task<ClientPage> OpenAgainAsync(string? history = "user", Uri? url = null, bool otherBrowser = false)
    {
        var page = new ClientPage(_client, url ?? _url, _chatId, otherBrowser ? $"{_browser}-other" : _browser);
        await page.OpenAsync(_name, history);
        return page;
    }

    /// <summary>Starts to send a message.</summary>
    public Task<Seen> SendAsync(string text, string? key = null) => DoAsync("send", new() { ["text"] = text, ["key"] = key });

    /// <summary>Starts to request the answer again.</summary>
    /// <param name="all">For OpenAI's SDK: from the beginning.</param>
    public Task<Seen> ResumeAsync(bool all = false) => DoAsync("resume", new() { ["all"] = all });

    public Task<Seen> RegenerateAsync() => DoAsync("regenerate");

    /// <summary>Sends the results of the tools that were called.</summary>
    public Task<Seen> OutputAsync(object output) => DoAsync("output", new() { ["output"] = JsonSerializer.SerializeToNode(output) });

    /// <summary>Tells the server to stop.</summary>
    public Task<Seen> StopAsync() => DoAsync("stop");

    /// <summary>Disconnects.</summary>
    public Task<Seen> LeaveAsync() => DoAsync("leave");

    /// <summary>Waits until the page shows a text.</summary>
    public Task<Seen> ShowsAsync(string text) => DoAsync("text", new() { ["text"] = text });

    /// <summary>Has the next requests go to another node.</summary>
    public Task<Seen> MoveAsync(Uri url) => DoAsync("move", new() { ["url"] = url.OriginalString });

    private Task<Seen> OpenAsync(string? from, string? history) => DoAsync("open", new()
    {
        ["url"] = _url.OriginalString,
        ["chatId"] = _chatId,
        ["browser"] = _browser,
        ["from"] = from,
        ["history"] = history,
    });

    private async Task<Seen> DoAsync(string command, JsonObject? arguments = null)
    {
        Seen seen = await _client.Do(_name, command, arguments ?? []).Seen;
        Assert.Null(seen.Failure);
        // AG-UI's client throws the loss of a connection a second time, where nobody can catch it.
        Assert.DoesNotContain(seen.Uncaught, error => error != "TypeError: network error");
        return seen;
    }
}
