using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Framing;
using Microsoft.Extensions.AI;

namespace LlmStream.Inspection;

/// <summary>What was observed while a stream was read to its end: the facts that findings are derived from.</summary>
/// <remarks>Created before the session is disposed, since the decoder's buffers are returned to their pool then.</remarks>
internal sealed class InspectedStream(
    ChatDialect dialect, ChatDecoder decoder, FramingStatistics framing, DecodingStatistics decoding, DeltaStatistics deltas,
    ChatStreamException? exception)
{
    public ChatDialect Dialect { get; } = dialect;

    public bool IsDialectRecognized { get; init; }

    public long ByteCount { get; init; }

    /// <summary>The number, from 1, of the event with the error that the provider reported, or null.</summary>
    public int? ErrorEventNumber { get; init; }

    /// <summary>The number, from 1, of the first malformed event, or null.</summary>
    public int? MalformedEventNumber { get; init; }

    public ChatDecoder Decoder { get; } = decoder;

    public FramingStatistics Framing { get; } = framing;

    public DecodingStatistics Decoding { get; } = decoding;

    public DeltaStatistics Deltas { get; } = deltas;

    /// <summary>Why the answer is not complete, or null.</summary>
    public ChatStreamException? Exception { get; } = exception;

    public ChatStreamResult Result { get; } = decoder.Answer.ToResult(isComplete: exception is null);

    public UsageDetails? ReportedUsage { get; } = decoder.Answer.Usage.IsKnown ? decoder.Answer.Usage.ToReportedDetails() : null;

    /// <summary>The finish reasons as the provider last sent them, by the index of the choice.</summary>
    public IReadOnlyDictionary<int, string> FinishReasons { get; } = decoder.Answer.Choices
        .Where(choice => choice.ProviderFinish is { Length: > 0 })
        .ToDictionary(choice => choice.Index, choice => choice.ProviderFinish!);

    public bool IsComplete => Exception is null;

    public bool IsTruncated => Exception is { Error: ChatStreamError.Truncated };

    public bool IsTextCumulative => Decoder.Answer.Choices.Any((ChoiceBuilder choice) => choice.IsTextCumulative);

    /// <summary>Whether the body is a single JSON document: what a server sends to a client that did not request a stream.</summary>
    public bool IsSingleDocument => Framing is { JsonSequence: true, Frames: <= 1 };

    public DialectConventions Conventions => Decoder.Dialect.Conventions;

    /// <summary>The name of the dialect's end marker.</summary>
    public string EndMarker => Decoder.Dialect.EndMarker;
}
