namespace LlmStream.Testing;

/// <summary>How a request asks to continue an answer that is there in part.</summary>
public enum ContinuationKind
{
    /// <summary>It does not: the answer begins at its beginning.</summary>
    None,

    /// <summary>The last message is the assistant's, without a flag (Anthropic up to 4.5, llama.cpp, Ollama, OpenRouter).</summary>
    Prefill,

    /// <summary>The last message is the assistant's with <c>prefix: true</c> (DeepSeek, Mistral).</summary>
    PrefixFlag,

    /// <summary>The last message is the assistant's with <c>partial: true</c> (Moonshot, Qwen).</summary>
    PartialFlag,

    /// <summary>The last message is the assistant's and the body has <c>continue_final_message: true</c> (vLLM, SGLang).</summary>
    ContinueFinalMessage,

    /// <summary>An assistant message holds the beginning of the answer, and a user message after it asks to go on.</summary>
    Instruction,

    /// <summary>A <c>GET</c> asks for what has been said since, of an answer that the server has kept (Responses with <c>background: true</c>).</summary>
    Replay,
}
