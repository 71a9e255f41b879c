using LlmStream.Relay.Tests.Fakes;
using LlmStream.Testing;

namespace LlmStream.Relay.Tests;

public class StoreSuiteTests
{
    public static TheoryData<string> Names => [.. ChatStreamStoreSuite.Cases.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_store_in_memory_keeps_the_contract(string name)
    {
        await using var harness = new MemoryHarness();
        await ChatStreamStoreSuite.Cases.Single(c => c.Name == name).RunAsync(harness);
    }

    [Fact]
    public void Names_are_unique_and_name_their_rules()
    {
        Assert.Equal(ChatStreamStoreSuite.Cases.Count, ChatStreamStoreSuite.Cases.Select(c => c.Name).Distinct().Count());
        Assert.All(ChatStreamStoreSuite.Cases, c => Assert.Matches("^M[0-9]+(, M[0-9]+)*$", c.Rules));
    }
}
