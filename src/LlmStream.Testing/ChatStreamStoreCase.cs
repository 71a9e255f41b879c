namespace LlmStream.Testing;

/// <summary>One case of <see cref="ChatStreamStoreSuite"/>. Immutable.</summary>
public sealed class ChatStreamStoreCase
{
    private readonly Func<ChatStreamStoreHarness, Task> _body;

    internal ChatStreamStoreCase(string name, string rules, Func<ChatStreamStoreHarness, Task> body)
    {
        Name = name;
        Rules = rules;
        _body = body;
    }

    /// <summary>What is expected, as a sentence. Unique.</summary>
    public string Name { get; }

    /// <summary>
    /// The numbers of the rules of the contract (PROTOCOL.md of LlmStream.Relay) that the case checks, such as <c>M4, M7</c>.
    /// </summary>
    public string Rules { get; }

    /// <summary>Runs the case.</summary>
    /// <param name="harness">A harness with an empty store. It is not disposed of.</param>
    /// <returns>A task that fails if the expectation is violated.</returns>
    /// <exception cref="ChatStreamStoreViolationException">The store violates the contract.</exception>
    public Task RunAsync(ChatStreamStoreHarness harness)
    {
        ArgumentNullException.ThrowIfNull(harness);
        return _body(harness);
    }

    /// <summary>The name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
