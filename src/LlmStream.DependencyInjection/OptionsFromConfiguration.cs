using System.Globalization;
using LlmStream.Transport;
using Microsoft.Extensions.Configuration;

namespace LlmStream.DependencyInjection;

/// <summary>Reads options from a section of the configuration, key by key: without reflection, and with messages that name the key.</summary>
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

        IConfigurationSection time = section.GetSection("Timeouts");
        TimeBudgets budgets = options.Timeouts;
        options.Timeouts = budgets with
        {
            Connect = Read(time, "Connect", Span, budgets.Connect),
            FirstDelta = Read(time, "FirstDelta", Span, budgets.FirstDelta),
            IdleBytes = Read(time, "IdleBytes", Span, budgets.IdleBytes),
            IdleDeltas = Read(time, "IdleDeltas", Span, budgets.IdleDeltas),
            Total = Read(time, "Total", Span, budgets.Total),
        };

        IConfigurationSection again = section.GetSection("Retry");
        RetryOptions retry = options.Retry;
        options.Retry = retry with
        {
            MaxRetries = Read(again, "MaxRetries", text => int.Parse(text, CultureInfo.InvariantCulture), retry.MaxRetries),
            BaseDelay = Read(again, "BaseDelay", Span, retry.BaseDelay),
            MaxDelay = Read(again, "MaxDelay", Span, retry.MaxDelay),
            MaxRetryAfter = Read(again, "MaxRetryAfter", Span, retry.MaxRetryAfter),
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
                return LlmProvider.AzureOpenAI(address ?? throw new FormatException("The provider 'azure' needs the key BaseAddress, such as https://my-resource.openai.azure.com."));
            case "compatible":
                return LlmProvider.Compatible(address ?? throw new FormatException("The provider 'compatible' needs the key BaseAddress, such as http://localhost:8000/v1."));
            case var name:
                provider = LlmProvider.Find(name);
                break;
        }

        return address is null ? provider : provider with { BaseAddress = address };
    }

    private static TimeSpan Span(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static T Read<T>(IConfiguration section, string key, Func<string, T> parse, T otherwise)
    {
        if (section[key] is not { Length: > 0 } text) return otherwise;
        try
        {
            return parse(text);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            string path = section is IConfigurationSection named ? $"{named.Path}:{key}" : key;
            throw new FormatException($"The configuration '{path}' is '{text}', which cannot be understood: {exception.Message}", exception);
        }
    }
}
