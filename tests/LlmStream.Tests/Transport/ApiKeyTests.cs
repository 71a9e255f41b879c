using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class ApiKeyTests
{
    private static readonly LlmProvider Remote = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1")) with { ApiKeyVariable = "LLMSTREAM_TEST_KEY_UNSET" };
    private static readonly LlmProvider Loopback = Remote with { BaseAddress = new Uri("http://127.0.0.1:8000/v1") };

    [Fact]
    public void The_given_key_is_used_before_the_environment_variable()
    {
        LlmProvider provider = Remote with { ApiKeyVariable = "PATH" };

        Assert.Equal("sk-given", ApiKey.Resolve("sk-given", provider).Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void The_environment_variable_is_used_if_no_key_is_given(string? apiKey)
    {
        string variable = $"LLMSTREAM_TEST_KEY_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, " sk-from-variable\n");
        try
        {
            Assert.Equal("sk-from-variable", ApiKey.Resolve(apiKey, Remote with { ApiKeyVariable = variable }).Value);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void White_space_around_the_key_is_removed() => Assert.Equal("sk-given", ApiKey.Resolve(" sk-given\r\n", Remote).Value);

    [Theory]
    [InlineData("!")]
    [InlineData("~")]
    [InlineData("sk-!~0aZ")]
    public void Printable_ascii_characters_are_allowed(string apiKey) => Assert.Equal(apiKey, ApiKey.Resolve(apiKey, Remote).Value);

    [Theory]
    [InlineData("sk two")]
    [InlineData("sk\ttwo")]
    [InlineData("sk\ntwo")]
    [InlineData("sk\u007Ftwo")]
    [InlineData("sk-ключ")]
    public void Other_characters_are_refused(string apiKey)
    {
        ArgumentException failure = Assert.Throws<ArgumentException>("apiKey", () => ApiKey.Resolve(apiKey, Remote));
        Assert.DoesNotContain(apiKey, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_key_is_an_error_that_names_the_variable()
    {
        ArgumentException failure = Assert.Throws<ArgumentException>("apiKey", () => ApiKey.Resolve(null, Remote));
        Assert.Contains("LLMSTREAM_TEST_KEY_UNSET", failure.Message, StringComparison.Ordinal);
        Assert.Contains("compatible", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_on_a_loopback_address_or_without_a_variable_needs_no_key()
    {
        Assert.Null(ApiKey.Resolve(null, Loopback).Value);
        Assert.Null(ApiKey.Resolve(null, Remote with { ApiKeyVariable = null }).Value);
    }

    [Fact]
    public void A_provider_on_a_loopback_address_uses_a_key_that_is_given() => Assert.Equal("sk-given", ApiKey.Resolve("sk-given", Loopback).Value);

    [Theory]
    [InlineData("12345", "key 12345 and 12345")] // a placeholder, not a secret
    [InlineData("123456", "key [key] and [key]")]
    [InlineData("1234567", "key [key] and [key]")]
    public void A_key_of_at_least_6_characters_is_redacted(string apiKey, string expected)
    {
        ApiKey key = ApiKey.Resolve(apiKey, Remote);
        Assert.Equal(expected, key.Redact($"key {apiKey} and {apiKey}"));
        Assert.Null(key.Redact(null));
        Assert.Equal("other text", key.Redact("other text"));
    }

    [Fact]
    public void Without_a_key_texts_stay_as_they_are() => Assert.Equal("text", ApiKey.Resolve(null, Loopback).Redact("text"));

    [Fact]
    public void The_string_form_does_not_hold_the_key() => Assert.DoesNotContain("sk-given", ApiKey.Resolve("sk-given", Remote).ToString(), StringComparison.Ordinal);
}
