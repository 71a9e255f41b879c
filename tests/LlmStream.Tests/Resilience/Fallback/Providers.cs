using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience.Fallback;

/// <summary>Providers on different hosts, all served by one <see cref="StubServer"/> in the order of the requests.</summary>
internal static class Providers
{
    public static LlmProvider First { get; } =
        LlmProvider.CreateOpenAICompatible(new Uri("https://first.test/v1"), "first") with { DefaultModel = "m-1" };

    public static LlmProvider Second { get; } =
        LlmProvider.CreateOpenAICompatible(new Uri("https://second.test/v1"), "second") with { DefaultModel = "m-2" };

    public static LlmProvider Third { get; } = LlmProvider.Anthropic with { Name = "third", BaseAddress = new Uri("https://third.test/v1"), DefaultModel = "claude-haiku-4-5" };

    public static LlmProvider Gemini { get; } = LlmProvider.Gemini with { BaseAddress = new Uri("https://gemini.test/v1beta") };

    public const string AnthropicAnswer =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"
        + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"blue.\"}}\n\n"
        + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
        + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    public static LlmFallback Fallback(LlmProvider provider, string? model = null) => new() { Provider = provider, ApiKey = $"key-of-{provider.Name}", Model = model };

    /// <summary>A client of <see cref="First"/> with fallbacks, without retries unless they are configured.</summary>
    public static LlmStreamClient Client(StubServer server, Action<LlmStreamOptions>? configure, params LlmProvider[] fallbacks) => server.Client(options =>
    {
        options.Provider = First;
        options.Retry = LlmRetryOptions.Off;
        foreach (LlmProvider fallback in fallbacks) options.Fallbacks.Add(Fallback(fallback));
        configure?.Invoke(options);
    });

    public static LlmStreamClient Client(StubServer server, params LlmProvider[] fallbacks) => Client(server, null, fallbacks);

    public static string[] Hosts(this StubServer server) => [.. server.Requests.Select(request => request.RequestUri!.Host.Split('.')[0])];

    public static async Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> ReadAsync(
        this LlmStreamClient client, string prompt = "Why?", ChatOptions? options = null)
    {
        var deltas = new List<ChatDelta>();
        await foreach (ChatDelta delta in client.StreamAsync(prompt, options)) deltas.Add(delta);
        return (deltas, await deltas.ToAsyncEnumerable().CollectAsync());
    }
}
