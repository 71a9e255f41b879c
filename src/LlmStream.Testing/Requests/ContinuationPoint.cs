using System.Diagnostics;
using System.Runtime.InteropServices;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Requests;

/// <summary>Where in the scripted answer the reply to a request starts.</summary>
/// <param name="Kind">How the request asks to continue.</param>
/// <param name="Text">The length of the text that the request already contains, in UTF-16 code units.</param>
/// <param name="Reasoning">The length of the reasoning that the request already contains.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ContinuationPoint(ContinuationKind Kind, int Text, int Reasoning)
{
    // A user message after the whole answer is usually a new question. It asks to continue only if it contains one of these.
    private static readonly string[] ContinuationPhrases =
    [
        "continu", "go on", "carry on", "resume", "left off", "stopped", "interrupted", "继续", "繼續", "接着", "接著", "中断", "中斷",
    ];

    public static ContinuationPoint Find(ParsedRequest request, AnswerContent answer)
    {
        if (request.Messages is not [.., ParsedMessage last]) return default;
        if (IsAssistant(last))
        {
            ContinuationKind kind = last.HasPrefixFlag ? ContinuationKind.PrefixFlag
                : last.HasPartialFlag ? ContinuationKind.PartialFlag
                : request.ContinueFinalMessage ? ContinuationKind.ContinueFinalMessage
                : ContinuationKind.Prefill;
            return Create(kind, last, answer);
        }

        if (request.Messages is not [.., ParsedMessage partial, _] || !IsAssistant(partial) || last.Role is not "user") return default;
        ContinuationPoint point = Create(ContinuationKind.Instruction, partial, answer);
        bool isWhole = point.Text == answer.Text.Length && !answer.IsEndless;
        if (point is { Text: 0, Reasoning: 0 } || (isWhole && !AsksToContinue(last.Text))) return default;
        return point;
    }

    /// <summary>The index, moved back by one if it lies within a surrogate pair.</summary>
    public static int AlignToCharacter(string text, int index)
    {
        Debug.Assert(index >= 0 && index <= text.Length, "The index lies within the text.");
        bool isWithinPair = index > 0 && index < text.Length && char.IsSurrogatePair(text[index - 1], text[index]);
        return isWithinPair ? index - 1 : index;
    }

    private static ContinuationPoint Create(ContinuationKind kind, ParsedMessage partial, AnswerContent answer)
    {
        int text = GetPrefixLength(partial.Text, answer);
        if (text > 0) return new ContinuationPoint(kind, text, answer.Reasoning.Length);
        bool isReasoning = partial.Text.Length == 0 && answer.Reasoning.StartsWith(partial.Reasoning, StringComparison.Ordinal);
        return new ContinuationPoint(kind, 0, isReasoning ? AlignToCharacter(answer.Reasoning, partial.Reasoning.Length) : 0);
    }

    /// <summary>The length of a partial text within the answer, or 0 if the answer does not start with it.</summary>
    private static int GetPrefixLength(string partial, AnswerContent answer)
    {
        string text = answer.Text;
        if (!answer.IsEndless) return text.StartsWith(partial, StringComparison.Ordinal) ? AlignToCharacter(text, partial.Length) : 0;

        // An endless answer repeats its text, so only the position within one repetition matters.
        for (int i = 0; i < partial.Length; i++)
        {
            if (partial[i] != text[i % text.Length]) return 0;
        }

        // The end of a repetition is the length of the text, since 0 would mean no partial answer.
        return partial.Length == 0 ? 0 : ((partial.Length - 1) % text.Length) + 1;
    }

    private static bool IsAssistant(ParsedMessage message) => string.Equals(message.Role, "assistant", StringComparison.Ordinal);

    private static bool AsksToContinue(string text) =>
        Array.Exists(ContinuationPhrases, phrase => text.Contains(phrase, StringComparison.OrdinalIgnoreCase));
}
