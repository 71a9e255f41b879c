using LlmStream.Dialects.Anthropic;

namespace LlmStream.Tests.Dialects;

/// <summary>What a model's name shows, as spelled by the providers that serve it.</summary>
public class ClaudeModelTests
{
    [Theory]
    [InlineData("claude-opus-4-5", false)]
    [InlineData("claude-opus-4-5-20251101", false)]
    [InlineData("claude-sonnet-4-5@20250929", false)]
    [InlineData("claude-haiku-4-5-20251001", false)]
    [InlineData("claude-opus-4-20250514", false)]
    [InlineData("claude-opus-4@20250514", false)]
    [InlineData("claude-3-5-sonnet-20241022", false)]
    [InlineData("claude-3-haiku-20240307", false)]
    [InlineData("claude-2.1", false)]
    [InlineData("us.anthropic.claude-sonnet-4-5-20250929-v1:0", false)]
    [InlineData("arn:aws:bedrock:us-east-1::inference-profile/eu.anthropic.claude-opus-4-1-20250805-v1:0", false)]
    [InlineData("anthropic/claude-3.7-sonnet:thinking", false)]
    [InlineData("anthropic/claude-4.5-sonnet", false)]
    [InlineData("claude-opus-4-6", true)]
    [InlineData("claude-sonnet-4-6", true)]
    [InlineData("global.anthropic.claude-opus-4-6-v1", true)]
    [InlineData("anthropic.claude-opus-4-7-20260416-v1:0", true)]
    [InlineData("claude-opus-4-6@default", true)]
    [InlineData("anthropic/claude-opus-4.8", true)]
    [InlineData("anthropic/claude-4.7-opus", true)]
    [InlineData("Claude-Haiku-5", true)]
    [InlineData("claude-opus-5-5", true)]
    [InlineData("claude-fable-5", true)]
    [InlineData("~anthropic/claude-fable-latest", true)]
    [InlineData("kimi-k2", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Models_from_4_6_on_refuse_a_prefill(string? name, bool refuses) =>
        Assert.Equal(refuses, new ClaudeModel(name).RefusesPrefill);

    [Theory]
    [InlineData("claude-3-5-haiku-latest", true, 4_096)]
    [InlineData("claude-3-7-sonnet-latest", false, 4_096)]
    [InlineData("claude-sonnet-4-20250514", false, 16_384)]
    [InlineData("claude-mythos-preview", false, 16_384)]
    [InlineData("deepseek-chat", false, 4_096)]
    public void Reasoning_and_the_default_limit_depend_on_the_version(string name, bool neverThinks, int maxTokens) =>
        Assert.Equal((neverThinks, maxTokens), (new ClaudeModel(name).NeverThinks, new ClaudeModel(name).DefaultMaxTokens));
}
