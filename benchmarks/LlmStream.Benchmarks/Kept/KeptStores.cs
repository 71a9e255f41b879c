using LlmStream.Redis;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Benchmarks.Kept;

/// <summary>The stores that are measured.</summary>
internal static class KeptStores
{
    public const string Memory = "memory";

    /// <summary>The variable with the address of a Redis server, such as <c>localhost:6379</c>. Without it, only the store in memory is measured.</summary>
    public const string RedisVariable = "LLMSTREAM_BENCHMARK_REDIS";

    /// <summary>Measures in this process, and prints the measurement.</summary>
    public static async Task RunAsync(string name, (int Streams, int Readers, int Chunks) size)
    {
        if (name == Memory)
        {
            using var memory = new MemoryChatStreamStore();
            await RunAsync(memory, size);
            return;
        }

        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(name);
        using var redis = new RedisChatStreamStore(connection);
        await RunAsync(redis, size);
    }

    private static async Task RunAsync(IChatStreamStore store, (int Streams, int Readers, int Chunks) size) =>
        Console.WriteLine((await KeptLoad.MeasureAsync(store, size)).Format());
}
