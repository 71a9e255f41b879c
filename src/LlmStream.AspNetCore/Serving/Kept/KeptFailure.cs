using System.Globalization;
using LlmStream.AspNetCore.Wires;
using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>Failures of kept streams: of the store, and of the application's own code, on whichever node it failed.</summary>
internal static class KeptFailure
{
    /// <summary>Describes a failure of the store, or of reading it; null for others.</summary>
    public static WireFailure? Describe(ChatStreamException exception) => Of(exception) switch
    {
        _ when IsGone(exception) => new(
            "gone", "The answer cannot be resumed from here. Load it anew.", StatusCodes.Status410Gone),
        ChatStreamRelayError.StoreUnavailable or ChatStreamRelayError.StoreFull => new(
            "store_unavailable", "The answer is not available at the moment. Try again later.",
            StatusCodes.Status503ServiceUnavailable),
        ChatStreamRelayError.ServerShutdown => FailureDescription.ShuttingDown,
        _ => null,
    };

    /// <summary>Whether a failure is that of one reader, while the stream may go on.</summary>
    public static bool IsOfReader(Exception? exception) => Of(exception)
        is ChatStreamRelayError.NotFound or ChatStreamRelayError.PositionLost or ChatStreamRelayError.NoProducer
        or ChatStreamRelayError.StoreUnavailable or ChatStreamRelayError.InvalidRecord;

    /// <summary>Whether the stream is gone, or has no such position.</summary>
    public static bool IsGone(ChatStreamException exception) =>
        Of(exception) is ChatStreamRelayError.NotFound or ChatStreamRelayError.PositionLost;

    /// <summary>Describes a failure of the application's own code, to be stored with the stream.</summary>
    public static string WriteDetails(WireFailure failure) => string.Join(
        '\n',
        failure.Code,
        failure.Status.ToString(CultureInfo.InvariantCulture),
        failure.RetryAfter?.Ticks.ToString(CultureInfo.InvariantCulture),
        failure.Message);

    /// <summary>Reads what was stored; null if nothing was.</summary>
    public static WireFailure? ReadDetails(Exception exception)
    {
        string? details = (exception.InnerException as ChatStreamRelayException)?.Details;
        if (details?.Split('\n', 4) is not [var code, var status, var wait, var message]) return null;
        if (!int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return null;
        return new WireFailure(code, message, number)
        {
            RetryAfter = long.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)
                ? TimeSpan.FromTicks(ticks)
                : null,
        };
    }

    private static ChatStreamRelayError? Of(Exception? exception) =>
        ((exception as ChatStreamException)?.InnerException as ChatStreamRelayException)?.Error;
}
