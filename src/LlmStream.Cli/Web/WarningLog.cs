using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace LlmStream.Cli.Web;

/// <summary>
/// Writes the warnings about kept answers to standard error, one line each: that Redis may evict them, or cannot be reached.
/// </summary>
internal sealed class WarningLog(InvocationConfiguration console, TimeProvider time) : ILoggerProvider
{
    private const string StoreCallFailed = nameof(StoreCallFailed); // by each answer, several times a second
    private const string StreamFailed = nameof(StreamFailed); // part of the log on standard output

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly string[] Categories = ["LlmStream.Relay", "LlmStream.Redis"];

    private readonly object _lock = new();
    private long? _lastStoreCallFailed;

    public ILogger CreateLogger(string categoryName) => new Logger(this, Categories.Contains(categoryName, StringComparer.Ordinal));

    public void Dispose()
    {
        // The writer belongs to the console.
    }

    private void Write(EventId eventId, string message)
    {
        lock (_lock)
        {
            if (eventId.Name == StreamFailed) return;
            if (eventId.Name == StoreCallFailed)
            {
                if (_lastStoreCallFailed is { } last && time.GetElapsedTime(last) < Interval) return;
                _lastStoreCallFailed = time.GetTimestamp();
            }

            try
            {
                console.Error.WriteLine(TerminalText.EscapeLine($"{WebCommand.FullName}: {message}"));
            }
            catch (IOException)
            {
                // Nobody reads it.
            }
        }
    }

    private sealed class Logger(WarningLog log, bool isEnabled) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isEnabled && logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(eventId, formatter(state, exception));
        }
    }
}
