namespace LlmStream;

/// <summary>How a provider lets an answer that broke off be continued: what the request that asks for the rest looks like.</summary>
public enum ChatContinuation
{
    /// <summary>The partial answer as the assistant's, and a turn of the user that asks to go on. Every provider understands it.</summary>
    Instruction,

    /// <summary>The partial answer as the last message, and nothing else (llama.cpp, Ollama, OpenRouter).</summary>
    Prefill,

    /// <summary>The partial answer as the last message, with <c>prefix: true</c> (DeepSeek's beta, Mistral).</summary>
    PrefixFlag,

    /// <summary>The partial answer as the last message, with <c>partial: true</c> (Moonshot, Qwen).</summary>
    PartialFlag,

    /// <summary>
    /// The partial answer as the last message, with <c>continue_final_message: true</c> and
    /// <c>add_generation_prompt: false</c> in the request (vLLM, SGLang).
    /// </summary>
    ContinueFinalMessage,

    /// <summary>
    /// The same request once more. What had arrived is passed over where the new answer begins with it; where it does not,
    /// <see cref="ResumeOptions.OnRestart"/> says what happens.
    /// </summary>
    Restart,

    /// <summary>
    /// Nothing is asked for again: the provider, which goes on answering when nobody listens, sends what it has said since
    /// (OpenAI's Responses with <c>background: true</c>). Not a character is lost or written twice, in the middle of a tool call
    /// either. Chosen by itself where the request allows it; where the provider has not kept the answer, the next best way is taken.
    /// </summary>
    Replay,
}
