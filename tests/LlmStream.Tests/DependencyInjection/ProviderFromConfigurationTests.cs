using LlmStream.DependencyInjection;
using Microsoft.Extensions.Configuration;

namespace LlmStream.Tests.DependencyInjection;

public class ProviderFromConfigurationTests
{
    [Theory]
    [InlineData("Provider", "OpenAI")]
    [InlineData("Provider:Name", "openai")]
    public void A_name_is_that_of_a_preset(string key, string value) =>
        Assert.Equal(LlmProvider.OpenAI.BaseAddress, Read((key, value)).BaseAddress);

    [Theory]
    [InlineData("BaseAddress")]
    [InlineData("Provider:BaseAddress")]
    public void The_address_of_a_preset_can_be_changed(string key)
    {
        LlmProvider provider = Read(("Provider:Name", "anthropic"), (key, "http://localhost:9/v1"));
        Assert.Equal(("anthropic", "http://localhost:9/v1/"), (provider.Name, provider.BaseAddress.ToString()));
        Assert.Equal(ChatDialect.Anthropic, provider.Dialect);
    }

    [Fact]
    public void Details_can_be_changed_without_a_name()
    {
        LlmProvider provider = Read(("Provider:DefaultModel", "m"), ("BaseAddress", "http://localhost:9/v1"));
        Assert.Equal(("deepseek", "m", "http://localhost:9/v1/"), (provider.Name, provider.DefaultModel, provider.BaseAddress.ToString()));
    }

    [Fact]
    public void A_name_can_come_with_details()
    {
        LlmProvider provider = Read(("Provider", "vllm"), ("Provider:DefaultModel", "m"), ("Provider:RequestStyle:AcceptsNames", "false"));
        Assert.Equal(("vllm", "m"), (provider.Name, provider.DefaultModel));
        Assert.False(provider.RequestStyle.AcceptsNames);
        Assert.True(provider.RequestStyle.AcceptsTopK); // as the preset has it
    }

    [Fact]
    public void A_new_name_with_an_address_is_a_compatible_provider()
    {
        LlmProvider provider = Read(("Provider:Name", "own"), ("Provider:BaseAddress", "http://localhost:9/v1"));
        Assert.Equal("own", provider.Name);
        Assert.True(provider.UsageMustBeRequested);
    }

    [Theory]
    [InlineData("azure", "https://my-resource.openai.azure.com")]
    [InlineData("Compatible", "http://localhost:8000/v1")]
    public void Providers_without_an_address_require_one(string name, string address)
    {
        LlmProvider expected = name == "azure"
            ? LlmProvider.CreateAzureOpenAI(new Uri(address))
            : LlmProvider.CreateOpenAICompatible(new Uri(address));
        Assert.Equal(expected.BaseAddress, Read(("Provider", name), ("BaseAddress", address)).BaseAddress);
        Assert.Equal(expected.BaseAddress, Read(("Provider:Name", name), ("Provider:BaseAddress", address)).BaseAddress);
    }

    [Fact]
    public void A_list_is_an_array_or_a_value_with_commas()
    {
        string[] expected = ["ID", "SECRET"];
        Assert.Equal(expected, Read(("Provider:SigningKeyVariables", "ID, SECRET")).SigningKeyVariables);
        Assert.Equal(
            expected,
            Read(("Provider:SigningKeyVariables:0", "ID"), ("Provider:SigningKeyVariables:1", "SECRET")).SigningKeyVariables);
    }

    [Fact]
    public void A_misspelled_name_is_not_a_new_provider()
    {
        var section = new ConfigurationReader(Section(("Provider", "opnai"), ("BaseAddress", "http://localhost:9/v1")));
        ProviderFromConfiguration.Read(section, LlmProvider.DeepSeek);
        Assert.Contains("openai", Assert.Single(section.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_addresses_are_reported()
    {
        var section = new ConfigurationReader(Section(("Provider:BaseAddress", "http://localhost:8"), ("BaseAddress", "http://localhost:9")));
        ProviderFromConfiguration.Read(section, LlmProvider.DeepSeek);
        Assert.Equal(
            "'Llm:BaseAddress' and 'Llm:Provider:BaseAddress' mean the same. Set one of them.", Assert.Single(section.Failures));
    }

    private static LlmProvider Read(params (string Key, string Value)[] values)
    {
        var section = new ConfigurationReader(Section(values));
        LlmProvider provider = ProviderFromConfiguration.Read(section, LlmProvider.DeepSeek);
        Assert.Empty(section.Failures);
        return provider;
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(v => new KeyValuePair<string, string?>($"Llm:{v.Key}", v.Value)))
            .Build().GetSection("Llm");
}
