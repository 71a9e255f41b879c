using LlmStream.DependencyInjection;
using Microsoft.Extensions.Configuration;

namespace LlmStream.Tests.DependencyInjection;

public class OptionsFromConfigurationTests
{
    [Fact]
    public void Missing_keys_keep_the_options()
    {
        var options = new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key", Model = "m", RequestUsage = false };
        OptionsFromConfiguration.Apply(Section(), options);
        Assert.Equal((LlmProvider.DeepSeek, "key", "m", false), (options.Provider, options.ApiKey, options.Model, options.RequestUsage));
        Assert.Equal((new LlmTimeBudgets(), new LlmRetryOptions()), (options.Timeouts, options.Retry));
    }

    [Fact]
    public void Empty_values_keep_the_options()
    {
        var options = new LlmStreamOptions { Provider = LlmProvider.DeepSeek };
        OptionsFromConfiguration.Apply(Section(("BaseAddress", ""), ("RequestUsage", ""), ("Retry:MaxRetries", "")), options);
        Assert.Equal((LlmProvider.DeepSeek, true), (options.Provider, options.RequestUsage));
        Assert.Equal(new LlmRetryOptions(), options.Retry);
    }

    [Fact]
    public void Reads_every_key()
    {
        var options = new LlmStreamOptions { Headers = { ["a"] = "0", ["b"] = "0" } };
        OptionsFromConfiguration.Apply(
            Section(
                ("Provider", "OpenAI"), ("BaseAddress", "http://localhost:9/v1"), ("ApiKey", "key"), ("Model", "m"),
                ("RequestUsage", "false"),
                ("Headers:A", "1"), ("Timeouts:Connect", "00:00:01"), ("Timeouts:FirstDelta", "00:00:02"),
                ("Timeouts:IdleBytes", "00:00:03"),
                ("Timeouts:IdleDeltas", "00:00:04"), ("Timeouts:Total", "00:00:05"), ("Retry:MaxRetries", "6"),
                ("Retry:BaseDelay", "00:00:07"),
                ("Retry:MaxDelay", "00:00:08"), ("Retry:MaxRetryAfter", "00:00:09")),
            options);
        Assert.Equal(("openai", "http://localhost:9/v1/"), (options.Provider.Name, options.Provider.BaseAddress.ToString()));
        Assert.Equal(("key", "m", false), (options.ApiKey, options.Model, options.RequestUsage));
        Assert.Equal(("1", "0"), (options.Headers["a"], options.Headers["b"]));
        Assert.Equal(
            [1, 2, 3, 4, 5],
            new[]
            {
                options.Timeouts.Connect,
                options.Timeouts.FirstDelta,
                options.Timeouts.IdleBytes,
                options.Timeouts.IdleDeltas,
                options.Timeouts.Total,
            }
                .Select(time => time.TotalSeconds));
        Assert.Equal(6, options.Retry.MaxRetries);
        Assert.Equal(
            [7, 8, 9],
            new[] { options.Retry.BaseDelay, options.Retry.MaxDelay, options.Retry.MaxRetryAfter }.Select(time => time.TotalSeconds));
    }

    [Theory]
    [InlineData("azure", "https://my-resource.openai.azure.com", "azure")]
    [InlineData("Compatible", "http://localhost:8000/v1", "localhost")]
    public void Providers_with_an_address_of_their_own_require_it(string provider, string address, string expectedHost)
    {
        var options = new LlmStreamOptions();
        OptionsFromConfiguration.Apply(Section(("Provider", provider), ("BaseAddress", address)), options);
        Assert.Contains(expectedHost, options.Provider.BaseAddress.Host, StringComparison.Ordinal);

        FormatException exception =
            Assert.Throws<FormatException>(() => OptionsFromConfiguration.Apply(Section(("Provider", provider)), options));
        Assert.Contains("BaseAddress", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RequestUsage", "maybe")]
    [InlineData("Retry:MaxRetries", "many")]
    [InlineData("Retry:MaxRetries", "99999999999")]
    [InlineData("Timeouts:Connect", "soon")]
    [InlineData("BaseAddress", "not an address")]
    public void An_invalid_value_is_reported_with_its_path(string key, string value)
    {
        FormatException exception =
            Assert.Throws<FormatException>(() => OptionsFromConfiguration.Apply(Section((key, value)), new LlmStreamOptions()));
        Assert.StartsWith($"The configuration value '{value}' of 'Llm:{key}' is not valid: ", exception.Message, StringComparison.Ordinal);
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(v => new KeyValuePair<string, string?>($"Llm:{v.Key}", v.Value)))
            .Build().GetSection("Llm");
}
