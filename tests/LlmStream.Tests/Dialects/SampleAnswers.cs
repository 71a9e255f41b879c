namespace LlmStream.Tests.Dialects;

/// <summary>The answer "Hi" in every dialect, event by event.</summary>
internal static class SampleAnswers
{
    public static (ChatDialect Dialect, string[] Events)[] OfAllDialects { get; } =
    [
        (ChatDialect.OpenAI,
        [
            """{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
            "[DONE]",
        ]),
        (ChatDialect.Responses,
        [
            """{"type":"response.created","sequence_number":0,"response":{"id":"r","status":"in_progress"}}""",
            """{"type":"response.output_text.delta","sequence_number":1,"item_id":"m","output_index":0,"content_index":0,"delta":"Hi"}""",
            """{"type":"response.completed","sequence_number":2,"response":{"id":"r","status":"completed"}}""",
        ]),
        (ChatDialect.Anthropic,
        [
            """{"type":"message_start","message":{"id":"m","role":"assistant","content":[]}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""",
            """{"type":"message_stop"}""",
        ]),
        (ChatDialect.Gemini,
        [
            """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]}}]}""",
            """{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP"}]}""",
        ]),
        (ChatDialect.Interactions,
        [
            """{"event_type":"interaction.created","event_id":"e0","interaction":{"id":"r","status":"in_progress"}}""",
            """{"event_type":"step.start","event_id":"e1","index":0,"step":{"type":"model_output"}}""",
            """{"event_type":"step.delta","event_id":"e2","index":0,"delta":{"type":"text","text":"Hi"}}""",
            """{"event_type":"step.stop","event_id":"e3","index":0}""",
            """{"event_type":"interaction.completed","event_id":"e4","interaction":{"id":"r","status":"completed"}}""",
        ]),
        (ChatDialect.DashScope,
        [
            """{"output":{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"null"}]}}""",
            """{"output":{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}}""",
        ]),
        (ChatDialect.Hunyuan,
        [
            """{"Choices":[{"Delta":{"Role":"assistant","Content":"Hi"},"FinishReason":""}]}""",
            """{"Choices":[{"Delta":{"Role":"assistant","Content":""},"FinishReason":"stop"}]}""",
        ]),
        (ChatDialect.Ollama,
        [
            """{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}""",
            """{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}""",
        ]),
        (ChatDialect.Cohere,
        [
            """{"type":"message-start","id":"c","delta":{"message":{"role":"assistant"}}}""",
            """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}""",
            """{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}""",
        ]),
        (ChatDialect.Tokens, ["""{"token":"Hi"}""", """{"done":true}"""]),
    ];

    public static (ChatDialect Dialect, string[] Events) Of(string name) => OfAllDialects.Single(answer => answer.Dialect.Name == name);

    /// <summary>Whether the dialect's streams are JSON lines instead of server-sent events.</summary>
    public static bool IsJsonLines(ChatDialect dialect) => dialect == ChatDialect.Ollama;

    /// <summary>Whether the dialect can be recognized. The smallest format of all cannot.</summary>
    public static bool CanBeRecognized(ChatDialect dialect) => dialect != ChatDialect.Tokens;

    public static string ToBody(ChatDialect dialect, IEnumerable<string> events) =>
        string.Concat(events.Select(data => IsJsonLines(dialect) ? data + "\n" : $"data: {data}\n\n"));
}
