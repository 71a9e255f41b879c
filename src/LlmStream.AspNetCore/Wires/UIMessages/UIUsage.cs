using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>The usage of an answer: within an attempt the latest counts, and the attempts are added up, because each is billed.</summary>
internal sealed class UIUsage
{
    private UsageDetails? _earlier;
    private UsageDetails? _latest;
    private int _attempt;

    /// <summary>The sum of the attempts; null if no usage is known.</summary>
    public UsageDetails? Total => Sum(_earlier, _latest);

    /// <summary>The total of input and output; null if neither is known. The total of an attempt that broke off may be missing.</summary>
    public static long? TotalOf(UsageDetails usage)
    {
        long? sum = usage.InputTokenCount is null && usage.OutputTokenCount is null
            ? null
            : (usage.InputTokenCount ?? 0) + (usage.OutputTokenCount ?? 0);
        return sum is null || usage.TotalTokenCount > sum ? usage.TotalTokenCount : sum;
    }

    public void Add(ChatDelta delta)
    {
        if (delta.Usage is not { } usage) return;
        if (delta.Stream.Attempt != _attempt)
        {
            _attempt = delta.Stream.Attempt;
            _earlier = Total;
        }

        _latest = usage;
    }

    private static UsageDetails? Sum(UsageDetails? first, UsageDetails? second)
    {
        if (first is null || second is null) return first ?? second;
        var sum = new UsageDetails();
        sum.Add(first);
        sum.Add(second);
        return sum;
    }
}
