using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>
/// A server on loopback that does as little work as possible: responses are prepared, with each event in a separate HTTP chunk, as
/// providers send them. The path of a request determines how the response is sent.
/// </summary>
internal sealed class LoopbackServer : IDisposable
{
    private const int Backlog = 4_096;
    private const int EventsBeforeHold = 4;

    /// <summary>Sends everything at once.</summary>
    public const string AtOnce = "at-once";

    private const string Paced = "paced-";
    private const string Held = "held";
    private const string Timed = "timed";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<int, ServedResponse> _responses = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _firstTextSentAt;

    public LoopbackServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The <see cref="Stopwatch"/> timestamp at which the first text of the last timed response was sent.</summary>
    public long FirstTextSentAt => Volatile.Read(ref _firstTextSentAt);

    /// <summary>Sends each event by itself, at a steady rate for each stream.</summary>
    public static string GetPacedMode(int milliseconds) => Paced + milliseconds.ToString(CultureInfo.InvariantCulture);

    /// <summary>The endpoint that sends everything at once.</summary>
    public static Uri GetAtOnceEndpoint(int port, int chunks) => GetEndpoint(port, AtOnce, chunks);

    /// <summary>The endpoint that sends the first events, and the rest after <see cref="Release"/>.</summary>
    public static Uri GetHeldEndpoint(int port, int chunks) => GetEndpoint(port, Held, chunks);

    /// <summary>The endpoint that pauses before the first event with text and after it.</summary>
    public static Uri GetTimedEndpoint(int port, int chunks) => GetEndpoint(port, Timed, chunks);

    public static SampleStream GetAnswer(int chunks) => ProviderStreams.OpenAI(chunks);

    public void Release() => _release.TrySetResult();

    public void Dispose() => _listener.Dispose();

    /// <summary>The endpoint of a mode.</summary>
    public static Uri GetEndpoint(int port, string mode, int chunks) =>
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
                    string[] segments = path.Split('/');
                    int chunks = int.Parse(segments[2], CultureInfo.InvariantCulture);
                    ServedResponse response = _responses.GetOrAdd(chunks, static chunks => new ServedResponse(GetAnswer(chunks)));
                    await RespondAsync(socket, segments[1], response);
                }
            }
            catch (SocketException)
            {
                // The client disconnected.
            }
        }
    }

    private async Task RespondAsync(Socket socket, string mode, ServedResponse response)
    {
        switch (mode)
        {
            case Held:
                await SendAsync(socket, response.GetFirst(EventsBeforeHold));
                await _release.Task;
                await SendAsync(socket, response.GetFrom(EventsBeforeHold));
                break;
            case Timed:
                // The first event has no text; it is sent with the head.
                await SendAsync(socket, response.GetFirst(1));
                await Task.Delay(Pause, TimeProvider.System);
                Volatile.Write(ref _firstTextSentAt, Stopwatch.GetTimestamp());
                await SendAsync(socket, response.GetEvent(1));
                await Task.Delay(Pause, TimeProvider.System);
                await SendAsync(socket, response.GetFrom(2));
                break;
            case not null when mode.StartsWith(Paced, StringComparison.Ordinal):
                int milliseconds = int.Parse(mode[Paced.Length..], CultureInfo.InvariantCulture);
                using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds)))
                {
                    await SendAsync(socket, response.GetFirst(1));
                    for (int i = 1; i < response.Count; i++)
                    {
                        await timer.WaitForNextTickAsync();
                        await SendAsync(socket, response.GetEvent(i));
                    }
                }

                break;
            default:
                await SendAsync(socket, response.GetFrom(0));
                break;
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes)..];
    }
}
