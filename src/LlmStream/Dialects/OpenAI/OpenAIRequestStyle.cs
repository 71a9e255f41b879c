namespace LlmStream.Dialects.OpenAI;

/// <summary>How a provider's requests differ from those of other providers of OpenAI's format. Part of the provider's preset.</summary>
/// <remarks>
/// The defaults are what every such server is known to accept. Many refuse a request for one unknown field (Groq, Mistral, Cerebras),
/// so a field is only sent to providers that are known to accept it.
/// </remarks>
internal sealed record OpenAIRequestStyle
{
    public static OpenAIRequestStyle Default { get; } = new();

    /// <summary>
    /// <c>max_tokens</c>, which all accept except OpenAI's reasoning models: these require <c>max_completion_tokens</c>, on OpenAI
    /// and Azure, which few others accept.
    /// </summary>
    public string MaxTokensField { get; init; } = "max_tokens";

    /// <summary><c>seed</c>; <c>random_seed</c> for Mistral.</summary>
    public string SeedField { get; init; } = "seed";

    /// <summary>
    /// The field for the reasoning of an assistant message, or null: not sent. DeepSeek and Moonshot answer 400 if
    /// <c>reasoning_content</c> is missing from a message with tool calls (dotnet/extensions#7405); Groq, Cerebras, and Mistral answer
    /// 400 or 422 if it is present (janhq/jan#8136, litellm#30835); the first two accept <c>reasoning</c> instead. No name is right
    /// for all, so a preset must choose.
    /// </summary>
    public string? ReasoningField { get; init; }

    /// <summary>
    /// Whether the fields of an answer that only the provider understands are sent back: see <see cref="MessageFields"/>. Strict
    /// servers refuse them, and a conversation may have begun with another provider.
    /// </summary>
    public bool TakesBackFields { get; init; }

    /// <summary>How reasoning is turned on and off, and how its effort is set.</summary>
    public ReasoningControls Reasoning { get; init; } = ReasoningControls.Effort;

    /// <summary>Whether <c>top_k</c> is accepted. It is a parameter of vLLM, llama.cpp, Qwen, and OpenRouter.</summary>
    public bool TakesTopK { get; init; }

    /// <summary>The field that enables the provider's web search, such as Qwen's <c>enable_search</c>, or null if there is none.</summary>
    public string? WebSearchField { get; init; }

    /// <summary>Whether a message may have a <c>name</c>. Mistral refuses it.</summary>
    public bool TakesNames { get; init; } = true;
}
