namespace LlmStream;

/// <summary>How a stream is read: how its text is interpreted, and how large it may be.</summary>
/// <remarks>
/// Besides the limits here, an answer has at most 1,024 choices, and a choice at most 4,096 tool calls. A stream that exceeds a limit
/// fails with <see cref="ChatStreamError.TooLarge"/>.
/// </remarks>
/// <example>
/// <code>
/// var options = new ChatReadOptions { MaxAnswerCharacters = 1_000_000 };
/// await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI, options)) Console.Write(delta.Text);
/// </code>
/// </example>
public sealed record ChatReadOptions
{
    private readonly int _maxEventBytes = 16 * 1024 * 1024;
    private readonly int _maxAnswerCharacters = 64 * 1024 * 1024;
    private readonly int _maxToolArgumentCharacters = 16 * 1024 * 1024;
    private readonly int _maxErrorBodyBytes = 64 * 1024;

    internal static ChatReadOptions Default { get; } = new();

    /// <summary>
    /// Whether each chunk holds only new text, or the whole text so far. Default: <see cref="ChatTextMode.Auto"/>.
    /// </summary>
    public ChatTextMode TextMode { get; init; } = ChatTextMode.Auto;

    /// <summary>The maximum size of an event, in bytes. Default: 16 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxEventBytes { get => _maxEventBytes; init => _maxEventBytes = Positive(value); }

    /// <summary>
    /// The maximum length of a choice's text, in UTF-16 code units; also that of its reasoning and that of its refusal. The contents
    /// besides them (<see cref="ChatDelta.OtherContents"/>) may take as many bytes, or <see cref="MaxEventBytes"/> if that is more.
    /// Default: 67,108,864 (64 Mi).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxAnswerCharacters { get => _maxAnswerCharacters; init => _maxAnswerCharacters = Positive(value); }

    /// <summary>The maximum length of the arguments of one tool call, in UTF-16 code units. Default: 16,777,216 (16 Mi).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxToolArgumentCharacters { get => _maxToolArgumentCharacters; init => _maxToolArgumentCharacters = Positive(value); }

    /// <summary>
    /// How many bytes are read of the body of an HTTP error response; the rest is ignored. Default: 64 KiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxErrorBodyBytes { get => _maxErrorBodyBytes; init => _maxErrorBodyBytes = Positive(value); }

    /// <summary>
    /// Whether each event is kept as it was sent, in <see cref="ChatDelta.Raw"/>, for provider-specific data that has no property.
    /// Every event is copied then. Default: <see langword="false"/>.
    /// </summary>
    public bool KeepRaw { get; init; }

    /// <summary>Whether events may be recognised by templates. Tests turn it off to verify that it makes no difference.</summary>
    internal bool UseFastPath { get; init; } = true;

    private static int Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        return value;
    }
}
