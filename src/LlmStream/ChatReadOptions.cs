namespace LlmStream;

/// <summary>How a stream is read: how its text is to be understood, and how large it may grow.</summary>
/// <remarks>
/// Whatever the options, an answer has at most 1,024 choices, and a choice at most 4,096 tool calls: more are
/// <see cref="ChatStreamError.TooLarge"/>.
/// </remarks>
public sealed class ChatReadOptions
{
    private int _maxEventBytes = 16 * 1024 * 1024;
    private int _maxAnswerCharacters = 64 * 1024 * 1024;
    private int _maxToolArgumentCharacters = 16 * 1024 * 1024;
    private int _maxErrorBodyBytes = 64 * 1024;

    internal static ChatReadOptions Default { get; } = new();

    /// <summary>
    /// Whether each chunk holds only what is new, or the whole text so far. Default: <see cref="ChatTextMode.Auto"/>.
    /// </summary>
    public ChatTextMode TextMode { get; init; } = ChatTextMode.Auto;

    /// <summary>The largest event that is accepted, in bytes. Default: 16 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxEventBytes { get => _maxEventBytes; init => _maxEventBytes = Positive(value); }

    /// <summary>
    /// The longest text of a choice that is accepted, in UTF-16 code units; its reasoning and its refusal have the same
    /// limit each, and what comes beside them (<see cref="ChatDelta.OtherContents"/>) may take as many bytes, or <see cref="MaxEventBytes"/>
    /// if that is more. Default: 64 Mi (67,108,864).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxAnswerCharacters { get => _maxAnswerCharacters; init => _maxAnswerCharacters = Positive(value); }

    /// <summary>The longest arguments of one tool call that are accepted, in UTF-16 code units. Default: 16 Mi (16,777,216).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxToolArgumentCharacters { get => _maxToolArgumentCharacters; init => _maxToolArgumentCharacters = Positive(value); }

    /// <summary>How much of a body that is an error, not a stream, is read, in bytes; the rest is dropped. Default: 64 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxErrorBodyBytes { get => _maxErrorBodyBytes; init => _maxErrorBodyBytes = Positive(value); }

    /// <summary>
    /// Whether each event is kept as it came, in <see cref="ChatDelta.Raw"/>, for what a provider says that no other property has a
    /// word for. Costs a copy of every event. Default: <see langword="false"/>.
    /// </summary>
    public bool KeepRaw { get; init; }

    private static int Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        return value;
    }
}
