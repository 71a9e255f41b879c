using LlmStream.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Tells the application how an answer ended.</summary>
internal static class AnswerReport
{
    /// <summary>Calls <see cref="ChatRelayOptions.OnFinished"/>.</summary>
    /// <returns>False if <c>OnFinished</c> is not set, or threw an exception.</returns>
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
