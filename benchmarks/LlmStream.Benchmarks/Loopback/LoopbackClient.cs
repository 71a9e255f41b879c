using System.Net.Http.Headers;
using LlmStream.Benchmarks.Readers;
using Microsoft.Extensions.AI;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>A client that sends a request and reads the answer. It can read many answers concurrently.</summary>
internal abstract class LoopbackClient
{
    public const string Http = "HttpClient";
    public const string Lines = "HttpClient + StreamReader";
    public const string HandWritten = "hand-written";
    public const string LlmStream = "LlmStream";
    public const string ChatClient = "LlmStream, AsIChatClient";
    public const string OpenAIPackage = "OpenAI package";
    public const string OpenAIChatClient = "Microsoft.Extensions.AI.OpenAI";

    /// <summary>Sends a request, and reads the answer to its end.</summary>
    /// <param name="totals">Records what is read.</param>
    /// <param name="textReceived">Called for each piece of text, in the body of the consumer's loop.</param>
    public abstract Task ReadAsync(ReadTotals totals, Action? textReceived = null);

    public static LoopbackClient Create(string name, Uri endpoint) => name switch
    {
        Http => new HttpLoop(endpoint),
        Lines => new LineLoop(endpoint, parse: false),
        HandWritten => new LineLoop(endpoint, parse: true),
        LlmStream => new LlmStreamLoop(endpoint),
        ChatClient => new LlmStreamChatClientLoop(endpoint),
        OpenAIPackage => new OpenAIPackageLoop(endpoint),
        OpenAIChatClient => new OpenAIChatClientLoop(endpoint),
        _ => throw new ArgumentException($"Unknown client “{name}”.", nameof(name)),
    };

    private sealed class LlmStreamLoop(Uri endpoint) : LoopbackClient
    {
        private readonly LlmStreamClient _client = CreateClient(endpoint);

        public static LlmStreamClient CreateClient(Uri endpoint) =>
            new(LlmProvider.CreateOpenAICompatible(endpoint) with { DefaultModel = "m" });

        public override async Task ReadAsync(ReadTotals totals, Action? textReceived)
        {
            await foreach (ChatDelta delta in _client.StreamAsync("Why is the sky blue?"))
            {
                if (delta.Text.Length == 0) continue;
                totals.AddText(delta.Text);
                textReceived?.Invoke();
            }
        }
    }

    private sealed class OpenAIPackageLoop(Uri endpoint) : LoopbackClient
    {
        private readonly OpenAI.Chat.ChatClient _client = OpenAIPackageReader.CreateClient(new HttpClient(), endpoint);

        public override Task ReadAsync(ReadTotals totals, Action? textReceived) =>
            OpenAIPackageReader.ReadAsync(_client, totals, textReceived);
    }

    private sealed class LlmStreamChatClientLoop(Uri endpoint) : ChatClientLoop
    {
        protected override IChatClient Client { get; } = LlmStreamLoop.CreateClient(endpoint).AsIChatClient();
    }

    private sealed class OpenAIChatClientLoop(Uri endpoint) : ChatClientLoop
    {
        protected override IChatClient Client { get; } = OpenAIPackageReader.CreateClient(new HttpClient(), endpoint).AsIChatClient();
    }

    private abstract class ChatClientLoop : LoopbackClient
    {
        protected abstract IChatClient Client { get; }

        public override async Task ReadAsync(ReadTotals totals, Action? textReceived)
        {
            await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync("Why is the sky blue?"))
            {
                string text = update.Text;
                if (text.Length == 0) continue;
                totals.AddText(text);
                textReceived?.Invoke();
            }
        }
    }

    /// <summary>Reads the body and ignores it.</summary>
    private sealed class HttpLoop(Uri endpoint) : LoopbackClient
    {
        // All streams share it, since its content does not matter and its memory must not count.
        private static readonly byte[] Buffer = new byte[4096];

        private readonly RequestSender _sender = new(endpoint);

        public override async Task ReadAsync(ReadTotals totals, Action? textReceived)
        {
            using HttpResponseMessage response = await _sender.SendAsync();
            await using Stream body = await response.Content.ReadAsStreamAsync();
            int count;
            while ((count = await body.ReadAsync(Buffer)) > 0)
            {
                totals.AddPayload(count);
                textReceived?.Invoke();
            }
        }
    }

    /// <summary>Finds the lines of the events, and optionally parses them.</summary>
    private sealed class LineLoop(Uri endpoint, bool parse) : LoopbackClient
    {
        private const string DataField = "data: ";

        private readonly RequestSender _sender = new(endpoint);

        public override async Task ReadAsync(ReadTotals totals, Action? textReceived)
        {
            using HttpResponseMessage response = await _sender.SendAsync();
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            if (parse)
            {
                await HandWrittenReader.ReadAsync(reader, "openai", totals, textReceived);
                return;
            }

            // The first event has no text.
            int events = 0;
            while (await reader.ReadLineAsync() is { } line)
            {
                if (!line.StartsWith(DataField, StringComparison.Ordinal)) continue;
                if (events++ > 0) textReceived?.Invoke();
                totals.AddPayload(line.Length - DataField.Length);
            }
        }
    }

    private sealed class RequestSender(Uri endpoint)
    {
        private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
        private readonly Uri _address = new(endpoint.AbsoluteUri + "/chat/completions");

        public Task<HttpResponseMessage> SendAsync()
        {
            byte[] body = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why is the sky blue?"}]}"""u8.ToArray();
            var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = content };
            return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
    }
}
