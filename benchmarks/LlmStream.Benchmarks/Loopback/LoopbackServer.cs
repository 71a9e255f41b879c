using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>
/// A server on loopback that does as little as it can: what it sends is made beforehand, each event in an HTTP chunk of its own, as
/// services send them. What it does with a request stands in the path.
/// </summary>
internal sealed class LoopbackServer : IDisposable
{
    private const int Backlog = 4_096;
    private const int EventsBeforeTheHold = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<int, ServedAnswer> _answers = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _firstEventSentAt;

    public LoopbackServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>When the first event of the last answer of <see cref="Timed"/> was handed to the socket, by <see cref="Stopwatch"/>.</summary>
    public long FirstEventSentAt => Volatile.Read(ref _firstEventSentAt);

    /// <summary>Everything at once.</summary>
    public static Uri Flowing(int port, int chunks) => Endpoint(port, "flow", chunks);

    /// <summary>The beginning, and the rest when <see cref="Release"/> is called.</summary>
    public static Uri Held(int port, int chunks) => Endpoint(port, "hold", chunks);

    /// <summary>The head, after a pause the first event with text, after another the rest.</summary>
    public static Uri Timed(int port, int chunks) => Endpoint(port, "time", chunks);

    public static KnownStream Answer(int chunks) => ServiceStreams.OpenAIWithPadding(chunks);

    public void Release() => _release.TrySetResult();

    public void Dispose() => _listener.Dispose();

    private static Uri Endpoint(int port, string mode, int chunks) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{mode}/{chunks}/v1"));

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var requests = new RequestReader(socket);
            try
            {
                while (await requests.ReadPathAsync() is { } path)
                {
                    string[] parts = path.Split('/');
                    await AnswerAsync(socket, parts[1], _answers.GetOrAdd(int.Parse(parts[2], CultureInfo.InvariantCulture), static chunks => new ServedAnswer(Answer(chunks))));
                }
            }
            catch (SocketException)
            {
                // The client went away.
            }
        }
    }

    private async Task AnswerAsync(Socket socket, string mode, ServedAnswer answer)
    {
        switch (mode)
        {
            case "hold":
                await SendAsync(socket, answer.Before(EventsBeforeTheHold));
                await _release.Task;
                await SendAsync(socket, answer.From(EventsBeforeTheHold));
                break;
            case "time":
                // The first event has no text; it goes with the head.
                await SendAsync(socket, answer.Before(1));
                await Task.Delay(Pause, TimeProvider.System);
                Volatile.Write(ref _firstEventSentAt, Stopwatch.GetTimestamp());
                await SendAsync(socket, answer.Between(1, 2));
                await Task.Delay(Pause, TimeProvider.System);
                await SendAsync(socket, answer.From(2));
                break;
            default:
                await SendAsync(socket, answer.From(0));
                break;
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes)..];
    }
}
