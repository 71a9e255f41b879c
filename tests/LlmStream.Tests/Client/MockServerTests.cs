using System.Diagnostics;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Client;

/// <summary>
/// Reads an independent mock server, the npm package <c>@copilotkit/aimock</c>, in each dialect, so that the dialects are not only
/// tested against this repository's own understanding of them.
/// </summary>
public sealed class MockServerTests(MockServerTests.Server server) : IClassFixture<MockServerTests.Server>
{
    private const string Text = "Hello, wörld 😀! This is \"quoted\".\nSecond line.";

    private static readonly Dictionary<string, string> Paths = new(StringComparer.Ordinal)
    {
        ["openai"] = "v1/",
        ["gemini"] = "v1beta/",
        ["anthropic"] = "v1/",
        ["ollama-native"] = "api/",
        ["cohere"] = "v2/",
        ["openai-responses"] = "v1/",
    };

    public static TheoryData<string> Providers => [.. Paths.Keys];

    // In Cohere's format the mock sends reasoning as another block of text, which cannot be told from the answer.
    public static TheoryData<string> ProvidersOfThoughts => [.. Paths.Keys.Where(provider => provider is not "cohere")];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Text_is_complete(string provider)
    {
        ChatStreamResult answer = await AskAsync(provider, "text");

        Assert.Equal((Text, ChatFinishReason.Stop, true), (answer.Text, answer.FinishReason, answer.IsComplete));
        Assert.NotNull(answer.Usage);
    }

    [Theory]
    [MemberData(nameof(ProvidersOfThoughts))]
    public async Task Reasoning_is_separate_from_text(string provider)
    {
        ChatStreamResult answer = await AskAsync(provider, "reason");

        Assert.Equal(("The answer is 42.", "Let me think about it."), (answer.Text, answer.Reasoning));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Tool_calls_are_read(string provider)
    {
        ChatStreamResult answer = await AskAsync(provider, "tool");

        Assert.Equal(["weather", "now"], answer.ToolCalls.Select(call => call.Name));
        FunctionCallContent[] calls = [.. answer.ToChatMessage().Contents.OfType<FunctionCallContent>()]; // Cohere sends a plan before the calls
        Assert.Equal("Paris", calls[0].Arguments?["city"]?.ToString());
        Assert.Empty(calls[1].Arguments!);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_lost_connection_is_an_error(string provider)
    {
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => AskAsync(provider, "disconnect"));

        Assert.True(failure.Error is ChatStreamError.Truncated or ChatStreamError.Connection, failure.Message);
        Assert.StartsWith(failure.Partial.Text, "A long answer that breaks off in the middle of it.", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task The_message_of_an_error_is_read(string provider)
    {
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => AskAsync(provider, "refuse"));

        Assert.Equal((ChatStreamError.InvalidRequest, "Not today"), (failure.Error, failure.ProviderMessage));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task The_results_of_tools_are_accepted(string provider)
    {
        using LlmStreamClient client = Client(provider);
        AIFunction weather = AIFunctionFactory.Create((string city) => $"sunny in {city}", "weather");
        List<ChatMessage> messages = [new(ChatRole.User, "one tool")];
        var options = new ChatOptions { Tools = [weather] };

        ChatStreamResult calling = await client.StreamAsync(messages, options, TestContext.Current.CancellationToken).CollectAsync(TestContext.Current.CancellationToken);
        messages.Add(calling.ToChatMessage());
        FunctionCallContent call = Assert.Single(messages[^1].Contents.OfType<FunctionCallContent>());
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, await weather.InvokeAsync(new AIFunctionArguments(call.Arguments), TestContext.Current.CancellationToken))]));
        ChatStreamResult answer = await client.StreamAsync(messages, options, TestContext.Current.CancellationToken).CollectAsync(TestContext.Current.CancellationToken);

        Assert.Equal("It is sunny.", answer.Text);
    }

    private LlmStreamClient Client(string provider)
    {
        if (server.Address is null) Assert.Skip("Node, or its package '@copilotkit/aimock', is not installed.");
        return new LlmStreamClient(new LlmStreamOptions
        {
            Provider = LlmProvider.Parse(provider) with { BaseAddress = new Uri(server.Address, Paths[provider]) },
            ApiKey = "key",
            Model = "m",
            Retry = new LlmRetryOptions { MaxRetries = 0 },
            Resume = new LlmResumeOptions { MaxResumes = 0 },
        });
    }

    private async Task<ChatStreamResult> AskAsync(string provider, string prompt)
    {
        using LlmStreamClient client = Client(provider);
        return await client.StreamAsync(prompt, cancellationToken: TestContext.Current.CancellationToken).CollectAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The server, if node and the package are installed.</summary>
    public sealed class Server : IAsyncLifetime
    {
        // The package is found by node; NODE_PATH can name its folder. The process ends with its standard input.
        private const string Program = """
            const { LLMock } = require('@copilotkit/aimock');
            (async () => {
                const mock = new LLMock({ port: 0, chunkSize: 5 });
                mock.onMessage('text', { content: 'Hello, wörld 😀! This is "quoted".\nSecond line.' });
                mock.onMessage('reason', { content: 'The answer is 42.', reasoning: 'Let me think about it.' });
                mock.addFixture({ match: { userMessage: 'one tool', hasToolResult: true }, response: { content: 'It is sunny.' } });
                mock.onMessage('one tool', { toolCalls: [{ name: 'weather', arguments: '{"city":"Paris"}' }] });
                mock.onMessage('tool', { toolCalls: [{ name: 'weather', arguments: '{"city":"Paris"}' }, { name: 'now', arguments: '{}' }] });
                mock.onMessage('refuse', { error: { message: 'Not today', type: 'invalid_request_error' }, status: 400 });
                mock.onMessage('disconnect', { content: 'A long answer that breaks off in the middle of it.' }, { truncateAfterChunks: 4 });
                await mock.start();
                console.log(mock.url);
                process.stdin.on('end', () => process.exit(0)).resume();
            })();
            """;

        private Process? _process;

        public Uri? Address { get; private set; }

        public async ValueTask InitializeAsync()
        {
            var start = new ProcessStartInfo("node", ["-e", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                _process = Process.Start(start)!;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return; // node is not installed
            }

            _ = _process.StandardError.ReadToEndAsync();
            Address = await _process.StandardOutput.ReadLineAsync() is { } url ? new Uri(url) : null;
        }

        public async ValueTask DisposeAsync()
        {
            if (_process is null) return;
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
