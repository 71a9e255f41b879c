using Anthropic;
using Anthropic.Models.Messages;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>The package <c>Anthropic</c>, used as in its documentation: <c>Messages.CreateStreaming</c>.</summary>
internal sealed class AnthropicPackageReader : Reader
{
    private static readonly MessageCreateParams Question = new()
    {
        MaxTokens = 1_024,
        Model = "m",
        Messages = [new UserMessageParam { Content = "Why is the sky blue?" }],
    };

    private readonly FixedResponseHandler _handler = new();
    private readonly AnthropicClient _client;

    public AnthropicPackageReader() =>
        _client = new() { ApiKey = "none", BaseUrl = "http://127.0.0.1", HttpClient = new HttpClient(_handler) };

    public override string Name => "Anthropic package";

    public override bool CanRead(SampleStream stream) => stream.Dialect == "anthropic";

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        _handler.Respond(stream, body);
        await foreach (RawMessageStreamEvent message in _client.Messages.CreateStreaming(Question))
        {
            if (!message.TryPickContentBlockDelta(out RawContentBlockDeltaEvent? block)) continue;
            if (block.Delta.TryPickText(out TextDelta? text)) totals.AddText(text.Text);
            else if (block.Delta.TryPickInputJson(out InputJsonDelta? json)) totals.AddArguments(json.PartialJson);
        }
    }
}
