using Anthropic;
using Anthropic.Models.Messages;
using LlmStream.Benchmarks.Streams;
using LlmStream.Transport;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>Anthropic's own package, as its documentation says: <c>Messages.CreateStreaming</c>.</summary>
internal sealed class AnthropicPackage : Contestant
{
    private static readonly MessageCreateParams Question = new()
    {
        MaxTokens = 1_024,
        Model = "m",
        Messages = [new UserMessageParam { Content = "Why is the sky blue?" }],
    };

    private readonly CannedHandler _handler = new();
    private readonly AnthropicClient _client;

    public AnthropicPackage() => _client = new() { ApiKey = "none", BaseUrl = "http://127.0.0.1", HttpClient = new HttpClient(_handler) };

    public override string Name => "Anthropic package";

    public override bool Reads(KnownStream stream) => stream.Dialect == "anthropic";

    protected override async Task ReadAsync(KnownStream stream, Stream body, Tally tally)
    {
        _handler.Body = body;
        await foreach (RawMessageStreamEvent message in _client.Messages.CreateStreaming(Question))
        {
            if (message.TryPickContentBlockDelta(out RawContentBlockDeltaEvent? block) && block.Delta.TryPickText(out TextDelta? text)) tally.AddText(text.Text);
        }
    }
}
