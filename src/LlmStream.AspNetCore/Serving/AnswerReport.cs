using LlmStream.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Tells the application how an answer ended.</summary>
internal static class AnswerReport
{
    /// <summary>Calls <see cref="ChatRelayOptions.OnFinished"/>.</summary>
    /// <returns>False if there is none, or it failed.</returns>
    public static async Task<bool> TryReportAsync(ChatRelayOptions options, ILogger logger, ChatRelayResult result)
    {
        if (options.OnFinished is not { } onFinished) return false;
        try
        {
            await onFinished(result).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception)
        {
            logger.OnFinishedFailed(exception);
            return false;
        }
    }
}
