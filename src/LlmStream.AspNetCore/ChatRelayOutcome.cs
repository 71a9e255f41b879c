namespace LlmStream.AspNetCore;

/// <summary>How a relayed answer ended.</summary>
public enum ChatRelayOutcome
{
    /// <summary>The answer is complete: the provider said so.</summary>
    Completed,

    /// <summary>The answer failed. See <see cref="ChatRelayResult.Exception"/>.</summary>
    Failed,

    /// <summary>The answer was canceled: the client left, or the handler's token was canceled.</summary>
    Canceled,
}
