using LlmStream.Testing.Stores;

namespace LlmStream.Testing;

/// <summary>
/// Checks an implementation of <see cref="LlmStream.Relay.IChatStreamStore"/> against its contract. Independent of test frameworks.
/// </summary>
/// <example>
/// <code>
/// public static TheoryData&lt;string&gt; Names => [.. ChatStreamStoreSuite.Cases.Select(c => c.Name)];
///
/// [Theory, MemberData(nameof(Names))]
/// public async Task The_store_keeps_the_contract(string name)
/// {
///     await using var harness = new MyStoreHarness();
///     await ChatStreamStoreSuite.Cases.Single(c => c.Name == name).RunAsync(harness);
/// }
/// </code>
/// </example>
public static class ChatStreamStoreSuite
{
    /// <summary>The cases, in no particular order. They are independent of each other.</summary>
    public static IReadOnlyList<ChatStreamStoreCase> Cases { get; } =
    [
        .. BeginCases.All,
        .. WriteCases.All,
        .. ReadCases.All,
        .. StopCases.All,
        .. TakeOverCases.All,
        .. RetentionCases.All,
        .. LossCases.All,
        .. RandomOperations.All,
    ];
}
