namespace LlmStream.Cli.Inspect;

/// <summary>A file and the inspection of the stream in it.</summary>
/// <param name="Path">The path as it was given.</param>
/// <param name="IsDialectSpecified">Whether the dialect was given, too.</param>
/// <param name="Inspection">What was found.</param>
internal sealed record InspectedFile(string Path, bool IsDialectSpecified, StreamInspection Inspection)
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Inspects a file, or standard input.</summary>
    /// <exception cref="InspectionException">The file cannot be read, or its content is not a stream.</exception>
    public static async Task<InspectedFile> ReadAsync(
        string path, ChatDialect? dialect, ChatTextMode mode, CancellationToken cancellationToken)
    {
        Stream stream = Open(path);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                var options = new ChatReadOptions { TextMode = mode };
                // WaitAsync: a read from standard input cannot be canceled.
                StreamInspection inspection = await StreamInspector.InspectAsync(stream, dialect, options, cancellationToken)
                    .WaitAsync(cancellationToken).ConfigureAwait(false);
                return new InspectedFile(path, dialect is not null, inspection);
            }
            catch (ChatStreamException exception) when (exception is { Error: ChatStreamError.Connection, InnerException: { } cause })
            {
                // The exception says that a connection broke, but here a file could not be read.
                throw new InspectionException(path, $"cannot be read: {cause.Message}");
            }
            catch (ChatStreamException exception)
            {
                throw new InspectionException(path, exception.Message);
            }
        }
    }

    private static Stream Open(string path)
    {
        if (path.Length == 0) throw new InspectionException("\"\"", "not a file name");
        if (path == StandardInput) return Console.OpenStandardInput();
        if (Directory.Exists(path)) throw new InspectionException(path, "is a directory");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InspectionException(path, "file not found");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InspectionException(path, "permission denied");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            throw new InspectionException(path, $"cannot be read: {exception.Message}");
        }
    }
}

/// <summary>Why a file could not be inspected, on one line.</summary>
internal sealed class InspectionException(string path, string reason) : Exception($"{path}: {reason}");
