using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Reading;

namespace LlmStream.Cli.Inspect;

/// <summary>What one recorded stream says, how it ended, and what was met on the way.</summary>
internal sealed class Inspection
{
    // Enough for the first events of any stream; a dialect that has not shown itself by then does not.
    private const int HeadSize = 256 * 1024;

    private Inspection(string path, ChatDialect dialect, ReadSession session, Verdict verdict)
    {
        Path = path;
        Dialect = dialect;
        Decoder = session.Decoder;
        Framing = session.FramingCensus!;
        Decoding = session.DecodingCensus!;
        Exception = verdict.Exception;
        Result = Decoder.Answer.ToResult(isComplete: verdict.Exception is null);
    }

    public string Path { get; }

    public ChatDialect Dialect { get; }

    public ChatDecoder Decoder { get; }

    public FramingCensus Framing { get; }

    public DecodingCensus Decoding { get; }

    public ChatStreamResult Result { get; }

    public ChatStreamException? Exception { get; }

    public string Ending => Exception switch
    {
        null => "complete",
        { Error: ChatStreamError.Truncated } => "truncated",
        _ => "error",
    };

    /// <summary>Reads a file to its end, past whatever is wrong with it.</summary>
    /// <exception cref="InspectionException">The file cannot be opened, or is no stream.</exception>
    public static async Task<Inspection> ReadAsync(string path, ChatDialect? dialect, ChatTextMode mode, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using (file.ConfigureAwait(false))
            {
                return await ReadAsync(path, file, dialect, mode, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InspectionException($"{path}: there is no such file");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InspectionException($"{path}: {exception.Message}");
        }
    }

    private static async Task<Inspection> ReadAsync(string path, FileStream file, ChatDialect? dialect, ChatTextMode mode, CancellationToken cancellationToken)
    {
        if (dialect is null)
        {
            byte[] head = new byte[(int)Math.Min(file.Length, HeadSize)];
            int length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            file.Position = 0;
            // Where nothing tells, reading it as the commonest dialect says best what it is instead.
            dialect = DialectRecognition.Recognise(head.AsSpan(0, length)) ?? ChatDialect.OpenAI;
        }

        var session = new ReadSession(file, dialect, new ChatReadOptions { TextMode = mode }, keepCensus: true);
        session.Decoder.ReadsPastErrors = true;
        await using (session.ConfigureAwait(false))
        {
            Verdict? verdict = null;
            while (verdict is null)
            {
                verdict = await session.StepAsync(cancellationToken).ConfigureAwait(false);
                while (session.Decoder.Answer.TryTake(out _))
                {
                    // The answer as a whole is what counts here.
                }
            }

            if (verdict.Exception is { Error: ChatStreamError.NotAStream } exception)
                throw new InspectionException($"{path}: {exception.Message}");
            return new Inspection(path, dialect, session, verdict);
        }
    }
}

/// <summary>Why a file could not be inspected, in one line for a person.</summary>
internal sealed class InspectionException(string message) : Exception(message);
