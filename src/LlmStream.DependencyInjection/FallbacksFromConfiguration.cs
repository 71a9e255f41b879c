using Microsoft.Extensions.Configuration;

namespace LlmStream.DependencyInjection;

/// <summary>
/// Reads the fallbacks: a list, whose entries are names of providers, or sections with <c>Provider</c>, <c>BaseAddress</c>,
/// <c>ApiKey</c> and <c>Model</c>, which are read as those of the client.
/// </summary>
internal static class FallbacksFromConfiguration
{
    /// <summary>Reads the list. Replaces the fallbacks if it has any.</summary>
    public static void Read(ConfigurationReader section, IList<LlmFallback> fallbacks)
    {
        string[] keys = [.. section.Children.Select(child => child.Key)];
        if (keys.Length == 0) return;
        fallbacks.Clear();
        foreach (string key in keys)
        {
            ConfigurationReader entry = section.ReadSectionOrValue(key);
            if (Read(entry) is { } fallback) fallbacks.Add(fallback);
            else if (entry.Failures.Count == 0) section.Fail($"'{section.PathOf(key)}' names no provider. Set Provider, or BaseAddress.");
        }
    }

    private static LlmFallback? Read(ConfigurationReader entry)
    {
        LlmProvider? provider = entry.Value is { } name
            ? ProviderFromConfiguration.ReadName(entry, name)
            : ProviderFromConfiguration.ReadRequired(entry);
        string? key = null, model = null;
        entry.Read("ApiKey", ConfigurationValue.Text, value => key = value);
        entry.Read("Model", ConfigurationValue.Text, value => model = value);
        entry.ReportUnknownKeys();
        return provider is null ? null : new LlmFallback { Provider = provider, ApiKey = key, Model = model };
    }
}
