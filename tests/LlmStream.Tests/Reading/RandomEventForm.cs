namespace LlmStream.Tests.Reading;

/// <summary>How the events of a random stream are framed.</summary>
internal enum RandomEventFraming
{
    ServerSentEvents,
    Array,
    Lines,

    /// <summary>Messages of an Amazon event stream. The type of each is the first word of the event.</summary>
    EventStream,
}

/// <summary>The form of an event with text, as a provider sends it, or an unusual one.</summary>
/// <param name="Dialect">The format.</param>
/// <param name="Json">
/// The event, in which <c>&lt;T&gt;</c> is a text, <c>&lt;N&gt;</c> a counter, <c>&lt;P&gt;</c> padding, <c>&lt;C&gt;</c> a time that
/// increases, and <c>&lt;F&gt;</c> any number.
/// </param>
/// <param name="Framing">The framing.</param>
internal sealed record RandomEventForm(ChatDialect Dialect, string Json, RandomEventFraming Framing = RandomEventFraming.ServerSentEvents)
{
    public static IReadOnlyList<RandomEventForm> All { get; } =
    [
        new(ChatDialect.OpenAI, "{\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":<C>,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<T>\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"<P>\"}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\"<T>\"}}],\"created\":<C>,\"id\":\"x\",\"model\":\"q\",\"object\":\"chat.completion.chunk\",\"timings\":{\"predicted_n\":<N>,\"predicted_ms\":<F>}}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"content_filter_results\":{\"hate\":{\"filtered\":false,\"severity\":\"safe\"}},\"delta\":{\"content\":\"<T>\"},\"finish_reason\":null,\"index\":0}],\"created\":<C>,\"id\":\"x\",\"model\":\"q\"}"),
        new(ChatDialect.OpenAI, "{\"id\":\"<P>\",\"created\":1,\"model\":\"r\",\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\"<T>\"},\"finish_reason\":null}]}"),
        new(ChatDialect.OpenAI, "{\"id\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":\"<T>\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"<T>\"}]},\"finish_reason\":null,\"native_finish_reason\":null}]}"),
        new(ChatDialect.OpenAI, "{\"id\":\"h\",\"created\":<C>,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"<T>\"}}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":<N>,\"total_tokens\":<N>,\"completion_tokens_details\":{\"reasoning_tokens\":<N>,\"audio_tokens\":<N>}}}"),
        new(ChatDialect.OpenAI, "{\"id\":\"n\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<T>\"}},{\"index\":2,\"delta\":{\"content\":\"<T>\"}},{\"index\":1,\"delta\":{}}]}"),
        new(ChatDialect.OpenAI, "{\"id\":\"l\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<T>\"},\"logprobs\":{\"content\":[{\"token\":\"<P>\",\"logprob\":-<F>,\"bytes\":[<N>,<N>],\"top_logprobs\":[]}]}}]}"),
        new(ChatDialect.OpenAI, "{\"id\":\"d\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<T>\",\"content\":\"<T>\",\"note\":{\"content\":\"<P>\"}},\"delta2\":{\"content\":\"<P>\"}}],\"choices2\":[{\"delta\":{\"content\":\"<P>\"}}]}"),
        new(ChatDialect.OpenAI, "{\"id\":\"p\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"so far\"},\"delta\":{\"content\":\"<T>\"}}]}"),
        new(ChatDialect.OpenAI, "{\"id\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"<T>\"}]}]}}],\"usage\":null}"),
        new(ChatDialect.OpenAI, "{\"id\":\"o\",\"choices\":[{\"text\":\"<T>\",\"index\":0,\"logprobs\":null}]}"),
        new(ChatDialect.DashScope, "{\"output\":{\"choices\":[{\"message\":{\"content\":\"<T>\",\"role\":\"assistant\"},\"finish_reason\":\"null\"}]},\"usage\":{\"total_tokens\":<N>,\"output_tokens\":<N>,\"input_tokens\":20,\"prompt_tokens_details\":{\"cached_tokens\":0}},\"request_id\":\"r\"}"),
        new(ChatDialect.DashScope, "{\"output\":{\"session_id\":\"s\",\"finish_reason\":\"null\",\"text\":\"<T>\"},\"usage\":{\"models\":[{\"input_tokens\":4,\"output_tokens\":<N>,\"model_id\":\"q\"}]},\"request_id\":\"<P>\"}"),
        new(ChatDialect.Hunyuan, "{\"Note\":\"made\",\"Choices\":[{\"Delta\":{\"Role\":\"assistant\",\"Content\":\"<T>\"},\"FinishReason\":\"\"}],\"Created\":<C>,\"Id\":\"i\",\"Usage\":{\"PromptTokens\":6,\"CompletionTokens\":<N>,\"TotalTokens\":<N>}}"),
        new(ChatDialect.Gemini, "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"<T>\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 12,\"candidatesTokenCount\": <N>,\"totalTokenCount\": <N>,\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": <N>},{\"tokenCount\": <N>,\"modality\": \"AUDIO\"}]},\"modelVersion\": \"g\",\"responseId\": \"<P>\"}"),
        new(ChatDialect.Gemini, "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"thought\":true,\"text\":\"<T>\"}]},\"safetyRatings\":[{\"category\":\"H\",\"probability\":\"LOW\",\"probabilityScore\":<F>}],\"index\":0}],\"createTime\":\"2026-01-02T03:04:05Z\",\"responseId\":\"<P>\",\"usageMetadata\":{\"trafficType\":\"ON_DEMAND\"}}"),
        new(ChatDialect.Gemini, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"<T>\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0,\"avgLogprobs\":-<F>}],\"usageMetadata\":{\"candidatesTokenCount\":<N>}}"),
        new(ChatDialect.Gemini, "{\"response\":{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"<T>\",\"thought\":true},{\"text\":\"<T>\"}]}},{\"index\":2,\"content\":{\"parts\":[{\"text\":\"<T>\"},{\"text\":\"\"}]}}]},\"traceId\":\"<P>\"}"),
        new(ChatDialect.Gemini, "{\n  \"candidates\": [\r\n    {\n      \"content\": {\n        \"parts\": [{ \"text\": \"<T>\" }],\n        \"role\": \"model\"\n      },\n      \"index\": 0\n    }\n  ],\n  \"usageMetadata\": { \"totalTokenCount\": <N> },\n  \"responseId\": \"<P>\"\n}", RandomEventFraming.Array),
        new(ChatDialect.Cohere, "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"<T>\"}}}}"),
        new(ChatDialect.Cohere, "{\"index\":0,\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":{\"thinking\":\"<T>\"}}},\"logprobs\":{\"token_ids\":[<N>],\"text\":\"<P>\",\"logprobs\":[-<F>]},\"type\":\"content-delta\"}"),
        new(ChatDialect.Cohere, "{\"is_finished\":false,\"event_type\":\"text-generation\",\"text\":\"<T>\"}", RandomEventFraming.Lines),
        new(ChatDialect.Cohere, "{ \"event_type\": \"text-generation\", \"text\": \"<T>\", \"note\": [<N>, \"<P>\"] }", RandomEventFraming.Lines),
        new(ChatDialect.Bedrock, "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"<T>\"},\"p\":\"<P>\"}", RandomEventFraming.EventStream),
        new(ChatDialect.Bedrock, "contentBlockDelta {\"delta\":{\"reasoningContent\":{\"text\":\"<T>\"}},\"contentBlockIndex\":1,\"p\":\"<P>\",\"metrics\":{\"latencyMs\":<N>}}", RandomEventFraming.EventStream),
        new(ChatDialect.Bedrock, "{\"contentBlockDelta\":{\"contentBlockIndex\":0,\"delta\":{\"text\":\"<T>\"},\"p\":\"<P>\"}}", RandomEventFraming.Lines),
    ];

    private static readonly string[] BedrockOthers =
    [
        "contentBlockStop {\"contentBlockIndex\":0}",
        "contentBlockStop {\"contentBlockIndex\":1}",
        "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"citation\":{\"title\":\"t\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"signature\":\"s\"}}}",
        "contentBlockStart {\"contentBlockIndex\":2,\"start\":{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"f\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"{}\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"\"}}}",
        "metadata {\"usage\":{\"inputTokens\":3}}",
        "messageStart {\"role\":\"assistant\"}",
        "unknownEvent {\"text\":\"x\"}",
    ];

    private static readonly Dictionary<ChatDialect, string[]> OthersOf = new()
    {
        [ChatDialect.OpenAI] =
        [
            "{\"id\":\"c-1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}}]}",
            "{\"id\":\"c-1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}}]}",
        ],
        [ChatDialect.Gemini] =
        [
            "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":1}}}]}}]}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"willContinue\":true}}]}}]}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{}}]}}]}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"},{\"text\":\"a\",\"thought\":true}]}}]}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\",\"thoughtSignature\":\"cw==\"}]},\"finishReason\":\"STOP\"}]}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]},\"citationMetadata\":{\"citations\":[{\"uri\":\"https://a.example/\"}]}}]}",
        ],
        [ChatDialect.Cohere] =
        [
            "{\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"I will \"}}}",
            "{\"type\":\"content-delta\",\"delta\":{\"message\":{\"tool_plan\":\"I will \"}}}",
            "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}}}}",
            "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{}\"}}}}}",
            "{\"type\":\"tool-call-end\",\"index\":0}",
            "{\"type\":\"citation-start\",\"index\":0,\"delta\":{\"message\":{\"citations\":{\"start\":0,\"end\":2,\"text\":\"a\"}}}}",
            "{\"event_type\":\"tool-calls-chunk\",\"text\":\"I will \"}",
            "{\"event_type\":\"stream-start\",\"generation_id\":\"g\"}",
            "{\"type\":\"content-delta\",\"error\":\"no\"}",
        ],
        [ChatDialect.Bedrock] = BedrockOthers,
    };

    private static readonly Dictionary<ChatDialect, string> FinishOf = new()
    {
        [ChatDialect.OpenAI] = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"},{\"index\":2,\"delta\":{},\"finish_reason\":\"length\"}]}",
        [ChatDialect.DashScope] = "{\"output\":{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]},\"usage\":{\"total_tokens\":9}}",
        [ChatDialect.Hunyuan] = "{\"Choices\":[{\"Delta\":{\"Content\":\"\"},\"FinishReason\":\"stop\"}]}",
        [ChatDialect.Cohere] = "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}",
        [ChatDialect.Gemini] = "{\"candidates\":[{\"finishReason\":\"STOP\"},{\"index\":1,\"finishReason\":\"STOP\"},{\"index\":2,\"finishReason\":\"MAX_TOKENS\"}]}",
    };

    /// <summary>Other forms of the same format and framing.</summary>
    public IEnumerable<RandomEventForm> Alike => All.Where(other => other.Dialect == Dialect && other.Framing == Framing);

    /// <summary>Events that do something else than to add text.</summary>
    public IReadOnlyList<string> Others => [.. (OthersOf.GetValueOrDefault(Dialect) ?? OthersOf[ChatDialect.OpenAI]).Select(InFraming)];

    /// <summary>The event that finishes the answer.</summary>
    public string Finish => InFraming(FinishOf[Dialect]);

    /// <summary>An event that begins with its type, as an object with one field unless the framing has types.</summary>
    private string InFraming(string json) =>
        json[0] == '{' || Framing == RandomEventFraming.EventStream ? json : $"{{\"{json.Insert(json.IndexOf(' ', StringComparison.Ordinal), "\":")}}}";
}
