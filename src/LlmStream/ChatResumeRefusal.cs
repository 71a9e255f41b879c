namespace LlmStream;

/// <summary>Why an answer that broke off was not resumed.</summary>
public enum ChatResumeRefusal
{
    /// <summary>Resuming is turned off (<see cref="LlmResumeOptions.Off"/>).</summary>
    TurnedOff,

    /// <summary>
    /// The error is not transient, so that another request would probably fail too; or the time budget for the whole call is used up.
    /// </summary>
    NotTransient,

    /// <summary>
    /// The retries and resumes that the options allow are used up (<see cref="LlmRetryOptions.MaxRetries"/>,
    /// <see cref="LlmResumeOptions.MaxResumes"/>).
    /// </summary>
    BudgetSpent,

    /// <summary>A finish reason had been delivered: nothing of the answer is missing that a resume could add.</summary>
    NothingToGain,

    /// <summary>The answer has a tool call. A partial tool call cannot be continued.</summary>
    InsideToolCall,

    /// <summary>More than one choice was requested, or has arrived.</summary>
    SeveralChoices,

    /// <summary>Structured output was requested. The provider would not check a continuation against the schema.</summary>
    StructuredOutput,

    /// <summary>The answer was stopped by a content filter, or is a refusal.</summary>
    ContentFiltered,

    /// <summary>The partial answer is longer than <see cref="LlmResumeOptions.MaxPartialCharacters"/>.</summary>
    PartialTooLong,

    /// <summary>The model was still reasoning. Providers do not accept partial reasoning.</summary>
    ReasoningNotResumable,

    /// <summary>
    /// The answer has reasoning that its provider has signed or encrypted, and the fallback is another provider, which cannot read it.
    /// </summary>
    SignedReasoning,

    /// <summary>The request has no list of messages to which the partial answer could be added.</summary>
    NoConversation,

    /// <summary>The server asked to wait longer than <see cref="LlmRetryOptions.MaxRetryAfter"/>.</summary>
    WaitTooLong,

    /// <summary>
    /// The model started over with a different answer, and <see cref="LlmResumeOptions.RestartPolicy"/> forbids delivering it. If there
    /// are fallbacks, the next one has been asked to continue the partial answer.
    /// </summary>
    StartedOver,

    /// <summary>
    /// The provider refused every request for the rest of the answer. The error is the one by which the answer broke off; the last
    /// refusal is its <see cref="Exception.InnerException"/>.
    /// </summary>
    ContinuationRefused,
}
