using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace LlmStream.DependencyInjection;

/// <summary>Reads options from a configuration section, key by key: without reflection, and with messages that name the key.</summary>
internal static class OptionsFromConfiguration
{
    public static void Apply(IConfiguration section, LlmStreamOptions options)
    {
        options.Provider = ReadProvider(section, options.Provider);
        options.ApiKey = section["ApiKey"] ?? options.ApiKey;
        options.Model = section["Model"] ?? options.Model;
        options.RequestUsage = Read(section, "RequestUsage", bool.Parse, options.RequestUsage);
        foreach (IConfigurationSection header in section.GetSection("Headers").GetChildren())
        {
            if (header.Value is { } value) options.Headers[header.Key] = value;
        }

        IConfigurationSection timeoutsSection = section.GetSection("Timeouts");
        LlmTimeBudgets timeouts = options.Timeouts;
        options.Timeouts = timeouts with
        {
            Connect = Read(timeoutsSection, "Connect", ParseTimeSpan, timeouts.Connect),
            FirstDelta = Read(timeoutsSection, "FirstDelta", ParseTimeSpan, timeouts.FirstDelta),
            IdleBytes = Read(timeoutsSection, "IdleBytes", ParseTimeSpan, timeouts.IdleBytes),
            IdleDeltas = Read(timeoutsSection, "IdleDeltas", ParseTimeSpan, timeouts.IdleDeltas),
            Total = Read(timeoutsSection, "Total", ParseTimeSpan, timeouts.Total),
        };

        IConfigurationSection retrySection = section.GetSection("Retry");
        LlmRetryOptions retry = options.Retry;
        options.Retry = retry with
        {
            MaxRetries = Read(retrySection, "MaxRetries", text => int.Parse(text, CultureInfo.InvariantCulture), retry.MaxRetries),
            BaseDelay = Read(retrySection, "BaseDelay", ParseTimeSpan, retry.BaseDelay),
            MaxDelay = Read(retrySection, "MaxDelay", ParseTimeSpan, retry.MaxDelay),
            MaxRetryAfter = Read(retrySection, "MaxRetryAfter", ParseTimeSpan, retry.MaxRetryAfter),
        };
    }

    private static LlmProvider ReadProvider(IConfiguration section, LlmProvider provider)
    {
        Uri? address = Read(section, "BaseAddress", text => new Uri(text, UriKind.Absolute), null);
        switch (section["Provider"]?.ToLowerInvariant())
        {
            case null:
                break;
            case "azure":
                return LlmProvider.CreateAzureOpenAI(address ?? throw MissingAddress("azure", "https://my-resource.openai.azure.com"));
            case "compatible":
                return LlmProvider.CreateOpenAICompatible(address ?? throw MissingAddress("compatible", "http://localhost:8000/v1"));
            case var name:
                provider = LlmProvider.Parse(name);
                break;
        }

        return address is null ? provider : provider with { BaseAddress = address };
    }

    private static FormatException MissingAddress(string provider, string example) =>
        new($"The provider '{provider}' requires the configuration key BaseAddress, such as {example}.");

    private static TimeSpan ParseTimeSpan(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static T Read<T>(IConfiguration section, string key, Func<string, T> parse, T defaultValue)
    {
        if (section[key] is not { Length: > 0 } text) return defaultValue;
        try
        {
            return parse(text);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            string path = section is IConfigurationSection named ? $"{named.Path}:{key}" : key;
            throw new FormatException($"The configuration value '{text}' of '{path}' is not valid: {exception.Message}", exception);
        }
    }
}
