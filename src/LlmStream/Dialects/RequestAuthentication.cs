namespace LlmStream.Dialects;

/// <summary>What is known of a request when it is authenticated: its final address and bytes, and the key.</summary>
internal sealed class RequestAuthentication
{
    public required string Method { get; init; }

    public required Uri Address { get; init; }

    /// <summary>The bytes of the body; empty if there is none.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The media type of the body, as it is sent; null if there is none.</summary>
    public required string? ContentType { get; init; }

    public required LlmProvider Provider { get; init; }

    /// <summary>The key, or null if none is needed.</summary>
    public required string? Key { get; init; }

    /// <summary>The clock, for signatures that are valid for a limited time.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>The headers to add, which replace headers of the same names.</summary>
    public List<KeyValuePair<string, string>> Headers { get; } = [];

    /// <summary>The value of the header <c>Host</c>.</summary>
    public string Host => Address.IsDefaultPort ? Address.IdnHost : $"{Address.IdnHost}:{Address.Port}";

    /// <summary>Adds the key in the provider's header: as a bearer token in <c>Authorization</c>, as it is in any other.</summary>
    public void AddKey()
    {
        if (Key is not null) Headers.Add(HeaderOf(Provider, Key));
    }

    /// <summary>The header that <see cref="AddKey"/> adds.</summary>
    public static KeyValuePair<string, string> HeaderOf(LlmProvider provider, string key)
    {
        bool isBearer = string.Equals(provider.ApiKeyHeader, "Authorization", StringComparison.OrdinalIgnoreCase);
        return new(provider.ApiKeyHeader, isBearer ? $"Bearer {key}" : key);
    }
}
