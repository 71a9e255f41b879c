using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests;

/// <summary>Formats deltas and answers as text, so that failed assertions show the difference.</summary>
internal static class Show
{
    public static string Deltas(IEnumerable<ChatDelta> deltas) => string.Join('\n', deltas.Select(Delta));

    public static string Delta(ChatDelta delta)
    {
        string tools = string.Concat(delta.ToolCalls.Select(tool => $" tool{tool.Index}({tool.Id},{tool.Name})@{tool.ArgumentsOffset}{Quote(tool.Arguments)}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"[{delta.ChoiceIndex}]@{delta.TextOffset}{Quote(delta.Text)} role={delta.Role} reasoning@{delta.ReasoningOffset}{Quote(delta.Reasoning)} refusal@{delta.RefusalOffset}{Quote(delta.Refusal)}{tools}{Others(delta.OtherContents)} finish={delta.FinishReason} {Usage(delta.Usage)}{More(delta.Usage)} {delta.Stream}");
    }

    /// <summary>An answer, without choices that are empty.</summary>
    public static string Answer(ChatStreamResult result) =>
        string.Join('\n', result.Choices.Select(Choice).Where(line => !line.EndsWith("| nothing", StringComparison.Ordinal)).Append(Usage(result.Usage)));

    public static string Usage(UsageDetails? usage) => usage is null
        ? "no usage"
        : string.Create(CultureInfo.InvariantCulture, $"in={usage.InputTokenCount} out={usage.OutputTokenCount} total={usage.TotalTokenCount} cached={usage.CachedInputTokenCount} reasoning={usage.ReasoningTokenCount}");

    private static string More(UsageDetails? usage) =>
        string.Concat((usage?.AdditionalCounts ?? []).OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $" {count.Key}={count.Value}"));

    private static string Choice(ChatChoice choice)
    {
        string tools = string.Concat(choice.ToolCalls.Select(tool => $" tool{tool.Index}({tool.Id},{tool.Name}){Quote(tool.Arguments)}"));
        bool isNothing = choice is { Text: "", Reasoning: "", Refusal: "", ToolCalls.Count: 0, Role: null, FinishReason: null };
        return string.Create(CultureInfo.InvariantCulture,
            $"[{choice.Index}]{Quote(choice.Text)} role={choice.Role} reasoning={Quote(choice.Reasoning)} refusal={Quote(choice.Refusal)}{tools} finish={choice.FinishReason} |{(isNothing ? " nothing" : "")}");
    }

    private static string Others(IEnumerable<AIContent> contents) => string.Concat(contents.Select(
        content => $" {content.GetType().Name}{JsonSerializer.Serialize(content, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(AIContent)))}"));

    private static string Quote(string? text) => text is null ? "-" : $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
