using CsCheck;
using LlmStream.Relay.Tests.Fakes;
using LlmStream.Testing;
using LlmStream.Testing.Stores;

namespace LlmStream.Relay.Tests;

/// <summary>Random operations on the store in memory and on a model of the contract.</summary>
public class StoreModelTests
{
    [Fact]
    public void Short_sequences_of_operations() => Sample(iterations: 3000, operations: 40);

    [Fact]
    public void Long_sequences_of_operations() => Sample(iterations: 60, operations: 1500);

    [Fact(Explicit = true)]
    public void Very_many_sequences_of_operations() => Sample(iterations: 100_000, operations: 60);

    private static void Sample(int iterations, int operations) => Gen.Select(Gen.Int, Gen.Int[1, operations]).SampleAsync(
        async (seed, count) =>
        {
            await using var harness = new MemoryHarness();
            await RandomOperations.RunAsync(new StoreTest(harness), seed, count);
        },
        iter: iterations,
        threads: 1).GetAwaiter().GetResult();
}
