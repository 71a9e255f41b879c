using LlmStream.Redis.Tests.Fakes;
using LlmStream.Testing;

namespace LlmStream.Redis.Tests;

public class StoreSuiteTests(SingleServer server) : IClassFixture<SingleServer>
{
    public static TheoryData<string> Names => [.. ChatStreamStoreSuite.Cases.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_store_in_Redis_keeps_the_contract(string name)
    {
        await using var harness = new RedisHarness(server);
        await ChatStreamStoreSuite.Cases.Single(c => c.Name == name).RunAsync(harness);
    }
}

public class StoreSuiteInClusterTests(ClusterServer server) : IClassFixture<ClusterServer>
{
    public static TheoryData<string> Names => StoreSuiteTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_store_in_a_cluster_keeps_the_contract(string name)
    {
        await using var harness = new RedisHarness(server);
        await ChatStreamStoreSuite.Cases.Single(c => c.Name == name).RunAsync(harness);
    }
}
