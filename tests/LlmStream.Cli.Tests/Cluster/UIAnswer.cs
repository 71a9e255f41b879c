using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>An answer as a browser gets it over the wire of UI messages, chunk by chunk.</summary>
internal sealed class UIAnswer : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;
    private readonly StringBuilder _text = new();

    private UIAnswer(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _reader = new StreamReader(body);
    }

    public HttpStatusCode Status => _response.StatusCode;

    /// <summary>The id by which it can be resumed and stopped.</summary>
    public string StreamId => _response.Headers.GetValues("X-Stream-Id").Single();

    /// <summary>The id of the message.</summary>
    public string MessageId { get; private set; } = "";

    public string Text => _text.ToString();

    public int SeamCount { get; private set; }

    /// <summary>The chunk that ended it: finish, error or abort. Null as long as there was none.</summary>
    public string? End { get; private set; }

    /// <summary>The text of an error.</summary>
    public string? Error { get; private set; }

    /// <summary>A request of <c>useChat</c>.</summary>
    public static object CreateRequest(string chatId) => new
    {
        id = chatId,
        messages = new[] { new { id = "u1", role = "user", parts = new[] { new { type = "text", text = "Why?" } } } },
        trigger = "submit-message",
    };

    /// <summary>Sends a message, and returns the answer when its headers have arrived.</summary>
    public static Task<UIAnswer> SendAsync(HttpClient client, Uri node, string chatId) => OpenAsync(
        client,
        new HttpRequestMessage(HttpMethod.Post, new Uri(node, "api/chat")) { Content = JsonContent.Create(CreateRequest(chatId)) });

    /// <summary>Resumes an answer.</summary>
    /// <param name="client">The client, with the cookie of the owner.</param>
    /// <param name="node">Any node.</param>
    /// <param name="id">The id of the chat, or of the answer.</param>
    public static Task<UIAnswer> ResumeAsync(HttpClient client, Uri node, string id) =>
        OpenAsync(client, new HttpRequestMessage(HttpMethod.Get, new Uri(node, $"api/chat/{id}/stream")));

    /// <summary>Reads until there is a text of this length.</summary>
    public async Task ReadTextAsync(int length)
    {
        while (Text.Length < length && await ReadAsync())
        {
        }

        Assert.InRange(Text.Length, length, int.MaxValue);
    }

    /// <summary>Reads to the end of the body, or until the connection is lost.</summary>
    /// <returns>Whether the body ended properly.</returns>
    public async Task<bool> ReadToEndAsync()
    {
        try
        {
            while (await ReadAsync())
            {
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }

    private static async Task<UIAnswer> OpenAsync(HttpClient client, HttpRequestMessage request)
    {
        HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new UIAnswer(response, await response.Content.ReadAsStreamAsync());
    }

    private async Task<bool> ReadAsync()
    {
        if (await _reader.ReadLineAsync() is not { } line) return false;
        if (!line.StartsWith("data: {", StringComparison.Ordinal)) return true;
        JsonElement chunk = JsonDocument.Parse(line["data: ".Length..]).RootElement;
        string type = chunk.GetProperty("type").GetString()!;
        if (type is "start") MessageId = chunk.GetProperty("messageId").GetString()!;
        if (type is "text-delta") _text.Append(chunk.GetProperty("delta").GetString());
        if (type is "data-seam") SeamCount++;
        if (type is "finish" or "error" or "abort") End = type;
        if (type is "error") Error = chunk.GetProperty("errorText").GetString();
        return true;
    }
}
