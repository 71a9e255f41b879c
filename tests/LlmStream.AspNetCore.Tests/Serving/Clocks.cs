using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>The test's clock.</summary>
internal static class Clocks
{
    /// <summary>
    /// Advances the clock step by step until something has happened: what the server has sent may be received before the server
    /// takes note of the time.
    /// </summary>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider time, Task condition, TimeSpan step)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        while (!condition.IsCompleted)
        {
            time.Advance(step);
            await Task.WhenAny(condition, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, timeout.Token));
            timeout.Token.ThrowIfCancellationRequested();
        }

        await condition;
    }
}
