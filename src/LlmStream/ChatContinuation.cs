namespace LlmStream;

/// <summary>How the rest of an answer that broke off is requested. Providers differ in what they accept.</summary>
public enum ChatContinuation
{
    /// <summary>
    /// The partial answer as an assistant message, then a user message that asks the model to continue it. Works with every provider;
    /// the model may repeat something.
    /// </summary>
    Instruction,

    /// <summary>
    /// A prefill: the partial answer as the last message, which the provider has the model continue (Ollama, OpenRouter).
    /// </summary>
    Prefill,

    /// <summary>A prefill with <c>prefix: true</c> in the message (DeepSeek's beta API, Mistral).</summary>
    PrefixFlag,

    /// <summary>A prefill with <c>partial: true</c> in the message (Moonshot, Qwen).</summary>
    PartialFlag,

    /// <summary>
    /// A prefill with <c>continue_final_message: true</c> and <c>add_generation_prompt: false</c> in the request (vLLM, SGLang, llama.cpp).
    /// </summary>
    ContinueFinalMessage,

    /// <summary>
    /// A restart: the original request again. The beginning of the new answer is skipped as far as it equals the partial answer; if it
    /// differs, <see cref="LlmResumeOptions.RestartPolicy"/> decides.
    /// </summary>
    Restart,

    /// <summary>
    /// A replay: the provider goes on generating while nobody is connected, and sends the rest on request (OpenAI's Responses with
    /// <c>background: true</c>). Nothing is lost or repeated, even within a tool call. Used automatically if the request allows it; if
    /// the provider has not kept the answer, another continuation is used.
    /// </summary>
    Replay,
}
