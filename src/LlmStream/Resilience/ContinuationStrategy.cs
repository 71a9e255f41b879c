using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Json;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Chooses how the rest of an answer is asked for, and in which words.</summary>
internal static class ContinuationStrategy
{
    private const string English =
        "Your last message was cut off by a lost connection. Continue it from exactly where it stops, even in the middle of a word. "
        + "Repeat nothing of it, and add no introduction.";

    // Tells the model that the answer was interrupted, and what it ended with.
    private const string EnglishWithTail =
        "Your previous response was interrupted. It ended with:\n\n{0}\n\nContinue from exactly where it stops, even in the middle of a word. "
        + "Repeat nothing of it, and add no introduction.";

    private const string ChineseWithTail = "你的上一条回复被中断了，它的结尾是：\n\n{0}\n\n请从它断开的地方原样接着写，哪怕断在词语中间。不要重复已有的内容，也不要添加任何开场白。";

    /// <summary>How much of the end is quoted: enough to be found in the answer above it, which is sent as well.</summary>
    private const int TailLength = 240;

    private const string Chinese = "你的上一条消息因连接中断而没有发完。请从它断开的地方原样接着写，哪怕断在词语中间。不要重复已有的内容，也不要添加任何开场白。";

    /// <summary>Whether the provider keeps the answer to a request, and may be asked to send it on.</summary>
    public static bool MayReplay(ResumeOptions options, ChatRequest request) =>
        request.IsKept && options is { MaxResumes: > 0, Strategy: null or ChatContinuation.Replay };

    /// <summary>Whether a provider that was asked to send an answer on says that it has not kept it, so that another way may do.</summary>
    public static bool IsRefusedReplay(ChatStreamException failure) => failure.Error == ChatStreamError.InvalidRequest;

    /// <summary>
    /// How the rest is requested, if not by a replay: as the options say, else in the provider's way, unless the model is known to
    /// refuse it.
    /// </summary>
    public static ChatContinuation Choose(ResumeOptions options, LlmProvider provider, JsonObject body)
    {
        if (options.Strategy is { } wanted and not ChatContinuation.Replay) return wanted;
        bool isRefused = provider.Continuation == ChatContinuation.Replay || provider.Dialect.Format.RefusesPrefill(provider.Continuation, body);
        return isRefused ? ChatContinuation.Instruction : provider.Continuation;
    }

    /// <summary>Whether a refusal says that a last message of the assistant's is not to be continued, so that another way may do.</summary>
    public static bool IsRefusedPrefill(ChatStreamException failure, Dialect dialect) =>
        failure.Error == ChatStreamError.InvalidRequest && failure.ProviderMessage is { } message
        && dialect.PrefillRefusals.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>What the user says.</summary>
    /// <param name="options">The options, which may have words of their own.</param>
    /// <param name="body">The request that the answer belongs to.</param>
    /// <param name="text">What had arrived of the answer.</param>
    public static string Instruction(LlmStreamOptions options, JsonObject body, string text)
    {
        if (options.Resume.Instruction is { } words) return words;
        Dialect dialect = options.Provider.Dialect.Format;
        bool isChinese = IsChinese(ContinuationRequest.LastUserText(dialect, body));
        if (!dialect.QuotesPartialAnswer(Dialect.ModelOf(body))) return isChinese ? Chinese : English;
        int start = Math.Max(0, text.Length - TailLength);
        if (start > 0 && char.IsLowSurrogate(text[start])) start++;
        return (isChinese ? ChineseWithTail : EnglishWithTail).Replace("{0}", text[start..], StringComparison.Ordinal);
    }

    /// <summary>Whether the words hold more Chinese characters than Latin letters.</summary>
    private static bool IsChinese(string words)
    {
        int chinese = 0, latin = 0;
        foreach (char c in words)
        {
            if (c is >= '\u4E00' and <= '\u9FFF') chinese++;
            else if (char.IsAsciiLetter(c)) latin++;
        }

        return chinese * 3 > latin; // a Chinese character says about as much as three letters
    }
}
