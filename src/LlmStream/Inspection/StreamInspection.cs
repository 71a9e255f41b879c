using LlmStream.Inspection;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>What <see cref="StreamInspector"/> found out about a stream. Immutable.</summary>
public sealed class StreamInspection
{
    internal StreamInspection(InspectedStream stream)
    {
        Dialect = stream.Dialect;
        IsDialectRecognized = stream.IsDialectRecognized;
        ByteCount = stream.ByteCount;
        EventCount = stream.Framing.Frames;
        IsJsonSequence = stream.Framing.JsonSequence;
        Result = stream.Result;
        ReportedUsage = stream.ReportedUsage;
        Exception = stream.Exception;
        FinishReasons = stream.FinishReasons;
        EndMarker = stream.Decoding.EndMarkers > 0 ? stream.EndMarker : null;
        HasEndSignal = stream.Decoding.EndMarkers > 0 || stream.Decoding.FinishReasons > 0;
        if (stream.Decoder.ReportedFault is { } fault && stream.ErrorEventNumber is { } number)
            ProviderError = new StreamProviderError(fault.Code, fault.Message, number);
        MalformedEventCount = stream.Decoding.MalformedEvents;
        MalformedEvent = stream.Decoder.Malformed;
        MalformedEventNumber = stream.MalformedEventNumber;
        CutEvent = stream.Decoding.CutEvent;
        if (stream.Decoder.Dialect.TextMode == ChatTextMode.Auto) IsTextCumulative = stream.IsTextCumulative;
        Missing = MissingParts.Find(stream);
        Findings = InspectionFindings.Find(stream);
    }

    /// <summary>The format as which the stream was read.</summary>
    public ChatDialect Dialect { get; }

    /// <summary>
    /// Whether <see cref="Dialect"/> was recognized from the stream. False if the caller specified it, or if it could not be recognized
    /// and <see cref="ChatDialect.OpenAI"/> was assumed.
    /// </summary>
    public bool IsDialectRecognized { get; }

    /// <summary>
    /// The number of bytes that were read: all, unless a limit was exceeded (<see cref="ChatStreamError.TooLarge"/>).
    /// </summary>
    public long ByteCount { get; }

    /// <summary>
    /// The number of events: server-sent events, or, if <see cref="IsJsonSequence"/>, JSON values. Includes empty and malformed events
    /// and the end marker.
    /// </summary>
    public int EventCount { get; }

    /// <summary>Whether the events are a sequence of JSON values (JSON lines, or a JSON array) instead of server-sent events.</summary>
    public bool IsJsonSequence { get; }

    /// <summary>The answer, or what had arrived of it.</summary>
    public ChatStreamResult Result { get; }

    /// <summary>
    /// The usage of <see cref="Result"/>, except that the total is <see langword="null"/> if the provider sent none;
    /// <see langword="null"/> if it sent no usage.
    /// </summary>
    public UsageDetails? ReportedUsage { get; }

    /// <summary>How the stream ended.</summary>
    public StreamEnding Ending => Exception switch
    {
        null => StreamEnding.Complete,
        { Error: ChatStreamError.Truncated } => StreamEnding.Truncated,
        _ => StreamEnding.Error,
    };

    /// <summary>
    /// Why the answer is not complete, or <see langword="null"/> if it is complete. If there are several reasons: the provider's error,
    /// otherwise the first malformed event. It is not thrown.
    /// </summary>
    public ChatStreamException? Exception { get; }

    /// <summary>
    /// The finish reasons as the provider last sent them, by the index of the choice. A choice for which no finish reason was sent
    /// has no entry.
    /// </summary>
    public IReadOnlyDictionary<int, string> FinishReasons { get; }

    /// <summary>
    /// The end marker that was received, such as <c>[DONE]</c> or <c>message_stop</c>, or <see langword="null"/> if none was received.
    /// </summary>
    public string? EndMarker { get; }

    /// <summary>Whether any signal of an end was received: an end marker, or a finish reason of any choice.</summary>
    public bool HasEndSignal { get; }

    /// <summary>
    /// The error that the provider reported in an event, or <see langword="null"/>. A failure that the provider states only as a
    /// finish reason is not included: see <see cref="Exception"/>.
    /// </summary>
    public StreamProviderError? ProviderError { get; }

    /// <summary>The number of events that could not be parsed.</summary>
    public int MalformedEventCount { get; }

    /// <summary>The start of the first event that could not be parsed, or <see langword="null"/> if there is none.</summary>
    public string? MalformedEvent { get; }

    /// <summary>The number, from 1, of the first event that could not be parsed, or <see langword="null"/> if there is none.</summary>
    public int? MalformedEventNumber { get; }

    /// <summary>The start of the event within which the stream ended, or <see langword="null"/> if it ended after an event.</summary>
    public string? CutEvent { get; }

    /// <summary>
    /// Whether each chunk repeats all text so far; <see langword="null"/> if the dialect has only incremental streams. See
    /// <see cref="ChatTextMode.Auto"/>.
    /// </summary>
    public bool? IsTextCumulative { get; }

    /// <summary>
    /// What a truncated stream lacks, as phrases for people, such as <c>the finish reason</c>; empty unless <see cref="Ending"/> is
    /// <see cref="StreamEnding.Truncated"/>.
    /// </summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>
    /// What is unusual about the stream: first what can make readers lose a part of the answer, then what they have to tolerate. Empty
    /// if nothing is unusual.
    /// </summary>
    public IReadOnlyList<StreamFinding> Findings { get; }
}
