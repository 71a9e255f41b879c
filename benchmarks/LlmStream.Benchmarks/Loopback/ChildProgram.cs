using System.Globalization;
using LlmStream.Benchmarks.Kept;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>What a <see cref="ChildProcess"/> runs. It reports to its parent in lines on standard output.</summary>
internal static class ChildProgram
{
    /// <summary>Runs a server: <c>--serve</c>. Prints the port.</summary>
    public const string Serve = "--serve";

    /// <summary>Opens streams: <c>--hold CLIENT PORT CHUNKS STREAMS</c>. Prints their memory, then how many were complete.</summary>
    public const string Hold = "--hold";

    /// <summary>Sends one request: <c>--start CLIENT PORT CHUNKS</c>. Prints its processor time, in microseconds, at the first text, and exits.</summary>
    public const string Start = "--start";

    /// <summary>
    /// Relays answers to browsers: <c>--relay RELAY PORT</c>. Prints its port, then, for each line of input, the processor time that it has
    /// spent, in microseconds.
    /// </summary>
    public const string Relay = "--relay";

    /// <summary>Keeps and reads streams: <c>--keep STORE STREAMS READERS CHUNKS</c>. Prints a <see cref="KeptMeasurement"/>.</summary>
    public const string Keep = "--keep";

    private const int MaxConcurrentOpens = 100;
    private const int WarmUpStreams = 10;

    public static bool IsCommand(string argument) => argument is Serve or Hold or Start or Relay or Keep;

    public static Task RunAsync(string[] arguments) => arguments[0] switch
    {
        Serve => ServeAsync(),
        Hold => HoldAsync(arguments[1], Parse(arguments[2]), Parse(arguments[3]), Parse(arguments[4])),
        Relay => RelayServer.RunAsync(arguments[1], Parse(arguments[2])),
        Keep => KeptStores.RunAsync(arguments[1], (Parse(arguments[2]), Parse(arguments[3]), Parse(arguments[4]))),
        _ => StartAsync(arguments[1], Parse(arguments[2]), Parse(arguments[3])),
    };

    /// <summary>Serves until its input ends. A line of input releases the held responses.</summary>
    private static async Task ServeAsync()
    {
        using var server = new LoopbackServer();
        Console.WriteLine(server.Port);
        while (await Console.In.ReadLineAsync() is not null) server.Release();
    }

    private static async Task HoldAsync(string clientName, int port, int chunks, int streams)
    {
        // Memory that is allocated once per process does not count.
        Uri atOnce = LoopbackServer.GetAtOnceEndpoint(port, chunks);
        for (int i = 0; i < WarmUpStreams; i++) await LoopbackClient.Create(clientName, atOnce).ReadAsync(new ReadTotals());
        LoopbackClient client = LoopbackClient.Create(clientName, LoopbackServer.GetHeldEndpoint(port, chunks));
        long before = GC.GetTotalMemory(forceFullCollection: true);

        using var opening = new SemaphoreSlim(MaxConcurrentOpens);
        using var notOpened = new CountdownEvent(streams);
        Task<long>[] reads = new Task<long>[streams];
        for (int i = 0; i < streams; i++)
        {
            await opening.WaitAsync();
            reads[i] = ReadAsync(client, () =>
            {
                opening.Release();
                notOpened.Signal();
            });
        }

        notOpened.Wait();
        long memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(memory.ToString(CultureInfo.InvariantCulture));
        long[] lengths = await Task.WhenAll(reads);
        long expected = LoopbackServer.GetAnswer(chunks).Text.Length;
        int complete = lengths.Count(length => length == expected || clientName == LoopbackClient.Http);
        Console.WriteLine(complete.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<long> ReadAsync(LoopbackClient client, Action opened)
    {
        var totals = new ReadTotals();
        bool isOpen = false;
        try
        {
            await client.ReadAsync(totals, Open);
        }
        finally
        {
            // Otherwise a stream that fails before its first text would never count as opened. It counts as incomplete.
            Open();
        }

        return totals.Text.Length;

        void Open()
        {
            if (!isOpen) opened();
            isOpen = true;
        }
    }

    private static Task StartAsync(string clientName, int port, int chunks)
    {
        LoopbackClient client = LoopbackClient.Create(clientName, LoopbackServer.GetAtOnceEndpoint(port, chunks));
        return client.ReadAsync(new ReadTotals(), () =>
        {
            double microseconds = Environment.CpuUsage.TotalTime.TotalMicroseconds;
            Console.WriteLine(microseconds.ToString(CultureInfo.InvariantCulture));
            Environment.Exit(0);
        });
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);
}
