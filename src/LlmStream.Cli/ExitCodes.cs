namespace LlmStream.Cli;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The command ran and failed.</summary>
    public const int Failure = 1;

    /// <summary>The arguments are invalid, or an input file cannot be used.</summary>
    public const int UsageError = 2;

    /// <summary>Interrupted by Ctrl+C: 128 plus the number of SIGINT, the convention of POSIX shells.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of standard output has gone: 128 plus the number of SIGPIPE, the same convention.</summary>
    public const int OutputClosed = 141;
}
