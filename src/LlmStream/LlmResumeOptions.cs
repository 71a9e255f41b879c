using System.Runtime.CompilerServices;

namespace LlmStream;

/// <summary>How answers that break off are resumed.</summary>
/// <remarks>
/// <para>
/// If a stream breaks off (the connection is lost or silent, the stream ends without the signal of a complete answer, the provider
/// reports a transient error), the client sends another request, for the rest. The caller gets one sequence of deltas; the first delta
/// after the break has a <see cref="ChatSeam"/>. If it is not certain that a resume would be correct, it is refused, and
/// <see cref="ChatStreamException.ResumeRefusal"/> states the reason.
/// </para>
/// <para>
/// Costs: the conversation and the partial answer are sent, and billed, as input once more; the output that had arrived is not billed
/// twice, except with <see cref="ChatContinuation.Restart"/>. A <see cref="ChatContinuation.Replay"/> costs nothing.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var options = new LlmStreamOptions { Resume = new LlmResumeOptions { MaxResumes = 1, RestartPolicy = ChatRestartPolicy.Deliver } };
/// </code>
/// </example>
public sealed record LlmResumeOptions
{
    private readonly int _maxResumes = 3;
    private readonly int _maxPartialCharacters = 200_000;
    private readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(2);

    /// <summary>No answer is resumed: a stream that breaks off is an error.</summary>
    public static LlmResumeOptions Off { get; } = new() { MaxResumes = 0 };

    /// <summary>
    /// How the rest is requested. Default: <see langword="null"/>, which means <see cref="ChatContinuation.Replay"/> if the provider
    /// keeps the answer to the request, else the provider's <see cref="LlmProvider.Continuation"/>, or
    /// <see cref="ChatContinuation.Instruction"/> if the model is known to refuse that. Values other than <see langword="null"/> and
    /// <see cref="ChatContinuation.Replay"/> exclude a replay.
    /// </summary>
    public ChatContinuation? Continuation { get; init; }

    /// <summary>
    /// The maximum number of resumes of an answer. Default: 3. Retries and resumes together never exceed
    /// <see cref="LlmRetryOptions.MaxRetries"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxResumes
    {
        get => _maxResumes;
        init
        {
            ThrowIfLess(value, 0);
            _maxResumes = value;
        }
    }

    /// <summary>The maximum length of a partial answer that is sent back, in UTF-16 code units. Default: 200,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxPartialCharacters
    {
        get => _maxPartialCharacters;
        init
        {
            ThrowIfLess(value, 1);
            _maxPartialCharacters = value;
        }
    }

    /// <summary>
    /// How often the state of an answer is requested that the provider keeps but does not stream anymore: OpenAI streams a background
    /// response for 5 minutes. Default: 2 seconds. If a response asks for a longer wait (<c>Retry-After</c>), that is used, up to
    /// <see cref="LlmRetryOptions.MaxRetryAfter"/>. How long the answer may take is limited by <see cref="LlmTimeoutOptions.FirstDelta"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than a day.</exception>
    public TimeSpan PollInterval
    {
        get => _pollInterval;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            _pollInterval = value;
        }
    }

    /// <summary>
    /// The user message that asks the model to continue, for <see cref="ChatContinuation.Instruction"/>. Default:
    /// <see langword="null"/>, which means a built-in text, in Chinese if the last user message is mostly Chinese, else in English.
    /// </summary>
    public string? Instruction { get; init; }

    /// <summary>
    /// What happens if the model starts over with a different answer. Default: <see cref="ChatRestartPolicy.Fail"/>.
    /// </summary>
    public ChatRestartPolicy RestartPolicy { get; init; }

    private static void ThrowIfLess(int value, int minimum, [CallerMemberName] string property = "") =>
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum, property);
}

/// <summary>What happens if a model that is asked for the rest of an answer starts over with a different one.</summary>
public enum ChatRestartPolicy
{
    /// <summary>A fallback continues the partial answer; without a fallback, the stream ends with the original error.</summary>
    Fail,

    /// <summary>The new answer is delivered, after a seam of the kind <see cref="ChatSeamKind.Restarted"/>.</summary>
    Deliver,
}
