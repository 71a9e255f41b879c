namespace LlmStream;

/// <summary>
/// How a provider's requests differ from those of other providers that use <see cref="ChatDialect.OpenAI"/>. Other dialects ignore it.
/// </summary>
/// <remarks>
/// The defaults are what every such server is known to accept. Many refuse a request for one unknown field (Groq, Mistral, Cerebras),
/// so a field is only sent to providers that are known to accept it.
/// </remarks>
/// <example>
/// <code>
/// LlmProvider provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.example/v1")) with
/// {
///     RequestStyle = new LlmRequestStyle { MaxTokensField = "max_completion_tokens", AcceptsTopK = true },
/// };
/// </code>
/// </example>
public sealed record LlmRequestStyle
{
    internal static LlmRequestStyle Default { get; } = new();

    /// <summary>
    /// The field that limits the length of the answer. Default: <c>max_tokens</c>, which all accept except OpenAI's reasoning models:
    /// these require <c>max_completion_tokens</c>, on OpenAI and Azure, which few others accept.
    /// </summary>
    public string MaxTokensField { get; init; } = "max_tokens";

    /// <summary>The field of the random seed. Default: <c>seed</c>. It is <c>random_seed</c> for Mistral.</summary>
    public string SeedField { get; init; } = "seed";

    /// <summary>
    /// The field in which the reasoning of an assistant message is sent back. Default: <see langword="null"/>, which means that it is not
    /// sent. DeepSeek and Moonshot answer 400 if <c>reasoning_content</c> is missing from a message with tool calls
    /// (dotnet/extensions#7405); Groq, Cerebras, and Mistral answer 400 or 422 if it is present (janhq/jan#8136, litellm#30835); the first
    /// two accept <c>reasoning</c> instead. No name is right for all, so a provider must choose.
    /// </summary>
    public string? ReasoningField { get; init; }

    /// <summary>
    /// Whether the fields of an answer that only the provider understands are sent back with it. Default: <see langword="false"/>, because
    /// strict servers refuse them, and a conversation may have begun with another provider.
    /// </summary>
    public bool AcceptsAnswerFields { get; init; }

    /// <summary>
    /// The fields that turn reasoning on and off and set its effort. Default: <see cref="LlmReasoningControls.Effort"/>.
    /// </summary>
    public LlmReasoningControls ReasoningControls { get; init; } = LlmReasoningControls.Effort;

    /// <summary>
    /// Whether <c>top_k</c> is accepted. Default: <see langword="false"/>. It is a parameter of vLLM, llama.cpp, Qwen, and OpenRouter.
    /// </summary>
    public bool AcceptsTopK { get; init; }

    /// <summary>
    /// The field that enables the provider's web search, such as Qwen's <c>enable_search</c>. Default: <see langword="null"/>, which means
    /// that there is none.
    /// </summary>
    public string? WebSearchField { get; init; }

    /// <summary>Whether a message may have a <c>name</c>. Default: <see langword="true"/>. Mistral refuses it.</summary>
    public bool AcceptsNames { get; init; } = true;
}
