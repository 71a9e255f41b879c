using Microsoft.AspNetCore.Http;

namespace LlmStream.Browser.Tests.Web;

/// <summary>An answer whose every event is chosen by the test.</summary>
internal sealed class PageAnswer
{
    private readonly HttpContext _http;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PageAnswer(HttpContext http, string request, string id)
    {
        _http = http;
        Request = request;
        Id = id;
        http.RequestAborted.Register(() => _ended.TrySetResult());
    }

    /// <summary>The body of the request.</summary>
    public string Request { get; }

    /// <summary>The id of the answer.</summary>
    public string Id { get; }

    /// <summary>The method of the request.</summary>
    public string Method => _http.Request.Method;

    /// <summary>The cookies of the request.</summary>
    public string Cookies => _http.Request.Headers.Cookie.ToString();

    /// <summary>Completes when the answer has ended, or the client has left.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends events: their JSON.</summary>
    public async Task<PageAnswer> SendAsync(params string[] events)
    {
        if (!_http.Response.HasStarted) _http.Response.ContentType = "text/event-stream; charset=utf-8";
        foreach (string json in events) await _http.Response.WriteAsync($"data: {json}\n\n");
        await _http.Response.Body.FlushAsync();
        return this;
    }

    /// <summary>Sends the beginning of an answer with a text.</summary>
    public Task<PageAnswer> SendTextAsync(string text) => SendAsync(
        $$"""{"type":"start","messageId":"{{Id}}"}""",
        """{"type":"start-step"}""",
        """{"type":"text-start","id":"t"}""",
        $$"""{"type":"text-delta","id":"t","delta":{{System.Text.Json.JsonSerializer.Serialize(text)}}}""");

    /// <summary>Ends the answer as complete.</summary>
    public async Task CompleteAsync()
    {
        await SendAsync("""{"type":"finish-step"}""", """{"type":"finish","finishReason":"stop"}""", "[DONE]");
        End();
    }

    /// <summary>Ends the body, whatever was sent.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Closes the connection without the end of the body.</summary>
    public void Abort() => _http.Abort();

    /// <summary>Answers with a status.</summary>
    public async Task RefuseAsync(int status, string contentType, string body)
    {
        _http.Response.StatusCode = status;
        _http.Response.ContentType = contentType;
        await _http.Response.WriteAsync(body);
        End();
    }
}
