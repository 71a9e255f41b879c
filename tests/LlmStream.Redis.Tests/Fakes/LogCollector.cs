using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LlmStream.Redis.Tests.Fakes;

/// <summary>Collects what is logged, at all levels.</summary>
internal sealed class LogCollector : ILoggerFactory, ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));

    /// <summary>Waits for an entry of a level that has a text.</summary>
    public async Task<string> WaitForAsync(LogLevel level, string contained = "")
    {
        for (int i = 0; i < 250; i++)
        {
            foreach ((LogLevel logged, string text) in Entries)
            {
                if (logged == level && text.Contains(contained, StringComparison.Ordinal)) return text;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"Nothing of level {level} was logged that has \"{contained}\".");
    }

    public void Dispose()
    {
    }
}
