using System.Text.Json.Nodes;
using LlmStream.Dialects.Anthropic;
using LlmStream.Dialects.Gemini;
using LlmStream.Json;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Chooses how the rest of an answer is asked for, and in which words.</summary>
internal static class ContinuationStrategy
{
    private const string English =
        "Your last message was cut off by a lost connection. Continue it from exactly where it stops, even in the middle of a word. "
        + "Repeat nothing of it, and add no introduction.";

    // Said by the user, as Anthropic advises where a model takes no prefill (platform.claude.com/docs, prompting best practices): that the
    // answer was interrupted, and what it ended with. In our own words.
    private const string EnglishWithTail =
        "Your previous response was interrupted. It ended with:\n\n{0}\n\nContinue from exactly where it stops, even in the middle of a word. "
        + "Repeat nothing of it, and add no introduction.";

    private const string ChineseWithTail = "你的上一条回复被中断了，它的结尾是：\n\n{0}\n\n请从它断开的地方原样接着写，哪怕断在词语中间。不要重复已有的内容，也不要添加任何开场白。";

    /// <summary>How much of the end is quoted: enough to be found in the answer above it, which is sent as well.</summary>
    private const int TailLength = 240;

    private const string Chinese = "你的上一条消息因连接中断而没有发完。请从它断开的地方原样接着写，哪怕断在词语中间。不要重复已有的内容，也不要添加任何开场白。";

    /// <summary>Whether the provider keeps the answer to a request, and may be asked to send it on.</summary>
    public static bool MayReplay(ResumeOptions options, ChatRequest request) =>
        request.IsKept && options is { MaxResumes: > 0, Strategy: null or ChatContinuation.Replay };

    /// <summary>Whether a provider that was asked to send an answer on says that it has not kept it, so that another way may do.</summary>
    public static bool IsRefusedReplay(ChatStreamException failure) => failure.Error == ChatStreamError.InvalidRequest;

    /// <summary>
    /// How else than by a replay: the provider's way, unless the model is known not to allow it: Qwen's thinking models take no partial message
    /// (help.aliyun.com/zh/model-studio/partial-mode), DeepSeek documents the prefix for its chat model, and Claude from 4.6 on,
    /// or while it thinks, answers a trailing assistant message with 400, by whichever gateway; Gemini's thinking models think anew,
    /// and so do not go on.
    /// </summary>
    public static ChatContinuation Choose(ResumeOptions options, LlmProvider provider, JsonObject body)
    {
        if (options.Strategy is { } wanted and not ChatContinuation.Replay) return wanted;
        string model = ModelOf(body).ToLowerInvariant();
        bool refuses = provider.Continuation switch
        {
            ChatContinuation.PartialFlag => model.Contains("thinking", StringComparison.Ordinal) || model.StartsWith("qwq", StringComparison.Ordinal) || IsOn(body, "enable_thinking"),
            ChatContinuation.PrefixFlag => model.Contains("reasoner", StringComparison.Ordinal) || model.StartsWith("magistral", StringComparison.Ordinal),
            ChatContinuation.TrailingMessage => new ClaudeModel(model).RefusesPrefill || Thinks(body) || model.Contains("openai/", StringComparison.Ordinal)
                || (provider.Dialect == ChatDialect.Gemini && GeminiModels.Thinks(body)),
            _ => false,
        };
        return refuses || provider.Continuation == ChatContinuation.Replay ? ChatContinuation.Instruction : provider.Continuation;
    }

    /// <summary>Whether a refusal says that a last message of the assistant's is not to be continued, so that another way may do.</summary>
    public static bool IsRefusedPrefill(ChatStreamException failure) =>
        failure.Error == ChatStreamError.InvalidRequest && failure.ProviderMessage is { } message
        && RefusedPrefill.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>What the user says.</summary>
    /// <param name="options">The options, which may have words of their own.</param>
    /// <param name="body">The request that the answer belongs to.</param>
    /// <param name="text">What had arrived of the answer.</param>
    public static string Instruction(LlmStreamOptions options, JsonObject body, string text)
    {
        if (options.Resume.Instruction is { } words) return words;
        bool isChinese = IsChinese(ContinuationRequest.LastUserText(options.Provider.Dialect.Requests, body));
        if (!new ClaudeModel(ModelOf(body)).IsClaude) return isChinese ? Chinese : English;
        int start = Math.Max(0, text.Length - TailLength);
        if (start > 0 && char.IsLowSurrogate(text[start])) start++;
        return (isChinese ? ChineseWithTail : EnglishWithTail).Replace("{0}", text[start..], StringComparison.Ordinal);
    }

    // Anthropic's, llama.cpp's, Mistral's, DeepSeek's and vLLM's words.
    private static readonly string[] RefusedPrefill =
    [
        "prefill", "must end with a user message", "must start with a thinking block", "incompatible with enable_thinking", "Expected last role", "last message must", "continue_final_message", "prefix",
        "partial mode", "does not support partial", "'partial'",
    ];

    private static string ModelOf(JsonObject body) => body["model"] is JsonValue value && value.TryGetValue(out string? name) ? name : "";

    /// <summary>Whether Claude was told to think: then an answer has to begin with thoughts, which a text that stands alone does not.</summary>
    private static bool Thinks(JsonObject body) =>
        (body["thinking"] as JsonObject)?["type"] is JsonValue value && value.TryGetValue(out string? type) && type is "enabled" or "adaptive";

    private static bool IsOn(JsonObject body, string field) =>
        (body[field] ?? (body["parameters"] as JsonObject)?[field]) is JsonValue value && value.TryGetValue(out bool on) && on;

    /// <summary>Whether the words hold more Chinese characters than Latin letters.</summary>
    private static bool IsChinese(string words)
    {
        int chinese = 0, latin = 0;
        foreach (char c in words)
        {
            if (c is >= '\u4E00' and <= '\u9FFF') chinese++;
            else if (char.IsAsciiLetter(c)) latin++;
        }

        return chinese * 3 > latin; // a Chinese character says about as much as three letters
    }
}
