namespace LlmStream.Transport;

/// <summary>A provider's API key, and the removal of it and of other credentials from texts that are shown to users.</summary>
internal sealed class ApiKey
{
    private readonly SecretRedactor _redactor;

    private ApiKey(string? value, IEnumerable<string>? otherSecrets)
    {
        Value = value;
        // The first part of a signing key is its id, which is not secret.
        IEnumerable<string> secrets = value is null ? [] : value.Split(':').Skip(1).Prepend(value);
        _redactor = new SecretRedactor([.. secrets, .. otherSecrets ?? []]);
    }

    /// <summary>The key, for authenticating requests only; null if the provider needs none.</summary>
    public string? Value { get; }

    /// <summary>Returns the given key or, if it is null or blank, that of the provider's environment variable.</summary>
    /// <param name="apiKey">The key, or null.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="parameterName">The public parameter that holds the key.</param>
    /// <param name="otherSecrets">Credentials besides the key that are removed from texts.</param>
    /// <exception cref="ArgumentException">
    /// The key contains a character that is not allowed; or there is no key, and the provider is not on a loopback address.
    /// </exception>
    public static ApiKey Resolve(
        string? apiKey, LlmProvider provider, string parameterName = "apiKey", IEnumerable<string>? otherSecrets = null)
    {
        string? value = !string.IsNullOrWhiteSpace(apiKey) ? apiKey
            : provider.ApiKeyVariable is { } variable ? Environment.GetEnvironmentVariable(variable)
            : null;
        value = value?.Trim();
        if (string.IsNullOrEmpty(value)) value = JoinSigningKey(provider.SigningKeyVariables);
        if (string.IsNullOrEmpty(value))
        {
            if (provider.BaseAddress.IsLoopback || provider.ApiKeyVariable is null) return new ApiKey(null, otherSecrets);
            string parts = provider.SigningKeyVariables is [var id, var secret, ..] ? $" or {id} and {secret}" : "";
            throw new ArgumentException(
                $"There is no API key for the provider '{provider.Name}'. "
                + $"Set the environment variable {provider.ApiKeyVariable}{parts}, or pass the key.",
                parameterName);
        }

        if (value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ArgumentException(
                "The API key contains a character that is not allowed, such as a space or line break. Check that only the key was copied.",
                parameterName);
        }

        return new ApiKey(value, otherSecrets);
    }

    /// <summary>Replaces the key, and other credentials of the requests: some providers repeat them in their error messages.</summary>
    public string? Redact(string? text) => _redactor.Redact(text);

    public override string ToString() => SecretRedactor.Replacement;

    /// <summary>The parts of a signing key, joined; null if the id or the secret is missing.</summary>
    private static string? JoinSigningKey(IReadOnlyList<string> variables)
    {
        if (variables.Count == 0) return null;
        string[] parts = [.. variables.Select(variable => Environment.GetEnvironmentVariable(variable)?.Trim() ?? "")];
        return parts is [{ Length: > 0 }, { Length: > 0 }, ..] ? string.Join(':', parts).TrimEnd(':') : null;
    }
}
