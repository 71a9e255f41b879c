using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>
/// Recognizes formats that no <see cref="Dialect"/> reads, by the fields of one event, so that an error can name them.
/// </summary>
internal static class ForeignFormats
{
    // In the order in which they are tried: those with a field that no other format has come first.
    private static readonly (string Name, Func<string, JsonHead, bool> Matches)[] All =
    [
        // platform.openai.com/docs/api-reference/assistants-streaming/events
        ("OpenAI's Assistants", static (type, head) =>
            IsThread(type) || IsThread(head.Text("object")) || IsThread(head.Text("event"))),

        // platform.openai.com/docs/api-reference/realtime-server-events
        ("OpenAI's Realtime API", static (_, head) =>
            head.Text("type") is { } type
            && (StartsWith(type, "session.") || StartsWith(type, "conversation.item.") || StartsWith(type, "input_audio_"))),

        // docs.anthropic.com/en/api/streaming, "Text Completions (legacy)"
        ("Anthropic's legacy Text Completions", static (_, head) =>
            head.Has("completion") && (head.HasAny("stop_reason", "log_id") || head.Text("type") is "completion")),

        // huggingface.github.io/text-generation-inference, /generate_stream
        ("Text Generation Inference (native)", static (_, head) =>
            head.Object("token")?.Has("text") is true || (head.Has("generated_text") && head.HasAny("details", "token"))),

        // cloud.baidu.com/doc/WENXINWORKSHOP, "is_end"
        ("Baidu's ERNIE (native)", static (_, head) =>
            head.Has("result") && head.HasAny("is_end", "sentence_id", "is_truncated", "need_clear_history")),

        // yandex.cloud/docs/foundation-models/text-generation/api-ref, "alternatives"
        ("YandexGPT", static (_, head) =>
            head.Object("result")?.Has("alternatives") is true || head.Has("alternatives")),

        // cloud.ibm.com/apidocs/watsonx-ai, /ml/v1/text/generation_stream
        ("watsonx.ai's text generation", static (_, head) =>
            head.Has("results") && head.HasAny("model_id", "created_at", "model_version", "system")),

        // docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
        ("Amazon Titan (InvokeModel)", static (_, head) => head.HasAny("outputText", "totalOutputTextTokenCount")),
        ("Meta Llama (InvokeModel)", static (_, head) =>
            head.Has("generation") && head.HasAny("generation_token_count", "prompt_token_count")),

        // cloud.google.com/vertex-ai/docs/generative-ai, serverStreamingPredict
        ("Vertex AI's predictions", static (_, head) => head.Has("predictions") || (head.Has("outputs") && head.Has("metadata"))),

        // github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, /completion
        ("llama.cpp's completion", static (_, head) =>
            head.Has("content") && head.Has("stop")
            && head.HasAny("id_slot", "slot_id", "multimodal", "tokens", "index", "tokens_predicted")),

        // docs.dify.ai, "chat-messages"
        ("Dify", static (_, head) => head.Has("event") && head.HasAny("task_id", "conversation_id", "message_id", "workflow_run_id")),

        // www.coze.com/docs/developer_guides/chat_v3
        ("Coze", static (type, _) => StartsWith(type, "conversation.message.") || StartsWith(type, "conversation.chat.")),

        // docs.ag-ui.com/concepts/events
        ("AG-UI", static (_, head) =>
            head.Text("type") is { } type
            && (StartsWith(type, "TEXT_MESSAGE_") || StartsWith(type, "TOOL_CALL_") || StartsWith(type, "RUN_"))),

        // ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
        ("Vercel's AI SDK (UI messages)", static (_, head) =>
            head.Text("type") is "text-start" or "text-delta" or "text-end" or "start-step" or "finish-step" or "reasoning-delta"),

        // xinghuo.xfyun.cn/doc, the native API
        ("iFlytek's Spark (native)", static (_, head) => head.Has("header") && head.Has("payload")),

        // www.jsonrpc.org/specification
        ("JSON-RPC", static (_, head) => head.Has("jsonrpc")),

        // developers.sber.ru/docs/ru/gigachat, version 2: "messages" with lists of contents
        ("GigaChat (version 2)", static (_, head) => head.Has("messages") && !head.HasAny("choices", "output")),
    ];

    /// <summary>The name of the format, or null.</summary>
    /// <param name="eventType">The type of the event.</param>
    /// <param name="data">The event.</param>
    public static string? Find(string eventType, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || data[0] != (byte)'{') return null;
        JsonHead head = JsonHead.Read(data, out _);
        foreach ((string name, Func<string, JsonHead, bool> matches) in All)
        {
            if (matches(eventType, head)) return name;
        }

        return null;
    }

    private static bool IsThread(string? type) => StartsWith(type, "thread.");

    private static bool StartsWith(string? text, string start) => text?.StartsWith(start, StringComparison.Ordinal) is true;
}
