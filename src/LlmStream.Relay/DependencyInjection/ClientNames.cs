using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.Relay.DependencyInjection;

/// <summary>
/// Names the clients of an application by the keys under which they are registered. All nodes run the same application, so the keys mean
/// the same on each.
/// </summary>
internal sealed class ClientNames(IServiceCollection registered, IServiceProvider services) : IClientNames
{
    public bool TryGetName(LlmStreamClient client, out string? name)
    {
        foreach (string? key in Keys())
        {
            if (!ReferenceEquals(TryGet(key), client)) continue;
            name = key;
            return true;
        }

        name = null;
        return false;
    }

    public LlmStreamClient? Find(string? name) => Keys().Contains(name, StringComparer.Ordinal) ? TryGet(name) : null;

    /// <summary>Finds the client that continues an answer.</summary>
    public LlmStreamClient? FindFor(ChatStoredRequest request) => Find(request.ClientName);

    // Only singletons: another client may be for one user, or one request.
    private IEnumerable<string?> Keys() => registered
        .Where(service => service.ServiceType == typeof(LlmStreamClient) && service.Lifetime == ServiceLifetime.Singleton)
        .Where(service => !service.IsKeyedService || service.ServiceKey is string)
        .Select(service => service.IsKeyedService ? (string?)service.ServiceKey : null)
        .Distinct(StringComparer.Ordinal);

    private LlmStreamClient? TryGet(string? key)
    {
        try
        {
            return key is null ? services.GetService<LlmStreamClient>() : services.GetKeyedService<LlmStreamClient>(key);
        }
        catch (Exception)
        {
            return null; // One that cannot be created, for lack of a key, is not the one that answers.
        }
    }
}
