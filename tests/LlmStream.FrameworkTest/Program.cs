using System;
using System.Diagnostics;
using System.IO;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using LlmStream;
using Microsoft.Extensions.AI;

namespace LlmStream.FrameworkTest;

/// <summary>Streams the answer of the server whose address is the first argument, and writes what it reads, one line for each event.
/// The last line is "end".</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (!await RunAsync(args)) return 2;
        Console.WriteLine("end");
        return 0;
    }

    private static async Task<bool> RunAsync(string[] args)
    {
        using var client = new LlmStreamClient(new LlmStreamOptions
        {
            Provider = LlmProvider.CreateOpenAICompatible(new Uri(args[1])) with { DefaultModel = "m" },
            ApiKey = "key",
            Resume = new LlmResumeOptions { Continuation = ChatContinuation.Prefill },
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero },
        });
        switch (args[0])
        {
            case "stream": await StreamAsync(client); break;
            case "chat-client": await ChatClientAsync(client); break;
            case "events": await EventsAsync(); break;
            case "cancel": await CancelAsync(client, leaves: false); break;
            case "leave": await CancelAsync(client, leaves: true); break;
            default: return false;
        }

        return true;
    }

    private static async Task StreamAsync(LlmStreamClient client)
    {
        try
        {
            await foreach (ChatDelta delta in client.StreamAsync("Why?"))
            {
                if (delta.Seam is not null) Console.WriteLine($"seam {delta.TextOffset}");
                if (delta.Text.Length > 0) Console.WriteLine($"text {delta.TextOffset} {delta.Text}");
                if (delta.FinishReason is { } reason) Console.WriteLine($"finish {reason}");
            }
        }
        catch (ChatStreamException exception)
        {
            Console.WriteLine($"error {exception.Error}, after '{exception.Partial.Text}'");
        }
    }

    private static async Task EventsAsync()
    {
        var json = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        byte[] stream = Encoding.UTF8.GetBytes("id: 7\nretry: 1500\nevent: greeting\ndata: \"für alle\"\n\ndata: \"2\"\n\n");
        await foreach (SseItem<string> item in SseReader.ReadAsync(
            new MemoryStream(stream), (JsonTypeInfo<string>)json.GetTypeInfo(typeof(string))))
        {
            Console.WriteLine($"{item.EventType} {item.EventId} {item.ReconnectionInterval} {item.Data}");
        }
    }

    private static async Task ChatClientAsync(LlmStreamClient client)
    {
        ChatResponse response = await client.AsIChatClient().GetStreamingResponseAsync("Why?").ToChatResponseAsync();
        Console.WriteLine($"answer {response.Text}");
        Console.WriteLine($"tokens {response.Usage?.OutputTokenCount}");
    }

    /// <summary>Cancels, or leaves the loop, once the text has begun; the rest of it never arrives.</summary>
    private static async Task CancelAsync(LlmStreamClient client, bool leaves)
    {
        using var cancellation = new CancellationTokenSource();
        var time = Stopwatch.StartNew();
        try
        {
            await foreach (ChatDelta delta in client.StreamAsync("Why?", cancellationToken: cancellation.Token))
            {
                if (delta.Text.Length == 0) continue;
                Console.WriteLine($"text {delta.TextOffset} {delta.Text}");
                time.Restart();
                if (leaves) break;
                cancellation.CancelAfter(50);
            }

            Console.WriteLine("left");
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("cancelled");
        }

        Console.Error.WriteLine($"{time.ElapsedMilliseconds} ms");
    }
}
