namespace LlmStream.Tests;

public class LlmProviderTests
{
    [Fact]
    public void The_presets_are_valid_and_found_by_name()
    {
        Assert.Equal(LlmProvider.All.Count, LlmProvider.All.Select(provider => provider.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(LlmProvider.All, provider =>
        {
            Assert.EndsWith("/", provider.BaseAddress.AbsolutePath, StringComparison.Ordinal);
            Assert.True(provider.BaseAddress.Scheme == "https" || provider.BaseAddress.IsLoopback);
            Assert.Equal(provider.Name.ToLowerInvariant(), provider.Name);
            Assert.True(provider.ApiKeyVariable is not null || provider.BaseAddress.IsLoopback);
            Assert.Same(provider, LlmProvider.Parse(provider.Name.ToUpperInvariant()));
        });
    }

    [Fact]
    public void A_name_that_is_unknown_is_an_error_that_lists_the_names()
    {
        FormatException failure = Assert.Throws<FormatException>(() => LlmProvider.Parse("deepsek"));
        Assert.Contains("'deepsek'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("openai, deepseek, qwen", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_can_be_tried()
    {
        Assert.True(LlmProvider.TryParse("DeepSeek", out LlmProvider? provider));
        Assert.Same(LlmProvider.DeepSeek, provider);
        Assert.False(LlmProvider.TryParse("deepsek", out provider));
        Assert.Null(provider);
        Assert.False(LlmProvider.TryParse(null, out _));
    }

    [Theory]
    [InlineData("http://localhost:8000/v1", "http://localhost:8000/v1/")]
    [InlineData("http://localhost:8000/v1/", "http://localhost:8000/v1/")]
    [InlineData("http://localhost:8000", "http://localhost:8000/")]
    [InlineData("https://llm.test/v1?version=2", "https://llm.test/v1/?version=2")]
    public void A_slash_is_added_to_the_base_address(string address, string expected) =>
        Assert.Equal(expected, LlmProvider.CreateOpenAICompatible(new Uri(address)).BaseAddress.AbsoluteUri);

    [Theory]
    [InlineData("ftp://example.com")]
    [InlineData("file:///v1")]
    [InlineData("/v1")]
    public void The_base_address_is_an_absolute_one_of_http(string address) =>
        Assert.Throws<ArgumentException>("baseAddress", () => LlmProvider.CreateOpenAICompatible(new Uri(address, UriKind.RelativeOrAbsolute)));

    [Theory]
    [InlineData("https://my-resource.openai.azure.com", "https://my-resource.openai.azure.com/openai/v1/")]
    [InlineData("https://my-resource.openai.azure.com/openai/v1", "https://my-resource.openai.azure.com/openai/v1/")]
    [InlineData("https://my-resource.openai.azure.com/openai/deployments/gpt", "https://my-resource.openai.azure.com/openai/deployments/gpt/")]
    public void Azure_has_the_path_of_its_unversioned_api_unless_the_address_has_another(string endpoint, string expected) =>
        Assert.Equal(expected, LlmProvider.CreateAzureOpenAI(new Uri(endpoint)).BaseAddress.AbsoluteUri);

    [Fact]
    public void A_request_needs_a_model()
    {
        ArgumentException failure = Assert.Throws<ArgumentException>("options", () => LlmProvider.Vllm.BuildRequest([new(Microsoft.Extensions.AI.ChatRole.User, "Hi")], null, null, null));
        Assert.Contains("LlmStreamOptions.Model", failure.Message, StringComparison.Ordinal);
    }
}
