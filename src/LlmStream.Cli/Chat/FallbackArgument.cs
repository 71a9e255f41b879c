namespace LlmStream.Cli.Chat;

/// <summary>The value of <c>--fallback</c>: <c>NAME</c>, <c>NAME:MODEL</c>, <c>URL</c>, or <c>URL#MODEL</c>.</summary>
internal static class FallbackArgument
{
    /// <summary>Validates the value, and reads the API key from the environment.</summary>
    /// <param name="value">The value.</param>
    /// <param name="model">The value of <c>--model</c>, or null.</param>
    /// <param name="environment">The environment.</param>
    /// <exception cref="UsageException">The value is invalid, or the API key is missing.</exception>
    public static LlmFallback Parse(string value, string? model, CliEnvironment environment) =>
        value.Contains("://", StringComparison.Ordinal) ? ParseServer(value, model) : ParseProvider(value, environment);

    private static LlmFallback ParseServer(string value, string? model)
    {
        Uri url = ChatArguments.ParseUrl(value);
        if (url.Fragment.Length > 1) model = Uri.UnescapeDataString(url.Fragment[1..]);
        if (model is null) throw new UsageException($"fallback '{value}' has no model; use URL#MODEL, or --model to name one");
        LlmProvider provider = LlmProvider.CreateOpenAICompatible(new UriBuilder(url) { Fragment = "" }.Uri, url.Authority);
        return new LlmFallback { Provider = provider, Model = model };
    }

    private static LlmFallback ParseProvider(string value, CliEnvironment environment)
    {
        string[] parts = value.Split(':', 2);
        string? model = parts.Length == 2 && !string.IsNullOrWhiteSpace(parts[1]) ? parts[1] : null;
        if (!LlmProvider.TryParse(parts[0], out LlmProvider? provider))
        {
            string names = string.Join(", ", LlmProvider.All.Select(known => known.Name));
            throw new UsageException($"unknown fallback '{parts[0]}'; expected a URL, or one of {names}");
        }

        if (model is null && provider.DefaultModel is null)
            throw new UsageException($"fallback '{provider.Name}' has no default model; use {provider.Name}:MODEL to name one");
        string? key = provider.ApiKeyVariable is { } variable ? environment.GetVariable(variable) : null;
        if (string.IsNullOrWhiteSpace(key)) key = ChatArguments.ReadSigningKey(provider, environment);
        if (key is null && provider.ApiKeyVariable is { } missing && !provider.BaseAddress.IsLoopback)
            throw new UsageException($"no API key for fallback '{provider.Name}': environment variable {missing} is not set");
        // Otherwise the client would look for the key again.
        provider = provider with { ApiKeyVariable = null, SigningKeyVariables = [] };
        return new LlmFallback { Provider = provider, ApiKey = key, Model = model };
    }
}
