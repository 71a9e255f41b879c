namespace LlmStream;

/// <summary>The fields of a request that control a model's reasoning, as a provider accepts them. A provider may accept several.</summary>
[Flags]
public enum LlmReasoningControls
{
    /// <summary>None: <c>ChatOptions.Reasoning</c> is ignored.</summary>
    None = 0,

    /// <summary><c>reasoning_effort: "high"</c> (OpenAI, Groq, xAI, OpenRouter, vLLM).</summary>
    Effort = 1,

    /// <summary><c>enable_thinking: true</c> (Qwen).</summary>
    EnableThinking = 2,

    /// <summary><c>thinking: {type: "enabled"}</c> (DeepSeek, Zhipu, Moonshot).</summary>
    ThinkingType = 4,
}
