namespace LlmStream;

/// <summary>What can be unusual about a stream. Values may be added in later versions.</summary>
/// <remarks>What is usual depends on the dialect: a comment that DashScope sends in every stream is not a finding there.</remarks>
public enum StreamFindingCode
{
    /// <summary>A choice of a complete answer has neither text, nor a refusal, nor a tool call.</summary>
    EmptyAnswer,

    /// <summary>The text contains a <c>&lt;think&gt;</c> tag: the server does not separate the reasoning from the answer.</summary>
    ThinkTagInText,

    /// <summary>
    /// A text contains control characters other than tabs and line endings, or characters that change the direction of text. They
    /// must not be written to a terminal unescaped.
    /// </summary>
    ControlCharacters,

    /// <summary>A text contains U+FFFD: bytes that were not valid UTF-8, or a replacement character that the server sent.</summary>
    ReplacementCharacters,

    /// <summary>A tool call has no id. <see cref="StreamFinding.Values"/> holds its name.</summary>
    ToolCallWithoutId,

    /// <summary>A tool call of a complete answer has no name.</summary>
    ToolCallWithoutName,

    /// <summary>
    /// The arguments of a tool call of a complete answer are not a JSON object. <see cref="StreamFinding.Values"/> holds the name of
    /// the tool call.
    /// </summary>
    InvalidToolArguments,

    /// <summary>
    /// The provider sent the same id for several tool calls of a choice. <see cref="StreamFinding.Values"/> holds these ids.
    /// </summary>
    DuplicateToolCallId,

    /// <summary>The finish reason is that tools are called, but there is no tool call.</summary>
    FinishReasonWithoutToolCalls,

    /// <summary>There are tool calls, but the finish reason is that of an ordinary end.</summary>
    ToolCallsWithStopReason,

    /// <summary>The finish reason is unknown. <see cref="StreamFinding.Values"/> holds it.</summary>
    UnknownFinishReason,

    /// <summary>Text followed the finish reason of its choice.</summary>
    TextAfterFinishReason,

    /// <summary>The server withdrew text that it had already sent.</summary>
    WithdrawnText,

    /// <summary>Each chunk repeats all text so far, and was read accordingly.</summary>
    CumulativeText,

    /// <summary>
    /// Each chunk seems to repeat all text so far, but was read as new text: <see cref="ChatReadOptions.TextMode"/> may be wrong.
    /// </summary>
    PossiblyCumulativeText,

    /// <summary>Choices of a complete answer have no finish reason. <see cref="StreamFinding.Count"/> is their number.</summary>
    MissingFinishReason,

    /// <summary>A complete answer has no end marker, although the dialect requires one.</summary>
    MissingEndMarker,

    /// <summary>The finish reason of a choice changed. <see cref="StreamFinding.Values"/> holds the reasons.</summary>
    ChangedFinishReason,

    /// <summary>A finish reason was sent more than once.</summary>
    RepeatedFinishReason,

    /// <summary>Events followed the end marker. Readers ignore them.</summary>
    EventsAfterEndMarker,

    /// <summary>A complete answer has no token counts.</summary>
    MissingUsage,

    /// <summary>Every event has token counts, although in this dialect one event usually does.</summary>
    UsageInEveryEvent,

    /// <summary>Token counts were sent more than once. The last ones are used.</summary>
    RepeatedUsage,

    /// <summary>
    /// Events could not be parsed, besides the one that <see cref="StreamInspection.Exception"/> is about.
    /// <see cref="StreamFinding.Count"/> is the number of all malformed events.
    /// </summary>
    MalformedEvents,

    /// <summary>There is text between the events. <see cref="StreamFinding.Values"/> holds the start of it.</summary>
    TextBetweenEvents,

    /// <summary>Events have neither choices nor token counts.</summary>
    EventsWithoutChoices,

    /// <summary>Events have no data.</summary>
    EmptyEvents,

    /// <summary>
    /// The stream ended within an event, after the answer was complete. <see cref="StreamFinding.Values"/> holds the start of it.
    /// </summary>
    CutEvent,

    /// <summary>
    /// Events have types (<c>event:</c>) that are not usual in this dialect. <see cref="StreamFinding.Values"/> holds the types.
    /// </summary>
    UnusualEventTypes,

    /// <summary>Events have an unknown type in their JSON. <see cref="StreamFinding.Values"/> holds the types.</summary>
    UnknownEvents,

    /// <summary>Events have unknown fields. <see cref="StreamFinding.Values"/> holds their paths.</summary>
    UnknownFields,

    /// <summary>The stream has comments. <see cref="StreamFinding.Values"/> holds their text.</summary>
    Comments,

    /// <summary>The body is a single JSON document, not a stream.</summary>
    SingleJsonDocument,

    /// <summary>The events are the elements of a JSON array instead of server-sent events.</summary>
    JsonArray,

    /// <summary>The events are JSON lines instead of server-sent events.</summary>
    JsonLines,

    /// <summary>Lines begin with <c>error:</c>, which parsers of event streams ignore.</summary>
    ErrorLines,

    /// <summary>JSON is not preceded by <c>data:</c>, so that parsers of event streams ignore it.</summary>
    JsonWithoutDataField,

    /// <summary>
    /// Lines have fields that the event stream format does not define. <see cref="StreamFinding.Values"/> holds the fields.
    /// </summary>
    UnknownEventStreamFields,

    /// <summary>No blank line follows the last event, so that strict parsers discard it.</summary>
    MissingFinalBlankLine,

    /// <summary>The stream begins with a byte order mark.</summary>
    ByteOrderMark,

    /// <summary>Lines end in different ways.</summary>
    MixedLineEndings,

    /// <summary>Lines end in CR LF.</summary>
    CarriageReturnLineFeedEndings,

    /// <summary>Lines end in CR.</summary>
    CarriageReturnEndings,
}
