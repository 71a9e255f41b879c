using System.Runtime.InteropServices;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Continuing;

/// <summary>Where in its scripted answer the server goes on.</summary>
/// <param name="Kind">How the request asks for it.</param>
/// <param name="Text">The length of the text that is there already, in UTF-16 code units.</param>
/// <param name="Reasoning">The length of the reasoning that is there already.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ContinuationPoint(ContinuationKind Kind, int Text, int Reasoning)
{
    // A user's message after the whole answer is as a rule a new question. It asks to continue only if it says so.
    private static readonly string[] AskingToGoOn =
        ["continu", "go on", "carry on", "resume", "left off", "stopped", "interrupted", "继续", "繼續", "接着", "接著", "中断", "中斷"];

    public static ContinuationPoint Find(Asked asked, AnswerContent answer)
    {
        if (asked.Messages is not [.., AskedMessage last]) return default;
        if (IsAssistant(last))
        {
            ContinuationKind kind = last.Prefix ? ContinuationKind.PrefixFlag
                : last.Partial ? ContinuationKind.PartialFlag
                : asked.ContinueFinalMessage ? ContinuationKind.ContinueFinalMessage
                : ContinuationKind.Prefill;
            return At(kind, last, answer);
        }

        if (asked.Messages is not [.., AskedMessage partial, _] || !IsAssistant(partial) || last.Role is not "user") return default;
        ContinuationPoint point = At(ContinuationKind.Instruction, partial, answer);
        bool isWhole = point.Text == answer.Text.Length && !answer.Endless;
        if (point is { Text: 0, Reasoning: 0 } || (isWhole && !AsksToGoOn(last.Text))) return default;
        return point;
    }

    private static ContinuationPoint At(ContinuationKind kind, AskedMessage partial, AnswerContent answer)
    {
        int text = LengthOfPrefix(partial.Text, answer.Text, answer.Endless);
        if (text > 0) return new ContinuationPoint(kind, text, answer.Reasoning.Length);
        bool thinks = partial.Text.Length == 0 && answer.Reasoning.StartsWith(partial.Reasoning, StringComparison.Ordinal);
        return new ContinuationPoint(kind, 0, thinks ? Whole(answer.Reasoning, partial.Reasoning.Length) : 0);
    }

    /// <summary>How much of an answer a partial text holds: its length, or 0 where the answer does not begin with it.</summary>
    private static int LengthOfPrefix(string partial, string answer, bool endless)
    {
        if (!endless) return answer.StartsWith(partial, StringComparison.Ordinal) ? Whole(answer, partial.Length) : 0;

        // An endless answer repeats its text: only the place within the text matters.
        for (int at = 0; at < partial.Length; at++)
        {
            if (partial[at] != answer[at % answer.Length]) return 0;
        }

        return partial.Length == 0 ? 0 : Math.Max(1, partial.Length % answer.Length);
    }

    /// <summary>The offset, moved back where it stands between the halves of a surrogate pair.</summary>
    public static int Whole(string text, int offset) =>
        offset > 0 && offset < text.Length && char.IsLowSurrogate(text[offset]) && char.IsHighSurrogate(text[offset - 1]) ? offset - 1 : offset;

    private static bool IsAssistant(AskedMessage message) => string.Equals(message.Role, "assistant", StringComparison.Ordinal);

    private static bool AsksToGoOn(string text) =>
        Array.Exists(AskingToGoOn, words => text.Contains(words, StringComparison.OrdinalIgnoreCase));
}
