namespace LlmStream.Dialects.OpenAI;

/// <summary>The fields by which a provider lets the caller control a model's reasoning.</summary>
[Flags]
internal enum ReasoningControls
{
    /// <summary>None: the caller's options are ignored.</summary>
    None = 0,

    /// <summary><c>reasoning_effort: "high"</c> (OpenAI, Groq, xAI, OpenRouter, vLLM).</summary>
    Effort = 1,

    /// <summary><c>enable_thinking: true</c> (Qwen).</summary>
    EnableThinking = 2,

    /// <summary><c>thinking: {type: "enabled"}</c> (DeepSeek, Zhipu, Moonshot).</summary>
    ThinkingType = 4,
}
