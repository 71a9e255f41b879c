namespace LlmStream;

/// <summary>Why no other provider of <see cref="LlmStreamOptions.Fallbacks"/> has taken over.</summary>
public enum ChatFallbackRefusal
{
    /// <summary>All fallbacks have been used. The error is that of the last one.</summary>
    NoneLeft,

    /// <summary>
    /// The error does not allow a fallback, because the request would probably fail everywhere or must not be repeated; or
    /// <see cref="LlmStreamOptions.SelectFallback"/> returned <see langword="null"/>.
    /// </summary>
    NotForThisError,

    /// <summary>
    /// A part of the answer had been delivered, and continuing it would not be reliable. <see cref="ChatStreamException.ResumeRefusal"/>
    /// is the reason.
    /// </summary>
    NotResumable,

    /// <summary>
    /// The request was written by the caller in the format of the first provider (a <c>JsonObject</c>, or
    /// <c>ChatOptions.RawRepresentationFactory</c>), and the fallback has another format.
    /// </summary>
    RawRequest,

    /// <summary>
    /// The request refers to a conversation that only the first provider keeps (<c>ChatOptions.ConversationId</c>), or to an answer there
    /// (<c>ChatOptions.ContinuationToken</c>).
    /// </summary>
    ProviderState,

    /// <summary>The format of the fallback cannot express a message, a tool or an option of the request. The log states which.</summary>
    RequestNotSupported,
}
