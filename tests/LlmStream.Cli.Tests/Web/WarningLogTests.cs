using System.CommandLine;
using LlmStream.Cli.Web;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Cli.Tests.Web;

public class WarningLogTests
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly FakeTimeProvider _time = new();
    private readonly WarningLog _log;

    public WarningLogTests() => _log = new WarningLog(new InvocationConfiguration { Error = _error }, _time);

    [Fact]
    public void Warnings_about_kept_answers_are_written_on_one_line()
    {
        Log("LlmStream.Redis", LogLevel.Warning, "Redis may evict keys\n");
        Log("LlmStream.Redis", LogLevel.Information, "not a warning");
        Log("LlmStream.Relay", LogLevel.Error, "Stream 1 failed", "StreamFailed");
        Log("Microsoft.AspNetCore.DataProtection", LogLevel.Warning, "of another library");

        Assert.Equal("llmstream web: Redis may evict keys␊\n", _error.ToString());
    }

    [Fact]
    public void Failed_calls_of_the_store_are_written_from_time_to_time()
    {
        for (int i = 0; i < 12; i++)
        {
            Log("LlmStream.Relay", LogLevel.Warning, "A call failed", "StoreCallFailed");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, _error.ToString().Split('\n').Length - 1);
    }

    private void Log(string category, LogLevel level, string message, string? name = null) =>
        _log.CreateLogger(category).Log(level, new EventId(1, name), message, exception: null, (state, _) => state);
}
