namespace LlmStream.Relay.Production;

/// <summary>How a stream is produced, apart from its answer. Immutable.</summary>
internal sealed record ProductionSettings
{
    /// <summary>The request; null to find it out from the answer.</summary>
    public ChatStoredRequest? Request { get; init; }

    /// <summary>What is stored with the request for the node that ends the stream.</summary>
    public ReadOnlyMemory<byte> State { get; init; }

    /// <summary>Describes a failure of the application's own code to readers; or null.</summary>
    public Func<Exception, string?>? DescribeFailure { get; init; }

    /// <summary>Cancelled when the process ends: a stream that another node can continue is handed over.</summary>
    public CancellationToken Shutdown { get; init; }

    /// <summary>Cancelled when the time is over for a stream that cannot be handed over: it ends with an error.</summary>
    public CancellationToken Deadline { get; init; }
}
