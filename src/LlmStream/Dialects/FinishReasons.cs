using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>What the finish values of the providers mean, in the words of Microsoft.Extensions.AI.</summary>
internal static class FinishReasons
{
    /// <summary>The reason that a value stands for. What is not known is passed on as it is.</summary>
    public static ChatFinishReason Understand(string value) => value switch
    {
        "stop" => ChatFinishReason.Stop,
        "length" or "model_length" => ChatFinishReason.Length, // Mistral: the context is full
        "tool_calls" or "function_call" => ChatFinishReason.ToolCalls,
        "content_filter" or "sensitive" => ChatFinishReason.ContentFilter, // Zhipu, Hunyuan
        "COMPLETE" or "STOP_SEQUENCE" => ChatFinishReason.Stop, // Cohere
        "MAX_TOKENS" or "ERROR_LIMIT" => ChatFinishReason.Length,
        "TOOL_CALL" => ChatFinishReason.ToolCalls,
        "ERROR_TOXIC" => ChatFinishReason.ContentFilter,
        _ => new ChatFinishReason(value),
    };

    /// <summary>
    /// Whether a value says that the provider failed: <c>error</c> (OpenRouter), <c>insufficient_system_resource</c>
    /// (DeepSeek), <c>network_error</c> (Zhipu), <c>ERROR</c> and <c>TIMEOUT</c> (Cohere).
    /// </summary>
    public static bool IsFailure(string value) => value is "error" or "insufficient_system_resource" or "network_error" or "ERROR" or "TIMEOUT";
}
