namespace LlmStream;

/// <summary>Where a number of tokens comes from.</summary>
public enum ChatTokenSource
{
    /// <summary>The number is unknown: the provider did not report it, and it cannot be estimated.</summary>
    Unknown,

    /// <summary>
    /// All or a part of the number was estimated by the client, because the provider did not report it. What was estimated is the text that
    /// was sent and received; see <see cref="LlmStreamOptions.CountTokens"/>.
    /// </summary>
    Estimated,

    /// <summary>The provider reported the number. Also of a request that was refused, which costs nothing.</summary>
    Reported,
}
