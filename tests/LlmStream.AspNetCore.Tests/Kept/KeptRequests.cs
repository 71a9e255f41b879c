namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Requests of the four wires, each of the conversation <c>chat-1</c>.</summary>
internal static class KeptRequests
{
    public static readonly string[] Wires = ["ui-messages", "openai", "ag-ui", "json"];

    public static ChatWire Wire(string name) => ChatWire.All.First(wire => wire.Name == name);

    public static string Of(
        string wire, string text = "hi", string chat = "chat-1", string? run = null, bool isRegeneration = false) => wire switch
        {
            "ui-messages" =>
                $$"""{"id":"{{chat}}","trigger":"{{(isRegeneration ? "regenerate" : "submit")}}-message","messages":[{{User(text)}}]}""",
            "openai" => $$$"""{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"{{{text}}}"}]}""",
            "ag-ui" =>
                $$"""{"threadId":"{{chat}}","runId":"run-{{run ?? text}}","messages":[{"id":"u","role":"user","content":"{{text}}"}]}""",
            _ => $$"""{"message":"{{text}}","id":"{{chat}}"}""",
        };

    /// <summary>Posts a request; with the header for wires whose body has no id of the conversation.</summary>
    public static Task<HttpResponseMessage> AskAsync(this KeptNode node, string wire, string text = "hi", string chat = "chat-1") =>
        node.SendAsync(wire, Of(wire, text, chat), chat);

    /// <summary>
    /// Posts a request that is the same if it is sent again with the same key: on wires whose bodies do not tell, by a header.
    /// </summary>
    public static Task<HttpResponseMessage> AskAsync(
        this KeptNode node, string wire, string text, string chat, string key, bool isRegeneration = false, bool isSlow = false)
    {
        string? header = wire is "openai" or "json" ? $"{text} {key}" : null;
        return node.SendAsync(wire, Of(wire, text, chat, $"{text}-{key}", isRegeneration), chat, header, isSlow ? chat : null);
    }

    private static Task<HttpResponseMessage> SendAsync(
        this KeptNode node, string wire, string body, string chat, string? key = null, string? gate = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/chat")
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        if (wire == "openai") request.Headers.Add("X-Conversation-Id", chat);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (gate is not null) request.Headers.Add(SlowReaders.Header, gate);
        return node.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static string User(string text) =>
        $$"""{"id":"u-{{text}}","role":"user","parts":[{"type":"text","text":"{{text}}"}]}""";
}
