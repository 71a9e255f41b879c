using System.ClientModel;
using System.ClientModel.Primitives;
using LlmStream.Benchmarks.Streams;
using OpenAI;
using OpenAI.Chat;

namespace LlmStream.Benchmarks.Readers;

/// <summary>
/// The package <c>OpenAI</c>, used as in its documentation: <c>CompleteChatStreamingAsync</c>. It does not read reasoning.
/// </summary>
internal sealed class OpenAIPackageReader : Reader
{
    private readonly FixedResponseHandler _handler = new();
    private readonly ChatClient _client;

    public OpenAIPackageReader() => _client = CreateClient(new HttpClient(_handler), new Uri("http://127.0.0.1/v1"));

    public override string Name => "OpenAI package";

    public static ChatClient CreateClient(HttpClient http, Uri endpoint)
    {
        var options = new OpenAIClientOptions { Endpoint = endpoint, Transport = new HttpClientPipelineTransport(http) };
        return new ChatClient("m", new ApiKeyCredential("none"), options);
    }

    public static async Task ReadAsync(ChatClient client, ReadTotals totals, Action? textReceived = null)
    {
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("Why is the sky blue?"))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate)
            {
                if (string.IsNullOrEmpty(part.Text)) continue;
                totals.AddText(part.Text);
                textReceived?.Invoke();
            }

            foreach (StreamingChatToolCallUpdate call in update.ToolCallUpdates)
            {
                if (call.FunctionArgumentsUpdate is { } fragment) totals.AddArguments(fragment.ToString());
            }
        }
    }

    public override bool CanRead(SampleStream stream) => stream.IsReadByOpenAIPackage;

    protected override Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        _handler.Respond(stream, body);
        return ReadAsync(_client, totals);
    }

    protected override bool IsCorrect<T>(SampleStream stream, ReadTotals totals, Func<TextHash, T> select) =>
        AreEqual(select(stream.Text), select(totals.Text)) && HasArguments(stream, totals, select);
}
