using System.Text.RegularExpressions;

namespace LlmStream.Tests.Layering;

/// <summary>Rules for the text of the source files.</summary>
public partial class SourceTextTests
{
    private const int MaxLines = 350;
    private const int MaxLineLength = 140;

    // Files that break a rule, and are to be changed. A folder stands for all files in it.
    private static readonly string[] HasLongLines = [];

    private static readonly string[] WithoutProviders = ["Json", "Framing", "Answers", "Requests", "Reading", "Transport", "Resilience"];

    [Fact]
    public void Outside_the_dialects_no_provider_and_no_model_is_named() => Assert.Empty(
        from file in SourceFiles.All
        where WithoutProviders.Contains(file.Folder)
        from line in file.Lines.Select((text, index) => (text, index))
        from Match name in ProviderNames().Matches(line.text)
        select $"{file.Path}:{line.index + 1}: {name.Value}");

    [Fact]
    public void No_file_has_more_than_350_lines() =>
        Assert.Empty(SourceFiles.All.Where(file => file.Lines.Length > MaxLines).Select(file => $"{file.Path}: {file.Lines.Length} lines"));

    [Fact]
    public void No_line_has_more_than_140_characters() => Assert.Empty(
        from file in SourceFiles.All
        where !IsListed(HasLongLines, file)
        from line in file.Lines.Select((text, index) => (text, index))
        where line.text.Length > MaxLineLength
        select $"{file.Path}:{line.index + 1}: {line.text.Length} characters");

    [Theory]
    [InlineData("OpenAI's format", true)]
    [InlineData("a claude model", true)]
    [InlineData("llama.cpp", true)]
    [InlineData("x-amzn-requestid", false)] // only whole words
    [InlineData("put together", false)]
    [InlineData("Microsoft.Extensions.AI", false)]
    public void Names_are_found_as_whole_words(string text, bool isFound) => Assert.Equal(isFound, ProviderNames().IsMatch(text));

    private static bool IsListed(string[] exceptions, SourceFile file) =>
        exceptions.Any(exception => string.Equals(file.Path, exception, StringComparison.Ordinal) || file.Path.StartsWith(exception + "/", StringComparison.Ordinal));

    [GeneratedRegex(
        @"\b(openai|chatgpt|gpt|azure|anthropic|claude|gemini|google|vertex|vertexai|dashscope|aliyun|alibaba|qwen|hunyuan|tencent|lkeap|ollama|cohere|"
        + @"deepseek|mistral|moonshot|kimi|zhipu|zhipuai|glm|minimax|groq|xai|grok|vllm|sglang|llama|openrouter|perplexity|cerebras|snowflake|bedrock|amazon|aws|"
        + @"nvidia|baidu|ernie|doubao|volcengine|siliconflow|copilot|kong|apisix|cloudflare)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProviderNames();
}
