using LlmStream.Answers.Templates;
using LlmStream.Transport;

namespace LlmStream.Resilience.Fallback;

/// <summary>What requests to one provider need, for all calls of a client.</summary>
/// <param name="Options">The options of the client, with this provider, its key, and its model.</param>
/// <param name="Key">The key.</param>
/// <param name="Transport">The transport.</param>
/// <param name="Circuit">The circuit; null if the provider is never skipped.</param>
/// <param name="Fallback">The fallback that the caller configured; null for the provider of the client.</param>
internal sealed record ProviderTarget(
    LlmStreamOptions Options, ApiKey Key, ChatTransport Transport, ProviderCircuit? Circuit, LlmFallback? Fallback)
{
    public LlmProvider Provider => Options.Provider;

    /// <summary>What the streams of this provider have learned about its events.</summary>
    public SharedTemplates Templates { get; } = new();

    /// <summary>The model of requests that name none, or null.</summary>
    public string? Model => Options.Model ?? Options.Provider.DefaultModel;

    /// <summary>Creates the targets of a client's fallbacks.</summary>
    /// <exception cref="ArgumentException">A fallback has no key or no model, or is not valid otherwise.</exception>
    public static ProviderTarget[] Create(HttpClient http, LlmStreamOptions options, string parameterName)
    {
        if (options.Fallbacks.Count == 0) return [];
        CheckDefaultHeaders(http, options);
        return [.. options.Fallbacks.Select(fallback => Create(http, options, fallback, parameterName))];
    }

    private static ProviderTarget Create(HttpClient http, LlmStreamOptions options, LlmFallback fallback, string parameterName)
    {
        if (fallback?.Provider is null) throw new ArgumentException("A fallback is null, or has no provider.", parameterName);
        LlmStreamOptions own = options.CopyFor(fallback);
        ApiKey key = ApiKey.Resolve(own.ApiKey, own.Provider, parameterName, RequestHeaders.SecretsOf(own.Provider, own));
        var target = new ProviderTarget(
            own, key, new ChatTransport(http, own.Provider, key, own), ProviderCircuit.Get(own.Provider, options), fallback);
        if (!string.IsNullOrWhiteSpace(target.Model)) return target;
        throw new ArgumentException(
            $"The fallback '{own.Provider.Name}' has no model, and the provider no default model. Set LlmFallback.Model.", parameterName);
    }

    /// <summary>The default headers of an HTTP client are sent to every server, so that they must not hold a key.</summary>
    private static void CheckDefaultHeaders(HttpClient http, LlmStreamOptions options)
    {
        bool hasOtherServer = options.Fallbacks.Any(fallback =>
            fallback?.Provider is { } provider && !RequestAddress.IsSameOrigin(provider.BaseAddress, options.Provider.BaseAddress));
        string? secret = http.DefaultRequestHeaders.Select(header => header.Key).FirstOrDefault(RequestHeaders.IsSecret);
        if (!hasOtherServer || secret is null) return;
        throw new ArgumentException(
            $"The HttpClient has the default header '{secret}', which would be sent to the servers of the fallbacks too. "
            + "Set it in LlmStreamOptions.Headers, which apply to one provider.",
            nameof(http));
    }
}
