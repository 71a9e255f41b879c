using System.Text.Json.Nodes;
using LlmStream.Dialects;

namespace LlmStream.Resilience;

/// <summary>The user message that asks the model to continue a partial answer (<see cref="ChatContinuation.Instruction"/>).</summary>
internal static class ContinuationInstruction
{
    private const string English =
        "Your last message was cut off by a lost connection. Continue it from exactly where it stops, even in the middle of a word. "
        + "Repeat nothing of it, and add no introduction.";

    private const string Chinese = "你的上一条消息因连接中断而没有发完。请从它断开的地方原样接着写，哪怕断在词语中间。不要重复已有的内容，也不要添加任何开场白。";

    // For models for which the dialect quotes the end of the partial answer.
    private const string EnglishWithQuote =
        "Your previous response was interrupted. It ended with:\n\n{0}\n\nContinue from exactly where it stops, "
        + "even in the middle of a word. Repeat nothing of it, and add no introduction.";

    private const string ChineseWithQuote = "你的上一条回复被中断了，它的结尾是：\n\n{0}\n\n请从它断开的地方原样接着写，哪怕断在词语中间。不要重复已有的内容，也不要添加任何开场白。";

    // The whole partial answer is sent as well; this is enough to identify its end.
    private const int QuoteLength = 240;

    // A Chinese character carries about as much as three Latin letters.
    private const int LettersPerChineseCharacter = 3;

    /// <summary>Creates the instruction.</summary>
    /// <param name="options">The options, which may state the instruction.</param>
    /// <param name="body">The body of the original request. Its last user message determines the language.</param>
    /// <param name="text">The text of the partial answer.</param>
    public static string Create(LlmStreamOptions options, JsonObject body, string text)
    {
        if (options.Resume.Instruction is { } instruction) return instruction;
        Dialect dialect = options.Provider.Dialect.Format;
        bool isChinese = IsChinese(ContinuationRequest.LastUserText(dialect, body));
        if (!dialect.QuotesPartialAnswer(Dialect.ModelOf(body))) return isChinese ? Chinese : English;
        return (isChinese ? ChineseWithQuote : EnglishWithQuote).Replace("{0}", EndOf(text), StringComparison.Ordinal);
    }

    private static string EndOf(string text)
    {
        int start = Math.Max(0, text.Length - QuoteLength);
        if (start > 0 && char.IsLowSurrogate(text[start])) start++;
        return text[start..];
    }

    private static bool IsChinese(string text)
    {
        int chinese = 0, latin = 0;
        foreach (char c in text)
        {
            if (c is >= '\u4E00' and <= '\u9FFF') chinese++; // CJK Unified Ideographs
            else if (char.IsAsciiLetter(c)) latin++;
        }

        return chinese * LettersPerChineseCharacter > latin;
    }
}
