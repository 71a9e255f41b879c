namespace LlmStream.Testing.FrontEnds;

/// <summary>An answer of a case: what it consists of, and how it ends. Immutable.</summary>
internal sealed record Answer
{
    /// <summary>Characters of one to four bytes, and those that JSON and server-sent events escape or split at.</summary>
    public static IReadOnlyList<string> Pieces { get; } =
        ["The sky is ", "\"blue\",\n", "蓝天 ", "🌤️ ", "\\n\u2028 since air ", "scatters <b>blue</b> light most."];

    /// <summary>The number of pieces that arrive in an answer that breaks off.</summary>
    public const int PartialCount = 4;

    public IReadOnlyList<string> Reasoning { get; init; } = [];

    public IReadOnlyList<string> Text { get; init; } = Pieces;

    /// <summary>The number of pieces of text after which the answer was continued, or -1.</summary>
    public int SeamAfter { get; init; } = -1;

    public IReadOnlyList<AnswerCall> Calls { get; init; } = [];

    public AnswerEnd End { get; init; } = AnswerEnd.Complete;

    /// <summary>In OpenAI's spelling.</summary>
    public string FinishReason { get; init; } = "stop";

    /// <summary>The first pieces, without an end.</summary>
    public static Answer Partial { get; } = new() { Text = [.. Pieces.Take(PartialCount)], End = AnswerEnd.None };
}

/// <summary>A tool call.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">The arguments, in fragments.</param>
/// <param name="IsCut">Whether the arguments break off.</param>
internal sealed record AnswerCall(string Id, string Name, IReadOnlyList<string> Arguments, bool IsCut = false);

/// <summary>How an answer ends.</summary>
internal enum AnswerEnd
{
    /// <summary>It does not: nothing follows.</summary>
    None,

    /// <summary>With the wire's end.</summary>
    Complete,

    /// <summary>With the wire's error.</summary>
    Failed,

    /// <summary>With the wire's cancellation.</summary>
    Canceled,
}
