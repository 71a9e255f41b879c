namespace LlmStream.Cli.Inspect;

/// <summary>A recorded stream and its inspection.</summary>
/// <param name="Path">The path as it was given, and which stream of the file it is if there are several.</param>
/// <param name="IsDialectSpecified">Whether the dialect was given, too.</param>
/// <param name="Inspection">What was found.</param>
internal sealed record InspectedFile(string Path, bool IsDialectSpecified, StreamInspection Inspection)
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Inspects a recorded stream.</summary>
    /// <exception cref="InspectionException">It cannot be read, or it is not a stream.</exception>
    public static async Task<InspectedFile> ReadAsync(
        RecordedStream recorded, ChatDialect? dialect, ChatTextMode mode, CancellationToken cancellationToken)
    {
        try
        {
            var options = new ChatReadOptions { TextMode = mode };
            // WaitAsync: a read from standard input cannot be canceled.
            StreamInspection inspection = await StreamInspector.InspectAsync(recorded.Body, dialect, options, cancellationToken)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            return new InspectedFile(recorded.Name, dialect is not null, inspection);
        }
        catch (ChatStreamException exception) when (exception is { Error: ChatStreamError.Connection, InnerException: { } cause })
        {
            // The exception says that a connection broke, but here a file could not be read.
            throw new InspectionException(recorded.Name, $"cannot be read: {cause.Message}");
        }
        catch (ChatStreamException exception)
        {
            throw new InspectionException(recorded.Name, exception.Message)
            {
                IsNotAStream = exception.Error == ChatStreamError.NotAStream,
            };
        }
    }
}

/// <summary>Why a file could not be inspected, on one line.</summary>
internal sealed class InspectionException(string path, string reason) : Exception($"{path}: {reason}")
{
    /// <summary>Whether the file could be read, and is something else.</summary>
    public bool IsNotAStream { get; init; }
}
