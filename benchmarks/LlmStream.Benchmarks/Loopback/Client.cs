using System.Net.Http.Headers;
using LlmStream.Benchmarks.Contestants;
using OpenAI.Chat;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>One way to ask a server and to read its answer. Many can be read at once.</summary>
internal abstract class Client
{
    public const string Http = "HttpClient";
    public const string Lines = "HttpClient + StreamReader";
    public const string ByHand = "by hand";
    public const string LlmStream = "LlmStream";
    public const string OpenAIPackage = "OpenAI package";

    /// <summary>Asks, and reads the answer to its end.</summary>
    /// <param name="tally">Takes what is read.</param>
    /// <param name="received">Called in the loop's body, for each piece of text.</param>
    public abstract Task ReadAsync(Tally tally, Action? received = null);

    public static Client Create(string name, Uri endpoint) => name switch
    {
        Http => new HttpAlone(endpoint),
        Lines => new LineLoop(endpoint, parse: false),
        ByHand => new LineLoop(endpoint, parse: true),
        LlmStream => new LlmStreamLoop(endpoint),
        OpenAIPackage => new OpenAIPackageLoop(endpoint),
        _ => throw new ArgumentException($"There is no client “{name}”.", nameof(name)),
    };

    private sealed class LlmStreamLoop(Uri endpoint) : Client
    {
        private readonly LlmStreamClient _client = new(LlmProvider.Compatible(endpoint) with { DefaultModel = "m" });

        public override async Task ReadAsync(Tally tally, Action? received)
        {
            await foreach (ChatDelta delta in _client.StreamAsync("Why is the sky blue?"))
            {
                if (delta.Text.Length == 0) continue;
                tally.AddText(delta.Text);
                received?.Invoke();
            }
        }
    }

    private sealed class OpenAIPackageLoop(Uri endpoint) : Client
    {
        private readonly ChatClient _client = Contestants.OpenAIPackage.Connect(new HttpClient(), endpoint);

        public override Task ReadAsync(Tally tally, Action? received) => Contestants.OpenAIPackage.ReadAsync(_client, tally, received);
    }

    /// <summary>The response and its body, and no reader on top of it.</summary>
    private sealed class HttpAlone(Uri endpoint) : Client
    {
        // What is in it is of no interest: all streams read into the same one, so that it counts for none of them.
        private static readonly byte[] Buffer = new byte[4096];

        private readonly Question _question = new(endpoint);

        public override async Task ReadAsync(Tally tally, Action? received)
        {
            using HttpResponseMessage response = await _question.AskAsync();
            await using Stream body = await response.Content.ReadAsStreamAsync();
            int count;
            while ((count = await body.ReadAsync(Buffer)) > 0)
            {
                tally.AddPayload(count);
                received?.Invoke();
            }
        }
    }

    private sealed class LineLoop(Uri endpoint, bool parse) : Client
    {
        private const string Data = "data: ";

        private readonly Question _question = new(endpoint);

        public override async Task ReadAsync(Tally tally, Action? received)
        {
            using HttpResponseMessage response = await _question.AskAsync();
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            if (parse)
            {
                await HandWritten.ReadAsync(reader, "openai", tally, received);
                return;
            }

            // The first event has no text.
            int events = 0;
            while (await reader.ReadLineAsync() is { } line)
            {
                if (!line.StartsWith(Data, StringComparison.Ordinal)) continue;
                if (events++ > 0) received?.Invoke();
                tally.AddPayload(line.Length - Data.Length);
            }
        }
    }

    private sealed class Question(Uri endpoint)
    {
        private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
        private readonly Uri _address = new(endpoint.AbsoluteUri + "/chat/completions");

        public Task<HttpResponseMessage> AskAsync()
        {
            var content = new ByteArrayContent("""{"model":"m","stream":true,"messages":[{"role":"user","content":"Why is the sky blue?"}]}"""u8.ToArray());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return _http.SendAsync(new HttpRequestMessage(HttpMethod.Post, _address) { Content = content }, HttpCompletionOption.ResponseHeadersRead);
        }
    }
}
