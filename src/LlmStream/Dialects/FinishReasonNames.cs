using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>The finish reasons, by the names that are sent for them.</summary>
/// <remarks>
/// <para>
/// A name means the same in every wire format, because gateways translate the format of an answer and pass the names on. Case and
/// separators do not count (<c>MAX_TOKENS</c>, <c>max_tokens</c>, <c>max-tokens</c>, <c>maxTokens</c>). In a name that consists of
/// parts, such as <c>function_call_filter: MALFORMED_FUNCTION_CALL</c> of Gemini's compatible endpoint, the last known part counts.
/// </para>
/// <para>
/// A name for a failure makes the answer an error, whatever follows it: the names listed here, and all that say so themselves
/// (<see cref="FailureWords"/>). Any other unknown name is passed on unchanged and completes the answer.
/// </para>
/// </remarks>
internal sealed record FinishReasonNames
{
    private static readonly string[] StopNames =
    [
        "stop",
        "end_turn", "stop_sequence", // Anthropic and Bedrock
        "COMPLETE", // Cohere
    ];

    private static readonly string[] LengthNames =
    [
        "length",
        "max_tokens", // Anthropic, Gemini, Bedrock, Cohere, watsonx.ai
        "max_output_tokens", // OpenAI's Responses: incomplete_details.reason
        "max_completion_tokens", "max_length", "max_output",
        "model_length", // Mistral: docs.mistral.ai/api
        "model_context_window_exceeded", // Anthropic, Bedrock, Zhipu (docs.bigmodel.cn)
        "context_window_exceeded", "context_length_exceeded", "context_length",
        "context", // SenseNova: platform.sensenova.cn
        "token_limit", "token_limit_reached", // watsonx.ai: cloud.ibm.com/apidocs/watsonx-ai, stop_reason
        "ERROR_LIMIT", // Cohere, version 1: the limit of the context
        "ALTERNATIVE_STATUS_TRUNCATED_FINAL", // YandexGPT
    ];

    private static readonly string[] ToolCallsNames =
    [
        "tool_calls", "function_call",
        "tool_use", // Anthropic and Bedrock
        "TOOL_CALL", // Cohere
        "requires_action", // Gemini's Interactions
    ];

    private static readonly string[] ContentFilterNames =
    [
        "content_filter",
        "content_filtered", "guardrail_intervened", // Bedrock: docs.aws.amazon.com/bedrock, StopReason of Converse
        "refusal", // Anthropic: platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
        "sensitive", // Zhipu, Hunyuan, SenseNova
        "blacklist", // GigaChat: developers.sber.ru/docs/ru/gigachat
        "ERROR_TOXIC", // Cohere, version 1
        "ALTERNATIVE_STATUS_CONTENT_FILTER", // YandexGPT

        // Gemini: ai.google.dev/api/generate-content#FinishReason, and cloud.google.com/vertex-ai for MODEL_ARMOR.
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    ];

    // OTHER, LANGUAGE and NO_IMAGE of Gemini are not failures: the API only documents that the candidate ended for that reason.
    private static readonly string[] FailureNames =
    [
        "error", // OpenRouter, Mistral, vLLM, Cohere, GigaChat, watsonx.ai
        "abort", // vLLM (vllm/v1/engine, FinishReason), SGLang, LMDeploy
        "failed", "failure",
        "cancelled", "canceled", "USER_CANCEL", // TensorRT-LLM, watsonx.ai; Cohere, version 1
        "timeout", "time_limit", // TensorRT-LLM, Cohere; watsonx.ai
        "insufficient_system_resource", // DeepSeek: api-docs.deepseek.com/api/create-chat-completion
        "network_error", // Zhipu: docs.bigmodel.cn
        "server_error", "internal_error", "engine_overloaded", "overloaded", "rate_limit", "rate_limit_exceeded", "service_unavailable",
        "malformed_model_output", "malformed_tool_use", // Bedrock
        "oom", "killed",

        // The model generated a call that cannot be executed. Gemini's own clients discard such an answer
        // (google-gemini/gemini-cli, packages/core/src/core/geminiChat.ts).
        "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
    ];

    // Parts of names with which a server says that it failed, in any wording.
    private static readonly string[] FailureWords =
    [
        "error", "fail", "abort", "malformed", "timeout", "timedout", "cancel", "overload", "unavailable", "exception", "disconnect",
        "interrupt", "preempt", "ratelimit", "outofmemory", "unloaded",
    ];

    private static readonly Dictionary<string, Kind> Kinds = CreateKinds();

    private const int MaxUsed = 8;

    // Names that were sent before, since nearly all answers of a client have one of a few. Replaced, never changed.
    private KnownName[] _used = [];

    private enum Kind
    {
        Unknown,
        Stop,
        Length,
        ToolCalls,
        ContentFilter,
        Failure,
    }

    /// <summary>The names that all formats share.</summary>
    public static FinishReasonNames Common { get; } = new();

    /// <summary>Further names with which a format states that the model finished the answer.</summary>
    public string[] Stop { get; init; } = [];

    /// <summary>Further names for: the answer reached the token limit or the end of the context window.</summary>
    public string[] Length { get; init; } = [];

    /// <summary>Further names for: the model calls tools.</summary>
    public string[] ToolCalls { get; init; } = [];

    /// <summary>Further names for: a content filter stopped the answer.</summary>
    public string[] ContentFilter { get; init; } = [];

    /// <summary>Further names for: the provider failed while it generated the answer.</summary>
    public string[] Failure { get; init; } = [];

    /// <summary>The reason that a name stands for. An unknown name, and that of a failure, is passed on unchanged.</summary>
    public ChatFinishReason ToReason(string name) => KindOf(name) switch
    {
        Kind.Stop => ChatFinishReason.Stop,
        Kind.Length => ChatFinishReason.Length,
        Kind.ToolCalls => ChatFinishReason.ToolCalls,
        Kind.ContentFilter => ChatFinishReason.ContentFilter,
        _ => new ChatFinishReason(name),
    };

    /// <summary>Whether a name reports that the provider failed: an error that is sent as a finish reason.</summary>
    public bool IsFailure(string name) => KindOf(name) == Kind.Failure;

    private static Dictionary<string, Kind> CreateKinds()
    {
        var kinds = new Dictionary<string, Kind>(StringComparer.OrdinalIgnoreCase);
        Add(StopNames, Kind.Stop);
        Add(LengthNames, Kind.Length);
        Add(ToolCallsNames, Kind.ToolCalls);
        Add(ContentFilterNames, Kind.ContentFilter);
        Add(FailureNames, Kind.Failure);
        return kinds;

        void Add(string[] names, Kind kind)
        {
            foreach (string name in names)
            {
                kinds.TryAdd(Normalize(name), kind);
                kinds.TryAdd(name, kinds[Normalize(name)]); // found at less cost as it is sent
            }
        }
    }

    private Kind KindOf(string name)
    {
        KnownName[] used = _used;
        foreach (KnownName known in used)
        {
            if (string.Equals(known.Name, name, StringComparison.Ordinal)) return known.Kind;
        }

        Kind kind = Find(name);
        // Only a name of the list, and not all that differ from one in case.
        if (kind is not Kind.Unknown && used.Length < MaxUsed && Kinds.ContainsKey(name)) _used = [.. used, new KnownName(name, kind)];
        return kind;
    }

    private Kind Find(string name)
    {
        if (Has(Stop)) return Kind.Stop;
        if (Has(Length)) return Kind.Length;
        if (Has(ToolCalls)) return Kind.ToolCalls;
        if (Has(ContentFilter)) return Kind.ContentFilter;
        if (Has(Failure)) return Kind.Failure;
        if (Kinds.TryGetValue(name, out Kind kind) || Kinds.TryGetValue(Normalize(name), out kind)) return kind;
        string[] parts = name.Split([':', '.'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = parts.Length - 1; i >= 0; i--)
        {
            if (Kinds.TryGetValue(Normalize(parts[i].Trim()), out kind)) return kind;
        }

        string normalized = Normalize(name);
        foreach (string word in FailureWords)
        {
            if (normalized.Contains(word, StringComparison.Ordinal)) return Kind.Failure;
        }

        return Kind.Unknown;

        bool Has(string[] names) => Array.IndexOf(names, name) >= 0;
    }

    private sealed record KnownName(string Name, Kind Kind);

    private static string Normalize(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
