namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Requests of the four wires, each of the conversation <c>chat-1</c>.</summary>
internal static class KeptRequests
{
    public static readonly string[] Wires = ["ui-messages", "openai", "ag-ui", "json"];

    public static ChatWire Wire(string name) => ChatWire.All.First(wire => wire.Name == name);

    public static string Of(string wire, string text = "hi", string chat = "chat-1") => wire switch
    {
        "ui-messages" =>
            $$"""{"id":"{{chat}}","trigger":"submit-message","messages":[{{User(text)}}]}""",
        "openai" => $$$"""{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"{{{text}}}"}]}""",
        "ag-ui" =>
            $$"""{"threadId":"{{chat}}","runId":"run-{{text}}","messages":[{"id":"u","role":"user","content":"{{text}}"}]}""",
        _ => $$"""{"message":"{{text}}","id":"{{chat}}"}""",
    };

    /// <summary>Posts a request; with the header for wires whose body has no id of the conversation.</summary>
    public static Task<HttpResponseMessage> AskAsync(this KeptNode node, string wire, string text = "hi", string chat = "chat-1")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/chat")
        {
            Content = new StringContent(Of(wire, text, chat), System.Text.Encoding.UTF8, "application/json"),
        };
        if (wire == "openai") request.Headers.Add("X-Conversation-Id", chat);
        return node.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static string User(string text) =>
        $$"""{"id":"u-{{text}}","role":"user","parts":[{"type":"text","text":"{{text}}"}]}""";
}
