using LlmStream.Diagnostics;

namespace LlmStream.Tests.Diagnostics;

/// <summary>The values of <c>gen_ai.provider.name</c>.</summary>
public class ProviderTelemetryTests
{
    // The well-known values of version 0.1.0 of the conventions.
    private static readonly HashSet<string> WellKnown =
    [
        "anthropic", "aws.bedrock", "azure.ai.inference", "azure.ai.openai", "cohere", "deepseek", "gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai",
        "groq", "ibm.watsonx.ai", "mistral_ai", "moonshot_ai", "openai", "perplexity", "x_ai",
    ];

    // Providers for which the conventions have no value.
    private static readonly HashSet<string> Others =
        ["qwen", "dashscope", "hunyuan", "zhipu", "openrouter", "vllm", "llamacpp", "ollama"];

    public static TheoryData<string> Names => [.. LlmProvider.All.Select(provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_preset_has_a_well_known_name_if_there_is_one(string name)
    {
        string telemetryName = Instruments.NameOf(LlmProvider.Parse(name));
        Assert.True(WellKnown.Contains(telemetryName) || Others.Contains(telemetryName), telemetryName);
    }

    [Theory]
    [InlineData("openai-responses", "openai")]
    [InlineData("gemini-interactions", "gcp.gemini")]
    [InlineData("mistral", "mistral_ai")]
    [InlineData("xai", "x_ai")]
    [InlineData("moonshot", "moonshot_ai")]
    [InlineData("bedrock", "aws.bedrock")]
    public void It_is_the_name_of_the_conventions(string name, string expected) =>
        Assert.Equal(expected, Instruments.NameOf(LlmProvider.Parse(name)));

    [Fact]
    public void Azure_has_its_own() =>
        Assert.Equal("azure.ai.openai", Instruments.NameOf(LlmProvider.CreateAzureOpenAI(new Uri("https://my-resource.openai.azure.com"))));

    [Fact]
    public void Any_other_provider_has_its_name() =>
        Assert.Equal("own", Instruments.NameOf(LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:8000/v1"), "own")));
}
