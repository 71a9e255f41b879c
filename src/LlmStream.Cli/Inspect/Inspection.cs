using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Inspection;

namespace LlmStream.Cli.Inspect;

/// <summary>What one recorded stream says, how it ended, and what was met on the way.</summary>
internal sealed class Inspection
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    // Enough for the first events of any stream; a dialect that has not shown itself by then does not.
    private const int HeadSize = 256 * 1024;

    private Inspection(string path, ChatDialect dialect, ReadSession session, FramingStatistics framing, DecodingStatistics decoding, Verdict verdict)
    {
        Path = path;
        Dialect = dialect;
        Decoder = session.Decoder;
        Framing = framing;
        Decoding = decoding;
        Exception = verdict.Exception;
        Result = Decoder.Answer.ToResult(isComplete: verdict.Exception is null);
    }

    public string Path { get; }

    public ChatDialect Dialect { get; }

    /// <summary>Whether nobody said which dialect it is.</summary>
    public bool IsRecognised { get; private init; }

    public long Bytes { get; private init; }

    public ChatDecoder Decoder { get; }

    /// <summary>What is ordinary for the dialect.</summary>
    public DialectConventions Conventions => Decoder.Dialect.Conventions;

    public FramingStatistics Framing { get; }

    public DecodingStatistics Decoding { get; }

    public DeltaStatistics Deltas { get; private init; } = new();

    /// <summary>Which event, from 1, brought the provider's error; 0 where none did.</summary>
    public int FaultEvent { get; private init; }

    /// <summary>Which event, from 1, was the first that could not be understood; 0 where all could.</summary>
    public int MalformedEvent { get; private init; }

    public ChatStreamResult Result { get; }

    public ChatStreamException? Exception { get; }

    public string Ending => Exception switch
    {
        null => "complete",
        { Error: ChatStreamError.Truncated } => "truncated",
        _ => "error",
    };

    /// <summary>The finish reason of a choice as the provider last sent it, or null: an answer may end, and nobody say why.</summary>
    public string? FinishOf(ChatChoice choice) => Decoder.Answer.Choices.First(c => c.Index == choice.Index).ProviderFinish is { Length: > 0 } finish ? finish : null;

    /// <summary>Reads a file, or standard input, to its end, past whatever is wrong with it.</summary>
    /// <exception cref="InspectionException">It cannot be read, or is no stream.</exception>
    public static async Task<Inspection> ReadAsync(string path, ChatDialect? dialect, ChatTextMode mode, CancellationToken cancellationToken)
    {
        try
        {
            Stream file = Open(path);
            await using (file.ConfigureAwait(false))
            {
                return await ReadAsync(path, file, dialect, mode, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InspectionException(path, "there is no such file");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InspectionException(path, "it may not be read: permission denied");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            throw new InspectionException(path, $"it cannot be read: {exception.Message}");
        }
    }

    /// <summary>The same for bytes that are already open.</summary>
    /// <exception cref="InspectionException">They cannot be read, or are no stream.</exception>
    public static async Task<Inspection> ReadAsync(string path, Stream bytes, ChatDialect? dialect, ChatTextMode mode, CancellationToken cancellationToken)
    {
        byte[] head = [];
        bool isRecognised = dialect is null;
        if (dialect is null)
        {
            head = new byte[bytes.CanSeek ? (int)Math.Min(bytes.Length, HeadSize) : HeadSize];
            int length = await bytes.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken)
                .AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            head = head[..length];
            // Where nothing tells, reading it as the commonest dialect says best what it is instead.
            dialect = ChatDialect.Recognize(head) ?? ChatDialect.OpenAI;
        }

        var stream = new HeadedStream(bytes, head);
        var framing = new FramingStatistics();
        var decoding = new DecodingStatistics();
        var session = new ReadSession(stream, dialect, new ChatReadOptions { TextMode = mode }, null, framing, decoding);
        session.Decoder.ReadsPastErrors = true;
        await using (session.ConfigureAwait(false))
        {
            Verdict? verdict = null;
            var deltas = new DeltaStatistics();
            int faultEvent = 0, malformedEvent = 0;
            while (verdict is null)
            {
                verdict = await session.StepAsync(cancellationToken).ConfigureAwait(false);
                // What comes with the verdict was only held back until then.
                while (session.Decoder.Answer.TryTake(out ChatDelta? delta) && verdict is null) deltas.Add(delta);
                if (faultEvent == 0 && session.Decoder.ReportedFault is not null) faultEvent = framing.Frames;
                if (malformedEvent == 0 && session.Decoder.Malformed is not null) malformedEvent = framing.Frames;
            }

            if (verdict.Exception is { Error: ChatStreamError.NotAStream } notAStream)
                throw new InspectionException(path, notAStream.Message);
            if (verdict.Exception is { Error: ChatStreamError.Connection, InnerException: { } cause })
                throw new InspectionException(path, $"it cannot be read: {cause.Message}");
            return new Inspection(path, dialect, session, framing, decoding, verdict)
            {
                IsRecognised = isRecognised,
                Bytes = stream.BytesRead,
                Deltas = deltas,
                FaultEvent = faultEvent,
                MalformedEvent = malformedEvent,
            };
        }
    }

    private static Stream Open(string path)
    {
        if (path.Length == 0) throw new InspectionException("\"\"", "that is no name of a file");
        if (string.Equals(path, StandardInput, StringComparison.Ordinal)) return Console.OpenStandardInput();
        if (Directory.Exists(path)) throw new InspectionException(path, "that is a directory, not a recorded stream");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
    }
}

/// <summary>Why a file could not be inspected, in one line for a person.</summary>
internal sealed class InspectionException(string path, string reason) : Exception($"{path}: {reason}");
