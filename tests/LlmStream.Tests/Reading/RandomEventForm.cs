namespace LlmStream.Tests.Reading;

/// <summary>How the events of a random stream are framed.</summary>
internal enum RandomEventFraming
{
    ServerSentEvents,

    /// <summary>Server-sent events with the field <c>event</c>.</summary>
    TypedServerSentEvents,

    Array,

    /// <summary>One JSON value a line.</summary>
    Lines,

    /// <summary>Messages of an Amazon event stream. The type of each is the first word of the event.</summary>
    EventStream,
}

/// <summary>The form of an event with text, as a provider sends it, or an unusual one.</summary>
/// <param name="Dialect">The format.</param>
/// <param name="Json">
/// The event, in which <c>&lt;T&gt;</c> is a text, <c>&lt;N&gt;</c> a counter, <c>&lt;S&gt;</c> the number of the event, <c>&lt;P&gt;</c>
/// padding, <c>&lt;X&gt;</c> the index of a choice, <c>&lt;W&gt;</c> spaces, <c>&lt;C&gt;</c> a time that increases, <c>&lt;D&gt;</c> the same as a date, and <c>&lt;F&gt;</c> any number.
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
        new(ChatDialect.OpenAI, "{\"id\":\"k\",\"choices\":[{\"index\":<X>,\"delta\":{\"content\":\"<T>\"},\"logprobs\":null,\"finish_reason\":null}],\"obfuscation\":\"<P>\"}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"delta\":{\"content\":\"<T>\",\"reasoning\":\"<T>\"},\"index\":<X>}],\"usage\":{\"completion_tokens\":<N>}}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"index\":<X>,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"<T>\"}}]}}]}"),
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
        new(ChatDialect.Bedrock, "contentBlockDelta {\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"<T>\"}},\"p\":\"<P>\"}", RandomEventFraming.EventStream),
        new(ChatDialect.Cohere, "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"<T>\"}}}}}"),
        new(ChatDialect.Cohere, "{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":1,\"parameters\":\"<T>\"}}", RandomEventFraming.Lines),
        new(ChatDialect.DashScope, "{\"output\":{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"index\":0,\"type\":\"function\",\"function\":{\"arguments\":\"<T>\"}}]},\"finish_reason\":\"null\"}]},\"usage\":{\"output_tokens\":<N>},\"request_id\":\"r\"}"),
        new(ChatDialect.Hunyuan, "{\"Choices\":[{\"Delta\":{\"Role\":\"assistant\",\"Content\":\"\",\"ToolCalls\":[{\"Index\":0,\"Type\":\"function\",\"Function\":{\"Arguments\":\"<T>\"}}]},\"FinishReason\":\"\"}],\"Created\":<C>,\"Id\":\"i\",\"Usage\":{\"CompletionTokens\":<N>}}"),
        new(ChatDialect.OpenAI, "{\"id\":\"t\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"<T>\"}}]},\"logprobs\":null,\"finish_reason\":null}],\"obfuscation\":\"<P>\"}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"delta\":{\"content\":null,\"tool_calls\":[{\"id\":\"\",\"type\":\"function\",\"function\":{\"name\":null,\"arguments\":\"<T>\"}}]},\"index\":0}],\"usage\":{\"completion_tokens\":<N>}}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"t\",\"function\":{\"arguments\":\"<T>\"}},{\"index\":0,\"function\":{\"arguments\":\"<T>\"}}]},\"index\":0}]}"),
        new(ChatDialect.OpenAI, "{\"choices\":[{\"index\":0,\"delta\":{\"function_call\":{\"arguments\":\"<T>\"}}},{\"index\":1,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"<T>\"}}]}}]}"),
        new(ChatDialect.Responses, "{\"type\":\"response.output_text.delta\",\"sequence_number\":<S>,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"<T>\",\"logprobs\":[],\"obfuscation\":\"<P>\"}"),
        new(ChatDialect.Responses, "{\"content_index\":1,\"delta\":\"<T>\",\"item_id\":\"msg_1\",\"logprobs\":[{\"token\":\"<P>\",\"logprob\":-<F>}],\"output_index\":0,\"type\":\"response.output_text.delta\"}"),
        new(ChatDialect.Responses, "{\"type\":\"response.reasoning_summary_text.delta\",\"item_id\":\"rs_1\",\"output_index\":1,\"summary_index\":0,\"delta\":\"<T>\",\"sequence_number\":<S>}"),
        new(ChatDialect.Responses, "{\"type\":\"response.function_call_arguments.delta\",\"sequence_number\":<S>,\"item_id\":\"fc_1\",\"output_index\":2,\"delta\":\"<T>\",\"obfuscation\":\"<P>\"}"),
        new(ChatDialect.Anthropic, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"<T>\"},\"p\":\"<P>\"}", RandomEventFraming.TypedServerSentEvents),
        new(ChatDialect.Anthropic, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"<T>\"}<W>}", RandomEventFraming.TypedServerSentEvents),
        new(ChatDialect.Anthropic, "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"<T>\",\"estimated_tokens\":<N>}}", RandomEventFraming.TypedServerSentEvents),
        new(ChatDialect.Anthropic, "{\"index\":2,\"type\":\"content_block_delta\",\"delta\":{\"partial_json\":\"<T>\",\"type\":\"input_json_delta\"}}", RandomEventFraming.TypedServerSentEvents),
        new(ChatDialect.Ollama, "{\"model\":\"m\",\"created_at\":\"<D>\",\"message\":{\"role\":\"assistant\",\"content\":\"<T>\"},\"done\":false}", RandomEventFraming.Lines),
        new(ChatDialect.Ollama, "{\"model\":\"m\",\"created_at\":\"<D>\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"<T>\"},\"done\":false,\"total\":<N>}", RandomEventFraming.Lines),
        new(ChatDialect.Ollama, "{\"model\":\"m\",\"created_at\":\"<D>\",\"response\":\"<T>\",\"done\":false}", RandomEventFraming.Lines),
    ];

    private static readonly string[] CallFields = ["arguments", "parameters", "input"];

    private static readonly string[] BedrockOthers =
    [
        "contentBlockStart {\"contentBlockIndex\":2,\"start\":{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"f\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"{\\\"a\\\"\"}}}",
        "contentBlockStop {\"contentBlockIndex\":0}",
        "contentBlockStop {\"contentBlockIndex\":1}",
        "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"citation\":{\"title\":\"t\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"signature\":\"s\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"{}\"}}}",
        "contentBlockDelta {\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"\"}}}",
        "contentBlockStart {\"contentBlockIndex\":2,\"start\":{\"toolUse\":{\"toolUseId\":\"s\",\"name\":\"search\",\"type\":\"server_tool_use\"}}}",
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
        [ChatDialect.Responses] =
        [
            "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"created_at\":1730371200,\"model\":\"m\",\"status\":\"in_progress\",\"output\":[]}}",
            "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}}",
            "{\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]}}",
            "{\"type\":\"response.output_item.added\",\"output_index\":2,\"item\":{\"id\":\"fc_1\",\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"}}",
            "{\"type\":\"response.output_text.done\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"text\":\"the whole text\"}",
            "{\"type\":\"response.content_part.done\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":1,\"part\":{\"type\":\"output_text\",\"text\":\"another part\",\"annotations\":[]}}",
            "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"one\"},{\"type\":\"output_text\",\"text\":\"two\"}]}}",
            "{\"type\":\"response.function_call_arguments.done\",\"item_id\":\"fc_1\",\"output_index\":2,\"arguments\":\"{}\"}",
            "{\"type\":\"response.output_item.done\",\"output_index\":2,\"item\":{\"id\":\"fc_1\",\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}",
            "{\"type\":\"response.refusal.delta\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":2,\"delta\":\"no\"}",
            "{\"type\":\"response.output_text.annotation.added\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"annotation\":{\"type\":\"url_citation\",\"url\":\"https://a.example/\",\"title\":\"t\"}}",
            "{\"type\":\"response.code_interpreter_call_code.delta\",\"item_id\":\"ci_1\",\"output_index\":3,\"delta\":\"x = 1\",\"sequence_number\":9}",
            "{\"type\":\"response.output_item.added\",\"output_index\":2,\"item\":{\"id\":\"fc_1\",\"type\":\"web_search_call\",\"status\":\"in_progress\"}}",
            "{\"type\":\"keepalive\",\"sequence_number\":5}",
        ],
        [ChatDialect.Anthropic] =
        [
            "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}",
            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
            "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}",
            "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{}}}",
            "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"srv_1\",\"name\":\"web_search\",\"input\":{}}}",
            "{\"type\":\"content_block_stop\",\"index\":0}",
            "{\"type\":\"content_block_stop\",\"index\":1}",
            "{\"type\":\"content_block_stop\",\"index\":2}",
            "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQB\"}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"type\":\"char_location\",\"cited_text\":\"x\",\"document_index\":0}}}",
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null},\"usage\":{\"output_tokens\":12}}",
            "{\"type\": \"ping\"}",
        ],
        [ChatDialect.Ollama] =
        [
            "{\"model\":\"m\",\"created_at\":\"2026-11-26T10:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]},\"done\":false}",
            "{\"model\":\"m\",\"created_at\":\"soon\",\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":false,\"eval_count\":3}",
            "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"x\",\"thinking\":\"y\"},\"done\":false}",
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
        [ChatDialect.DashScope] =
        [
            "{\"output\":{\"choices\":[{\"message\":{\"content\":\"\",\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}}]}}",
            "{\"output\":{\"choices\":[{\"message\":{\"content\":\"\",\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":\"}}]}}]}}",
            "{\"output\":{\"choices\":[{\"message\":{\"content\":\"\",\"tool_calls\":[{\"index\":1,\"id\":\"u\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]}}]}}",
            "{\"output\":{\"text\":\"x\",\"finish_reason\":\"stop\"}}",
        ],
        [ChatDialect.Hunyuan] =
        [
            "{\"Choices\":[{\"Delta\":{\"Content\":\"\",\"ToolCalls\":[{\"Index\":0,\"Id\":\"t\",\"Type\":\"function\",\"Function\":{\"Name\":\"f\",\"Arguments\":\"{\\\"a\\\"\"}}]}}]}",
            "{\"Choices\":[{\"Delta\":{\"Content\":\"\",\"ToolCalls\":[{\"Index\":0,\"Function\":{\"Arguments\":\":\"}}]}}]}",
            "{\"Choices\":[{\"Delta\":{\"Content\":\"\",\"ToolCalls\":[{\"Index\":1,\"Id\":\"u\",\"Type\":\"function\",\"Function\":{\"Name\":\"g\",\"Arguments\":\"{}\"}}]}}]}",
            "{\"ErrorMsg\":{\"Code\":4001,\"Msg\":\"no\"}}",
        ],
        [ChatDialect.Cohere] =
        [
            "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}}}}",
            "{\"event_type\":\"tool-calls-chunk\",\"tool_call_delta\":{\"index\":1,\"name\":\"g\",\"parameters\":\"{\\\"a\\\"\"}}",
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
        [ChatDialect.Bedrock] = "messageStop {\"stopReason\":\"end_turn\"}",
        [ChatDialect.Cohere] = "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}",
        [ChatDialect.Responses] = "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":5,\"output_tokens\":7}}}",
        [ChatDialect.Anthropic] = "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}",
        [ChatDialect.Ollama] = "{\"model\":\"m\",\"created_at\":\"2026-11-26T10:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":3,\"eval_count\":9}",
        [ChatDialect.Gemini] = "{\"candidates\":[{\"finishReason\":\"STOP\"},{\"index\":1,\"finishReason\":\"STOP\"},{\"index\":2,\"finishReason\":\"MAX_TOKENS\"}]}",
    };

    /// <summary>Other forms of the same format and framing.</summary>
    public IEnumerable<RandomEventForm> Alike => All.Where(other => other.Dialect == Dialect && other.Framing == Framing);

    /// <summary>Whether the events are server-sent events.</summary>
    public bool IsSse => Framing is RandomEventFraming.ServerSentEvents or RandomEventFraming.TypedServerSentEvents;

    private bool IsToolCall => CallFields.Any(name => Json.Contains($"\"{name}\":\"<T>", StringComparison.OrdinalIgnoreCase));

    /// <summary>The events that begin an answer in which all forms of the format may follow.</summary>
    public IEnumerable<string> Openings =>
        Dialect == ChatDialect.Responses || Dialect == ChatDialect.Anthropic ? Others.Take(4)
        : IsToolCall ? Others.Take(2)
        : [];

    /// <summary>Events that do something else than to add text.</summary>
    public IReadOnlyList<string> Others => [.. (OthersOf.GetValueOrDefault(Dialect) ?? OthersOf[ChatDialect.OpenAI]).Select(InFraming)];

    /// <summary>The event that finishes the answer.</summary>
    public string Finish => InFraming(FinishOf[Dialect]);

    /// <summary>An event that begins with its type, as an object with one field unless the framing has types.</summary>
    private string InFraming(string json) =>
        json[0] == '{' || Framing == RandomEventFraming.EventStream ? json : $"{{\"{json.Insert(json.IndexOf(' ', StringComparison.Ordinal), "\":")}}}";
}
