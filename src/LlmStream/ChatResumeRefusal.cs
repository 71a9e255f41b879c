namespace LlmStream;

/// <summary>Why an answer that broke off was not taken up again.</summary>
public enum ChatResumeRefusal
{
    /// <summary>Resume is turned off.</summary>
    TurnedOff,

    /// <summary>The error is one that another request would meet again, or no break at all.</summary>
    NotTransient,

    /// <summary>As many retries and resumes as are allowed have been spent.</summary>
    BudgetSpent,

    /// <summary>The answer was complete: there is nothing to be gained.</summary>
    NothingToGain,

    /// <summary>The model was writing a tool call. Half a call cannot be continued.</summary>
    InsideToolCall,

    /// <summary>Several choices were asked for.</summary>
    SeveralChoices,

    /// <summary>Structured output was asked for: what is continued would not be checked against its schema.</summary>
    StructuredOutput,

    /// <summary>The answer was stopped by a content filter, or is a refusal.</summary>
    ContentFiltered,

    /// <summary>What had arrived is longer than <see cref="ResumeOptions.MaxPartialCharacters"/>.</summary>
    PartialTooLong,

    /// <summary>The model was still reasoning. Providers take no partial reasoning back.</summary>
    ReasoningNotResumable,

    /// <summary>The request is in a form to which nothing can be added: it has no list of messages.</summary>
    NoConversation,

    /// <summary>The server asks for a longer wait than <see cref="RetryOptions.MaxRetryAfter"/>.</summary>
    WaitTooLong,

    /// <summary>The model started over and said something else, and <see cref="ResumeOptions.OnRestart"/> says to fail.</summary>
    StartedOver,
}
