namespace LlmStream.Testing;

/// <summary>How a request asks the server to continue a partial answer.</summary>
public enum ContinuationKind
{
    /// <summary>It does not: the server answers from the beginning.</summary>
    None,

    /// <summary>The last message is the assistant's, without a flag (Anthropic up to Claude 4.5, llama.cpp, Ollama, OpenRouter).</summary>
    Prefill,

    /// <summary>The last message is the assistant's, with <c>prefix: true</c> (DeepSeek, Mistral).</summary>
    PrefixFlag,

    /// <summary>The last message is the assistant's, with <c>partial: true</c> (Moonshot, Qwen).</summary>
    PartialFlag,

    /// <summary>The last message is the assistant's, and the body has <c>continue_final_message: true</c> (vLLM, SGLang).</summary>
    ContinueFinalMessage,

    /// <summary>An assistant message contains the partial answer, and the user message after it asks to continue.</summary>
    Instruction,

    /// <summary>
    /// A <c>GET</c> requests a stored answer or a kept stream, or the rest of it (Responses with <c>background: true</c>, Interactions,
    /// <see cref="ReplayKind"/>).
    /// </summary>
    Replay,
}
