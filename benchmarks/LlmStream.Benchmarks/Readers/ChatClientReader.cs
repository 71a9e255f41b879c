using LlmStream.Benchmarks.Streams;
using Microsoft.Extensions.AI;
using OllamaSharp;

namespace LlmStream.Benchmarks.Readers;

/// <summary>An <see cref="IChatClient"/>, of LlmStream or of a package.</summary>
internal sealed class ChatClientReader : Reader
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "Why is the sky blue?")];

    private readonly FixedResponseHandler _handler = new();
    private readonly string _dialect;
    private readonly IChatClient _client;

    private ChatClientReader(string name, string dialect, Func<HttpMessageHandler, IChatClient> create, bool invokesFunctions)
    {
        Name = invokesFunctions ? name + ", UseFunctionInvocation" : name;
        _dialect = dialect;
        _client = create(_handler);
        if (invokesFunctions) _client = _client.AsBuilder().UseFunctionInvocation().Build();
    }

    public override string Name { get; }

    public static ChatClientReader LlmStream(string dialect, bool invokesFunctions = false) =>
        new("AsIChatClient", dialect, handler => LlmStreamClientReader.Create(dialect, handler).AsIChatClient(), invokesFunctions);

    public static ChatClientReader OpenAIPackage(bool invokesFunctions = false) => new(
        "Microsoft.Extensions.AI.OpenAI",
        "openai",
        handler => OpenAIPackageReader.CreateClient(new HttpClient(handler), new Uri("http://127.0.0.1/v1")).AsIChatClient(),
        invokesFunctions);

    public static ChatClientReader OllamaSharp() => new(
        "OllamaSharp",
        "ollama",
        handler => new OllamaApiClient(new HttpClient(handler) { BaseAddress = new Uri("http://127.0.0.1") }, "m"),
        invokesFunctions: false);

    public override bool CanRead(SampleStream stream) => stream.Dialect == _dialect;

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        _handler.Respond(stream, body);
        await foreach (ChatResponseUpdate update in _client.GetStreamingResponseAsync(Question))
        {
            foreach (AIContent content in update.Contents)
            {
                if (content is TextContent text) totals.AddText(text.Text);
                else if (content is FunctionCallContent call) totals.AddArguments(call.Arguments![ToolStreams.ArgumentName]!.ToString());
            }
        }
    }

    protected override bool IsCorrect<T>(SampleStream stream, ReadTotals totals, Func<TextHash, T> select) =>
        AreEqual(select(stream.Text), select(totals.Text)) && AreEqual(select(stream.ArgumentText), select(totals.Arguments));
}
