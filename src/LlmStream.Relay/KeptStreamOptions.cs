namespace LlmStream.Relay;

/// <summary>
/// The options of kept streams: <c>services.AddChatRelay(options => …)</c>. They are read once, when the relay is created. All nodes that
/// share a store use the same.
/// </summary>
/// <example>
/// <code>
/// services.AddChatRelay(options =>
/// {
///     options.Store = new() { EndedRetention = TimeSpan.FromHours(1) };
///     options.Relay = new() { AbandonAfter = TimeSpan.FromMinutes(5) };
/// });
/// </code>
/// </example>
public sealed class KeptStreamOptions
{
    /// <summary>How long streams are kept, how large they may be, and when another node may take them over.</summary>
    public ChatStreamStoreOptions Store { get; set; } = new();

    /// <summary>
    /// How streams are produced and read. If they are not set, the clock and the loggers are those of the application, and the
    /// <see cref="ChatStreamRelayOptions.RequestProtector"/> is the application's Data Protection.
    /// </summary>
    public ChatStreamRelayOptions Relay { get; set; } = new();

    /// <summary>
    /// The maximum size of all streams that are kept in the memory of this process, in bytes. Default: 256 MiB. Without effect on other
    /// stores.
    /// </summary>
    public long MaxMemoryBytes { get; set; } = new MemoryChatStreamStoreOptions().MaxMemoryBytes;

    /// <summary>
    /// Whether this node takes over streams whose producers are gone: it continues their answers, or ends them with an error. Default:
    /// <see langword="true"/>. Streams in the memory of this process have no other node, and are never taken over.
    /// </summary>
    public bool TakesOver { get; set; } = true;

    /// <summary>Whether other nodes have the store, so that they can continue an answer.</summary>
    internal bool IsStoreShared { get; set; }
}
