using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>An <see cref="LlmStreamClient"/> for each provider, which sends a request for each stream, as the packages do.</summary>
internal sealed class LlmStreamClientReader : Reader
{
    private readonly FixedResponseHandler _handler = new();
    private readonly Dictionary<(string Dialect, string Provider), LlmStreamClient> _clients = [];

    public override string Name => "LlmStream client";

    /// <summary>Creates a client for a dialect.</summary>
    public static LlmStreamClient Create(string dialect, HttpMessageHandler handler)
    {
        LlmProvider provider = LlmProvider.All.First(provider => provider.Dialect.Name == dialect) with
        {
            BaseAddress = new Uri("http://127.0.0.1/v1/"),
            DefaultModel = "m",
        };
        return new(
            new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }, new LlmStreamOptions { Provider = provider, ApiKey = "none" });
    }

    public override bool CanRead(SampleStream stream) => stream.TextMode == ChatTextMode.Auto;

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        if (!_clients.TryGetValue((stream.Dialect, stream.Provider), out LlmStreamClient? client))
            _clients[(stream.Dialect, stream.Provider)] = client = Create(stream.Dialect, _handler);
        _handler.Respond(stream, body);
        await foreach (ChatDelta delta in client.StreamAsync("Why is the sky blue?"))
        {
            totals.AddText(delta.Text);
            totals.AddReasoning(delta.Reasoning);
            foreach (ToolCallDelta call in delta.ToolCalls) totals.AddArguments(call.Arguments);
        }
    }
}
