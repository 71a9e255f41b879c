namespace LlmStream.Testing;

/// <summary>How an answer ended, as the user of a front end sees it.</summary>
public enum ChatFrontEndStatus
{
    /// <summary>
    /// The user sees none of the others: the answer still looks unfinished, or nothing is shown of it.
    /// </summary>
    Unknown,

    /// <summary>The answer looks finished.</summary>
    Done,

    /// <summary>The user sees that the answer failed, or that it is not complete.</summary>
    Failed,

    /// <summary>The user sees that the answer was stopped.</summary>
    Canceled,
}
