using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>All that an application logs.</summary>
internal sealed class LogRecords : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Text)> _records = new();

    /// <summary>What the relay logged, exceptions included.</summary>
    public string[] OfRelay => [.. _records.Where(record => record.Category == "LlmStream.AspNetCore").Select(record => record.Text)];

    /// <summary>What anybody logged as an error.</summary>
    public string[] Errors => [.. _records.Where(record => record.Level >= LogLevel.Error).Select(record => record.Text)];

    /// <summary>Everything.</summary>
    public string All => string.Join('\n', _records.Select(record => record.Text));

    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Logging.AddProvider(this);
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogRecords records, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            records._records.Enqueue((category, logLevel, $"{formatter(state, exception)} {exception}"));
    }
}
