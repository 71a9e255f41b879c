using LlmStream.DependencyInjection;

namespace LlmStream.Tests.DependencyInjection;

public class OptionsValidatorTests
{
    private static readonly LlmStreamOptions NoKey = new()
    {
        Provider = LlmProvider.OpenAI with { ApiKeyVariable = "LLMSTREAM_TEST_NO_SUCH_KEY" },
    };

    [Fact]
    public void Options_that_no_client_can_be_created_from_fail()
    {
        var validator = new OptionsValidator("name");
        Assert.Contains("LLMSTREAM_TEST_NO_SUCH_KEY", validator.Validate("name", NoKey).FailureMessage, StringComparison.Ordinal);
        Assert.True(validator.Validate("name", new LlmStreamOptions { Provider = LlmProvider.OpenAI, ApiKey = "key" }).Succeeded);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("NAME")]
    [InlineData(null)]
    public void Options_of_other_clients_are_skipped(string? name) =>
        Assert.True(new OptionsValidator("name").Validate(name, NoKey).Skipped);

    [Fact]
    public void A_missing_model_fails()
    {
        var options = new LlmStreamOptions { Provider = LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:1/v1"), "local") };
        var validator = new OptionsValidator("name");
        Assert.Contains("'local'", validator.Validate("name", options).FailureMessage, StringComparison.Ordinal);
        options.Model = " ";
        Assert.True(validator.Validate("name", options).Failed);
        options.Model = "m";
        Assert.True(validator.Validate("name", options).Succeeded);
    }

    [Fact]
    public void A_fallback_without_a_key_or_a_model_fails()
    {
        var validator = new OptionsValidator("name");
        var options = new LlmStreamOptions { ApiKey = "key", Fallbacks = { new LlmFallback { Provider = NoKey.Provider } } };
        Assert.Contains("LLMSTREAM_TEST_NO_SUCH_KEY", validator.Validate("name", options).FailureMessage, StringComparison.Ordinal);
        options.Fallbacks[0] = new LlmFallback { Provider = LlmProvider.Vllm };
        Assert.Contains("The fallback 'vllm' has no model", validator.Validate("name", options).FailureMessage, StringComparison.Ordinal);
        options.Fallbacks[0] = new LlmFallback { Provider = LlmProvider.Vllm, Model = "m" };
        Assert.True(validator.Validate("name", options).Succeeded);
    }

    [Fact]
    public void What_no_request_can_be_sent_with_fails()
    {
        var validator = new OptionsValidator("name");
        var header = new LlmStreamOptions { Provider = LlmProvider.OpenAI, ApiKey = "key" };
        header.Headers["X-User"] = "a\r\nb";
        Assert.Contains("'X-User'", validator.Validate("name", header).FailureMessage, StringComparison.Ordinal);

        var model = new LlmStreamOptions { Provider = LlmProvider.Gemini, ApiKey = "key", Model = "../x" };
        Assert.Contains("'../x'", validator.Validate("name", model).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_missing_is_reported() =>
        Assert.Equal(
            2,
            new OptionsValidator("name").Validate("name", new LlmStreamOptions
            {
                Provider = NoKey.Provider with { DefaultModel = null },
            }).Failures!.Count());
}
