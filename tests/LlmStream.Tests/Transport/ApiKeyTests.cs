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

    [Theory]
    [InlineData("id-1", "secret", null, "id-1:secret")]
    [InlineData(" id-1", "secret\n", "token", "id-1:secret:token")]
    [InlineData("id-1", null, "token", null)]
    [InlineData(null, "secret", null, null)]
    public void The_parts_of_a_signing_key_are_read_from_variables(string? id, string? secret, string? token, string? expected)
    {
        string[] variables = [.. "abc".Select(part => $"LLMSTREAM_TEST_{part}_{Guid.NewGuid():N}")];
        LlmProvider provider = Loopback with { SigningKeyVariables = variables };
        foreach ((string variable, string? value) in variables.Zip([id, secret, token])) Environment.SetEnvironmentVariable(variable, value);
        try
        {
            Assert.Equal(expected, ApiKey.Resolve(null, provider).Value);
            Assert.Equal("sk-given", ApiKey.Resolve("sk-given", provider).Value);
        }
        finally
        {
            foreach (string variable in variables) Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void A_missing_signing_key_is_an_error_that_names_its_variables() => Assert.Contains(
        "LLMSTREAM_TEST_KEY_UNSET or NO_ID and NO_SECRET,",
        Assert.Throws<ArgumentException>("apiKey", () => ApiKey.Resolve(null, Remote with { SigningKeyVariables = ["NO_ID", "NO_SECRET", "NO_TOKEN"] })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_secret_parts_of_a_signing_key_are_redacted() => Assert.Equal(
        "[key], id-123, [key], [key], [key]",
        ApiKey.Resolve("id-123:secret:token1", Remote).Redact("id-123:secret:token1, id-123, secret, token1, secret"));

    [Fact]
    public void Without_a_key_texts_stay_as_they_are() => Assert.Equal("text", ApiKey.Resolve(null, Loopback).Redact("text"));

    [Fact]
    public void The_string_form_does_not_hold_the_key() => Assert.DoesNotContain("sk-given", ApiKey.Resolve("sk-given", Remote).ToString(), StringComparison.Ordinal);
}
