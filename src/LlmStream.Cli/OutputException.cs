namespace LlmStream.Cli;

/// <summary>Standard output cannot be written: its reader has gone, or the disk is full. Ends the command.</summary>
/// <param name="message">The reason.</param>
/// <param name="isClosed">Whether the reader has gone, as when piped to <c>head</c>; that is not an error.</param>
internal sealed class OutputException(string message, bool isClosed) : Exception(message)
{
    public bool IsClosed { get; } = isClosed;
}
