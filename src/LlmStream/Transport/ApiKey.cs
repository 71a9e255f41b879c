using System.Net.Http.Headers;

namespace LlmStream.Transport;

/// <summary>A provider's key, and its removal from texts.</summary>
internal sealed class ApiKey
{
    private const string Replacement = "[key]";

    // Shorter than this a "key" is a placeholder ("-", "none"), and taking it out of texts would only garble them.
    private const int ShortestSecret = 6;

    private readonly string? _value;

    private ApiKey(string? value) => _value = value;

    /// <summary>The key that was given, or that of the provider's environment variable.</summary>
    /// <exception cref="ArgumentException">There is neither, and the provider is not on this machine.</exception>
    public static ApiKey Resolve(string? given, LlmProvider provider)
    {
        string? value = !string.IsNullOrWhiteSpace(given) ? given
            : provider.ApiKeyVariable is { } variable ? Environment.GetEnvironmentVariable(variable)
            : null;
        value = value?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            if (provider.BaseAddress.IsLoopback || provider.ApiKeyVariable is null) return new ApiKey(null);
            throw new ArgumentException(
                $"There is no key for the provider '{provider.Name}'. Set the environment variable {provider.ApiKeyVariable}, or pass the key.", nameof(given));
        }

        if (value.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new ArgumentException("The key holds characters that no key has, such as a space or a line break. Was more copied than the key?", nameof(given));
        return new ApiKey(value);
    }

    /// <summary>The key, for the request's authentication only; null if the provider needs none.</summary>
    public string? Value => _value;

    /// <summary>The text without the key: some providers repeat it in their errors.</summary>
    public string? TakeOutOf(string? text) =>
        text is null || _value is not { Length: >= ShortestSecret } ? text : text.Replace(_value, Replacement, StringComparison.Ordinal);

    public override string ToString() => Replacement;
}
