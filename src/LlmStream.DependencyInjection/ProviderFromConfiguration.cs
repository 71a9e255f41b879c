using Microsoft.Extensions.Configuration;

namespace LlmStream.DependencyInjection;

/// <summary>
/// Reads the provider: <c>Provider</c> is a name, or a section with the name and whatever differs from the provider of that name.
/// </summary>
internal static class ProviderFromConfiguration
{
    /// <summary>Reads <c>Provider</c>, and <c>BaseAddress</c>, which is short for <c>Provider:BaseAddress</c>.</summary>
    /// <param name="section">The section of the client.</param>
    /// <param name="provider">The provider if the section names none.</param>
    public static LlmProvider Read(ConfigurationReader section, LlmProvider provider)
    {
        ConfigurationReader details = section.ReadSectionOrValue("Provider");
        (string Path, Uri Value)? address = null;
        ReadAddress(section);
        ReadAddress(details);
        (string Path, string Value)? name = details.Value is { } value ? (section.PathOf("Provider"), value) : null;
        details.Read("Name", ConfigurationValue.Text, value => name = (details.PathOf("Name"), value));

        if (name is { } named)
        {
            bool mayBeNew = named.Path != section.PathOf("Provider");
            section.Try(named.Path, named.Value, () => provider = Create(named.Value, address?.Value, mayBeNew));
        }
        else if (address is { } changed)
            section.Try(changed.Path, changed.Value.OriginalString, () => provider = provider with { BaseAddress = changed.Value });

        return ReadDetails(details, provider);

        void ReadAddress(ConfigurationReader reader) => reader.Read("BaseAddress", ConfigurationValue.Address, value =>
        {
            if (address is { } other && other.Value != value)
                section.Fail($"'{other.Path}' and '{reader.PathOf("BaseAddress")}' mean the same. Set one of them.");
            address = (reader.PathOf("BaseAddress"), value);
        });
    }

    /// <summary>The provider that an entry consists of; null, and a failure, if the name is not valid.</summary>
    public static LlmProvider? ReadName(ConfigurationReader entry, string name)
    {
        LlmProvider? provider = null;
        entry.Try(entry.Path, name, () => provider = Create(name, address: null, mayBeNew: false));
        return provider;
    }

    /// <summary>Reads <c>Provider</c> and <c>BaseAddress</c>, one of which must be set.</summary>
    /// <returns>Null if the section names no provider.</returns>
    public static LlmProvider? ReadRequired(ConfigurationReader section)
    {
        LlmProvider unset = LlmProvider.CreateOpenAICompatible(new Uri("http://localhost/"));
        LlmProvider provider = Read(section, unset);
        return provider.BaseAddress == unset.BaseAddress ? null : provider;
    }

    private static LlmProvider Create(string name, Uri? address, bool mayBeNew)
    {
        if (LlmProvider.TryParse(name, out LlmProvider? preset)) return address is null ? preset : preset with { BaseAddress = address };
        switch (name.ToLowerInvariant())
        {
            case "azure":
                return LlmProvider.CreateAzureOpenAI(address ?? throw MissingAddress("https://my-resource.openai.azure.com"));
            case "compatible":
                return LlmProvider.CreateOpenAICompatible(address ?? throw MissingAddress("http://localhost:8000/v1"));
            case var _ when mayBeNew && address is not null:
                return LlmProvider.CreateOpenAICompatible(address, name);
            default:
                string names = string.Join(", ", LlmProvider.All.Select(known => known.Name));
                throw new FormatException($"There is no such provider. The providers are: {names}, azure, compatible.");
        }
    }

    private static FormatException MissingAddress(string example) =>
        new($"It requires the configuration key BaseAddress, such as {example}.");

    private static LlmProvider ReadDetails(ConfigurationReader section, LlmProvider provider)
    {
        section.Read("Dialect", ConfigurationValue.Dialect, value => provider = provider with { Dialect = value });
        section.Read("TelemetryName", ConfigurationValue.Text, value => provider = provider with { TelemetryName = value });
        section.Read("ChatPath", ConfigurationValue.Text, value => provider = provider with { ChatPath = value });
        section.Read("ApiKeyHeader", ConfigurationValue.Text, value => provider = provider with { ApiKeyHeader = value });
        section.Read("ApiKeyVariable", ConfigurationValue.Text, value => provider = provider with { ApiKeyVariable = value });
        section.ReadList("SigningKeyVariables", values => provider = provider with { SigningKeyVariables = values });
        section.Read("DefaultModel", ConfigurationValue.Text, value => provider = provider with { DefaultModel = value });
        section.Read("UsageMustBeRequested", ConfigurationValue.Flag, value => provider = provider with { UsageMustBeRequested = value });
        section.Read("SendsDone", ConfigurationValue.Flag, value => provider = provider with { SendsDone = value });
        section.Read(
            "Continuation", ConfigurationValue.Choice<ChatContinuation>, value => provider = provider with { Continuation = value });
        section.Read(
            "ContinuationBaseAddress",
            ConfigurationValue.Address,
            value => provider = provider with { ContinuationBaseAddress = value });
        section.Read("EchoesPrefix", ConfigurationValue.Flag, value => provider = provider with { EchoesPrefix = value });
        section.Read("Replay", ConfigurationValue.Replay, value => provider = provider with { Replay = value });
        section.Read("IdempotencyHeader", ConfigurationValue.Text, value => provider = provider with { IdempotencyHeader = value });

        foreach (IConfigurationSection header in section.ReadSection("Headers").Children)
        {
            if (header.Value is not { } value) continue;
            provider = provider with
            {
                Headers = new Dictionary<string, string>(provider.Headers, StringComparer.OrdinalIgnoreCase) { [header.Key] = value },
            };
        }

        LlmRequestStyle style = ReadRequestStyle(section.ReadSection("RequestStyle"), provider.RequestStyle);
        if (style != provider.RequestStyle) provider = provider with { RequestStyle = style };
        section.ReportUnknownKeys();
        return provider;
    }

    private static LlmRequestStyle ReadRequestStyle(ConfigurationReader section, LlmRequestStyle style)
    {
        section.Read("MaxTokensField", ConfigurationValue.Text, value => style = style with { MaxTokensField = value });
        section.Read("SeedField", ConfigurationValue.Text, value => style = style with { SeedField = value });
        section.Read("ReasoningField", ConfigurationValue.Text, value => style = style with { ReasoningField = value });
        section.Read("AcceptsAnswerFields", ConfigurationValue.Flag, value => style = style with { AcceptsAnswerFields = value });
        section.Read(
            "ReasoningControls",
            ConfigurationValue.ReasoningControls,
            value => style = style with { ReasoningControls = value });
        section.Read("AcceptsTopK", ConfigurationValue.Flag, value => style = style with { AcceptsTopK = value });
        section.Read("WebSearchField", ConfigurationValue.Text, value => style = style with { WebSearchField = value });
        section.Read("AcceptsNames", ConfigurationValue.Flag, value => style = style with { AcceptsNames = value });
        section.ReportUnknownKeys();
        return style;
    }
}
