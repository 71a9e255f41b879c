using System.Globalization;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli;

/// <summary>Formats numbers and finish reasons for people.</summary>
internal static class DisplayText
{
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Formats a count and a noun: <c>1 event</c>, <c>2,310 events</c>.</summary>
    public static string Count(long count, string noun) => $"{Number(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>Formats a finish reason as it was sent, with an explanation if it is not an ordinary end.</summary>
    public static string FinishReason(string sent, ChatFinishReason? reason)
    {
        string explanation = reason switch
        {
            { } known when known == ChatFinishReason.Length => "the answer reached the token limit",
            { } known when known == ChatFinishReason.ContentFilter => "the content filter stopped the answer",
            { } known when known == ChatFinishReason.ToolCalls => "the model calls tools",
            _ => "",
        };
        return explanation.Length == 0 ? sent : $"{sent}: {explanation}";
    }
}
