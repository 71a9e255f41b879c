namespace LlmStream.Diagnostics;

/// <summary>How a call ended, as the values of the tag <c>llmstream.outcome</c>.</summary>
internal static class Outcome
{
    /// <summary>The answer is complete.</summary>
    public const string Complete = "complete";

    /// <summary>The call failed; <c>error.type</c> is set as well.</summary>
    public const string Failed = "failed";

    /// <summary>The caller cancelled its token.</summary>
    public const string Canceled = "canceled";

    /// <summary>The caller left the loop before the end of the answer.</summary>
    public const string Abandoned = "abandoned";
}
