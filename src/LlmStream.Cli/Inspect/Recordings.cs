using System.Runtime.CompilerServices;

namespace LlmStream.Cli.Inspect;

/// <summary>Opens recordings: bodies of responses, and the files of tools that hold some.</summary>
internal static class Recordings
{
    // Enough to recognize a file by its beginning.
    private const int HeadSize = 512;

    // Files of tools are read into memory.
    private const int MaxFileSize = 256 * 1024 * 1024;

    /// <summary>Opens the streams of a file, or standard input.</summary>
    /// <exception cref="InspectionException">The file cannot be read, or holds no stream.</exception>
    public static async IAsyncEnumerable<RecordedStream> OpenAsync(
        string path, InspectionProgress progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (path == InspectedFile.StandardInput)
        {
            yield return new RecordedStream(path, Console.OpenStandardInput());
            yield break;
        }

        FileStream file = Open(path);
        if (await RecognizeAsync(file, path, cancellationToken).ConfigureAwait(false) is not { } reader)
        {
            yield return new RecordedStream(path, progress.Watch(path, file));
            yield break;
        }

        byte[] content;
        await using (file.ConfigureAwait(false))
        {
            if (file.Length > MaxFileSize) throw new InspectionException(path, $"is larger than {MaxFileSize >> 20} MB");
            content = new byte[file.Length];
            await progress.Watch(path, file).ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
        }

        bool hasAny = false;
        foreach (RecordedStream recorded in reader(content, path))
        {
            hasAny = true;
            yield return recorded;
        }

        if (!hasAny) throw new InspectionException(path, "contains no streams") { IsNotAStream = true };
    }

    private static async Task<Func<byte[], string, IEnumerable<RecordedStream>>?> RecognizeAsync(
        FileStream file, string path, CancellationToken cancellationToken)
    {
        if (!file.CanSeek) return null;
        try
        {
            byte[] head = new byte[HeadSize];
            int length = await file.ReadAtLeastAsync(head, HeadSize, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            file.Position = 0;
            ReadOnlySpan<byte> start = head.AsSpan(0, length);
            return CurlTrace.IsTrace(start) ? CurlTrace.Read : HarFile.IsHar(start) ? HarFile.Read : null;
        }
        catch (IOException exception)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw new InspectionException(path, $"cannot be read: {exception.Message}");
        }
    }

    private static FileStream Open(string path)
    {
        if (path.Length == 0) throw new InspectionException("\"\"", "not a file name");
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
