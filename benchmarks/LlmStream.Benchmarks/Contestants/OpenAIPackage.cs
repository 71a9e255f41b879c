using System.ClientModel;
using System.ClientModel.Primitives;
using LlmStream.Benchmarks.Streams;
using OpenAI;
using OpenAI.Chat;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>OpenAI's own package, as its documentation says: <c>CompleteChatStreamingAsync</c>. It reads no reasoning.</summary>
internal sealed class OpenAIPackage : Contestant
{
    private readonly CannedHandler _handler = new();
    private readonly ChatClient _client;

    public OpenAIPackage() => _client = Connect(new HttpClient(_handler), new Uri("http://127.0.0.1/v1"));

    public override string Name => "OpenAI package";

    public static ChatClient Connect(HttpClient http, Uri endpoint) => new(
        "m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = endpoint, Transport = new HttpClientPipelineTransport(http) });

    public static async Task ReadAsync(ChatClient client, Tally tally, Action? received = null)
    {
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("Why is the sky blue?"))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate)
            {
                if (string.IsNullOrEmpty(part.Text)) continue;
                tally.AddText(part.Text);
                received?.Invoke();
            }
        }
    }

    public override bool Reads(KnownStream stream) => stream.OpenAIPackageReads;

    protected override Task ReadAsync(KnownStream stream, Stream body, Tally tally)
    {
        _handler.Body = body;
        return ReadAsync(_client, tally);
    }

    protected override bool IsRight<T>(KnownStream stream, Tally tally, Func<Fingerprint, T> what) => Same(what(stream.Text), what(tally.Text));
}
