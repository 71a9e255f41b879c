using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.Relay.Tests.Fakes;

/// <summary>
/// A provider in OpenAI's format that answers a request with a scripted answer, and a request for a continuation with the rest of it.
/// </summary>
internal sealed class ContinuingHandler(string name) : HttpMessageHandler
{
    /// <summary>Whether the first request gets no response.</summary>
    public bool HoldsFirst { get; init; }

    /// <summary>Ends when the first request has arrived.</summary>
    public TaskCompletionSource FirstRequest { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<JsonObject> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = (JsonObject)JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!;
        lock (Requests) Requests.Add(body);
        FirstRequest.TrySetResult();
        if (HoldsFirst && Requests.Count == 1) await Task.Delay(Timeout.Infinite, cancellationToken);
        string? partial = body["messages"]!.AsArray().LastOrDefault(message => (string?)message!["role"] == "assistant")?["content"]?.ToString();
        IReadOnlyList<string> events = ScriptedAnswers.Events(name);
        if (partial is not null)
        {
            ChatStreamResult whole = await ScriptedAnswers.ResultAsync(name);
            if (!whole.Text.StartsWith(partial, StringComparison.Ordinal)) throw new InvalidOperationException($"Wrong partial answer: {partial}");
            IEnumerable<string> others = events.SkipWhile(data => !data.Contains("tool_calls", StringComparison.Ordinal) && !IsEnd(data));
            events = [.. ScriptedAnswers.Texts(whole.Text[partial.Length..], 7), .. others];
        }

        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(ScriptedAnswers.Body(events), Encoding.UTF8, "text/event-stream"),
        };

        static bool IsEnd(string data) => data.Contains("\"finish_reason\":\"", StringComparison.Ordinal) || data == "[DONE]";
    }
}
