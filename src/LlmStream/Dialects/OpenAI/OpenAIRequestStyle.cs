namespace LlmStream.Dialects.OpenAI;

/// <summary>What the providers of OpenAI's format do not agree on in a request. A provider's preset says which holds for it.</summary>
/// <remarks>
/// The defaults are what every such server is known to accept. Many refuse a request for one field that they do not
/// know (Groq, Mistral, Cerebras), so what is not known to be understood is not sent.
/// </remarks>
internal sealed record OpenAIRequestStyle
{
    public static OpenAIRequestStyle Default { get; } = new();

    /// <summary>
    /// <c>max_tokens</c>, which all know but OpenAI's reasoning models; they, on OpenAI and Azure, want
    /// <c>max_completion_tokens</c>, which few others know.
    /// </summary>
    public string MaxTokensField { get; init; } = "max_tokens";

    /// <summary><c>seed</c>; Mistral calls it <c>random_seed</c>.</summary>
    public string SeedField { get; init; } = "seed";

    /// <summary>
    /// The field in which an assistant message takes back what the model thought, or null: not sent. DeepSeek and Moonshot
    /// answer 400 when <c>reasoning_content</c> is missing from a message with tool calls (dotnet/extensions#7405); Groq,
    /// Cerebras and Mistral answer 400 or 422 when it is there (janhq/jan#8136, litellm#30835), the first two taking
    /// <c>reasoning</c> instead. No name is right for all, so a preset has to say.
    /// </summary>
    public string? ReasoningField { get; init; }

    /// <summary>
    /// Whether an assistant message takes back the fields that only the provider understands: see <see cref="MessageFields"/>. Strict
    /// servers refuse them, and a conversation may have been begun with another provider.
    /// </summary>
    public bool TakesBackFields { get; init; }

    /// <summary>How thinking is switched on, off, and up.</summary>
    public ReasoningControls Reasoning { get; init; } = ReasoningControls.Effort;

    /// <summary>Whether <c>top_k</c> is known. It is no parameter of OpenAI's, but one of vLLM, llama.cpp, Qwen and OpenRouter.</summary>
    public bool TakesTopK { get; init; }

    /// <summary>The switch of the provider's own web search, such as Qwen's <c>enable_search</c>, or null where it is none.</summary>
    public string? WebSearchField { get; init; }

    /// <summary>Whether messages may have a <c>name</c>. Mistral refuses it.</summary>
    public bool TakesNames { get; init; } = true;
}

/// <summary>The fields by which a provider lets the caller steer how much a model thinks.</summary>
[Flags]
internal enum ReasoningControls
{
    /// <summary>None: what the caller asks is left out.</summary>
    None = 0,

    /// <summary><c>reasoning_effort: "high"</c> (OpenAI, Groq, xAI, OpenRouter, vLLM).</summary>
    Effort = 1,

    /// <summary><c>enable_thinking: true</c> (Qwen).</summary>
    EnableThinking = 2,

    /// <summary><c>thinking: {type: "enabled"}</c> (DeepSeek, Zhipu, Moonshot).</summary>
    ThinkingType = 4,
}
