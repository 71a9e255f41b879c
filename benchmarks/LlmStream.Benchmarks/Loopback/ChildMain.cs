using System.Globalization;
using LlmStream.Benchmarks.Contestants;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>What a child does. Each prints lines that its parent waits for.</summary>
internal static class ChildMain
{
    public const string Serve = "--serve";
    public const string Hold = "--hold";
    public const string Start = "--start";

    private const int OpeningAtOnce = 100;

    public static bool Is(string argument) => argument is Serve or Hold or Start;

    public static Task RunAsync(string[] arguments) => arguments[0] switch
    {
        Serve => ServeAsync(),
        Hold => HoldAsync(arguments[1], Parse(arguments[2]), Parse(arguments[3]), Parse(arguments[4])),
        _ => StartAsync(arguments[1], Parse(arguments[2]), Parse(arguments[3])),
    };

    /// <summary>Serves until its input ends. Any line releases the answers that are held.</summary>
    private static async Task ServeAsync()
    {
        using var server = new LoopbackServer();
        Console.WriteLine(server.Port);
        while (await Console.In.ReadLineAsync() is not null) server.Release();
    }

    /// <summary>Opens streams, tells how much memory they take when each has given its first text, and reads them to their ends.</summary>
    private static async Task HoldAsync(string who, int port, int chunks, int streams)
    {
        // What is there once and for all does not count.
        for (int i = 0; i < 10; i++) await Client.Create(who, LoopbackServer.Flowing(port, chunks)).ReadAsync(new Tally());
        Client client = Client.Create(who, LoopbackServer.Held(port, chunks));
        long before = GC.GetTotalMemory(forceFullCollection: true);

        using var opening = new SemaphoreSlim(OpeningAtOnce);
        using var opened = new CountdownEvent(streams);
        Task<long>[] reading = new Task<long>[streams];
        for (int i = 0; i < streams; i++)
        {
            await opening.WaitAsync();
            reading[i] = ReadAsync(client, () =>
            {
                opening.Release();
                opened.Signal();
            });
        }

        opened.Wait();
        long memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(memory.ToString(CultureInfo.InvariantCulture));
        long[] read = await Task.WhenAll(reading);
        long whole = LoopbackServer.Answer(chunks).Text.Length;
        Console.WriteLine(read.Count(length => length == whole || who == Client.Http).ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<long> ReadAsync(Client client, Action first)
    {
        var tally = new Tally();
        bool isFirst = true;
        try
        {
            await client.ReadAsync(tally, First);
        }
        finally
        {
            // Who fails before his first text must not be waited for; that he failed comes out at the end.
            First();
        }

        return tally.Text.Length;

        void First()
        {
            if (isFirst) first();
            isFirst = false;
        }
    }

    /// <summary>Asks once, says so when the first text has come, and ends.</summary>
    private static async Task StartAsync(string who, int port, int chunks)
    {
        await Client.Create(who, LoopbackServer.Flowing(port, chunks)).ReadAsync(new Tally(), () =>
        {
            Console.WriteLine("first");
            Environment.Exit(0);
        });
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);
}
