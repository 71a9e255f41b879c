namespace LlmStream;

/// <summary>How an answer that broke off is taken up again.</summary>
/// <remarks>
/// <para>
/// A stream that breaks (a connection that drops or falls silent, an end without the signal of one, a transient error of
/// the provider) is followed by another request, which asks for the rest. The consumer sees one sequence of deltas; the first
/// one after the break carries a <see cref="ChatSeam"/>. Where a resume would be a guess it is refused, and the exception says why
/// in <see cref="ChatStreamException.ResumeRefusal"/>.
/// </para>
/// <para>
/// What it costs: the conversation, and what had arrived of the answer, are sent, and billed, again as input; in return the output
/// that had arrived is not paid for twice. <see cref="ChatContinuation.Restart"/> pays for it twice. <see cref="ChatContinuation.Replay"/> costs nothing.
/// </para>
/// </remarks>
public sealed record ResumeOptions
{
    private readonly int _maxResumes = 3;
    private readonly int _maxPartialCharacters = 200_000;

    /// <summary>An answer that breaks off is an error at once.</summary>
    public static ResumeOptions Off { get; } = new() { MaxResumes = 0 };

    /// <summary>
    /// How the rest is asked for. Default: <see langword="null"/>, which means <see cref="ChatContinuation.Replay"/> where the request
    /// has the provider keep the answer, else the provider's <see cref="LlmProvider.Continuation"/>, unless the model is known not to
    /// allow it. Any other value than null or Replay rules out a replay.
    /// </summary>
    public ChatContinuation? Strategy { get; init; }

    /// <summary>
    /// How often an answer is taken up again at most. Default: 3. Retries and resumes together never exceed
    /// <see cref="RetryOptions.MaxRetries"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxResumes
    {
        get => _maxResumes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxResumes = value;
        }
    }

    /// <summary>The longest partial answer that is sent back, in UTF-16 code units. Default: 200,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxPartialCharacters
    {
        get => _maxPartialCharacters;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxPartialCharacters = value;
        }
    }

    /// <summary>
    /// What the user says to have the answer continued, where that is the strategy. Default: <see langword="null"/>,
    /// which means a sentence of the library's, in Chinese where the conversation is, else in English.
    /// </summary>
    public string? Instruction { get; init; }

    /// <summary>What happens when a model starts over and says something else. Default: <see cref="ChatRestartPolicy.Fail"/>.</summary>
    public ChatRestartPolicy OnRestart { get; init; }
}

/// <summary>What happens when a model that was asked for the rest of an answer starts over and says something else.</summary>
public enum ChatRestartPolicy
{
    /// <summary>The stream ends with the error by which it broke.</summary>
    Fail,

    /// <summary>The new answer is delivered, behind a seam of the kind <see cref="ChatSeamKind.Restarted"/>.</summary>
    Deliver,
}
