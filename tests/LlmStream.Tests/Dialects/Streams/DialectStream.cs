namespace LlmStream.Tests.Dialects.Streams;

/// <summary>The answer <c>Hello</c> as each dialect sends it: in two pieces, then the finish reason, then the end marker.</summary>
internal sealed record DialectStream(ChatDialect Dialect, string[] Text, string Finish, string? End)
{
    /// <summary>Whether a name can be sent as the finish reason.</summary>
    public bool HasFinishReasons => Finish.Contains(Name, StringComparison.Ordinal);

    private const string Name = "NAME";

    public static IReadOnlyList<DialectStream> All { get; } =
    [
        new(
            ChatDialect.OpenAI,
            ["""data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}""", """data: {"choices":[{"index":0,"delta":{"content":"lo"}}]}"""],
            """data: {"choices":[{"index":0,"delta":{},"finish_reason":"NAME"}]}""",
            "data: [DONE]"),
        new(
            ChatDialect.Anthropic,
            [
                """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}""",
                """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}""",
            ],
            """data: {"type":"message_delta","delta":{"stop_reason":"NAME"}}""",
            """data: {"type":"message_stop"}"""),
        new(
            ChatDialect.Gemini,
            [
                """data: {"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}""", """data: {"candidates":[{"content":{"parts":[{"text":"lo"}]}}]}""",
            ],
            """data: {"candidates":[{"finishReason":"NAME"}]}""",
            null),
        new(
            ChatDialect.Interactions,
            [
                """data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"Hel"}}""",
                """data: {"event_type":"step.delta","index":0,"delta":{"type":"text","text":"lo"}}""",
            ],
            """data: {"event_type":"interaction.completed","interaction":{"id":"i","status":"completed"}}""",
            null),
        new(
            ChatDialect.DashScope,
            [
                """data: {"output":{"choices":[{"message":{"content":"Hel"},"finish_reason":"null"}]}}""",
                """data: {"output":{"choices":[{"message":{"content":"lo"},"finish_reason":"null"}]}}""",
            ],
            """data: {"output":{"choices":[{"message":{"content":""},"finish_reason":"NAME"}]}}""",
            null),
        new(
            ChatDialect.Hunyuan,
            ["""data: {"Choices":[{"Delta":{"Content":"Hel"},"FinishReason":""}]}""", """data: {"Choices":[{"Delta":{"Content":"lo"}}]}"""],
            """data: {"Choices":[{"Delta":{"Content":""},"FinishReason":"NAME"}]}""",
            "data: [DONE]"),
        new(
            ChatDialect.Ollama,
            ["""{"message":{"content":"Hel"},"done":false}""", """{"message":{"content":"lo"},"done":false}"""],
            """{"message":{"content":""},"done":false,"done_reason":"NAME"}""",
            """{"done":true}"""),
        new(
            ChatDialect.Tokens,
            ["""data: {"token":"Hel"}""", """data: {"token":"lo"}"""],
            """data: {"token":"","finish_reason":"NAME"}""",
            """data: {"done":true}"""),
        new(
            ChatDialect.Cohere,
            [
                """data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hel"}}}}""",
                """data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"lo"}}}}""",
            ],
            """data: {"type":"message-end","delta":{"finish_reason":"NAME"}}""",
            null),
        new(
            ChatDialect.Responses,
            [
                """data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hel"}""",
                """data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"lo"}""",
            ],
            """data: {"type":"response.completed","response":{"id":"r","status":"completed"}}""",
            null),
    ];

    /// <summary>The whole body.</summary>
    /// <param name="finish">The name of the finish reason.</param>
    public string Body(string finish = "stop") => Join([.. Text, Finished(finish), .. End is null ? (string[])[] : [End]]);

    /// <summary>The event with a finish reason.</summary>
    public string Finished(string finish = "stop") => Finish.Replace(Name, finish, StringComparison.Ordinal);

    /// <summary>Joins events to a body.</summary>
    public string Join(params string[] events) => string.Concat(events.Select(data => data + (data[0] == '{' ? "\n" : "\n\n")));

    /// <summary>Inserts fields into an event, at the start of its object.</summary>
    public static string With(string data, string fields) => data.Insert(data.IndexOf('{', StringComparison.Ordinal) + 1, fields + ",");
}
