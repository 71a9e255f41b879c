namespace LlmStream.DependencyInjection;

/// <summary>How the <see cref="HttpClient"/> of a client is built. The name of the options is that of the HTTP client.</summary>
internal sealed class HttpClientSettings
{
    /// <summary>Whether resilience handlers that are configured for all HTTP clients apply to this one.</summary>
    public bool KeepsResilienceHandlers { get; set; }
}
