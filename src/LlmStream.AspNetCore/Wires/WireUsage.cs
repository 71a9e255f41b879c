using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires;

/// <summary>
/// The usage of an answer as the provider reported it: within an attempt the latest counts, and the attempts are added up, because each is
/// billed. A count that no attempt reported is null, and never sent as 0.
/// </summary>
internal sealed class WireUsage
{
    private UsageDetails? _earlier;
    private UsageDetails? _latest;
    private int _attempt;

    /// <summary>The sum of the attempts; null if no usage is known.</summary>
    public UsageDetails? Total => Sum(_earlier, _latest);

    /// <summary>The total of input and output; null if it is unknown. The total of an attempt that broke off may be missing.</summary>
    public static long? TotalOf(UsageDetails usage)
    {
        long? sum = usage.InputTokenCount + usage.OutputTokenCount;
        return sum is null || usage.TotalTokenCount > sum ? usage.TotalTokenCount : sum;
    }

    public void Add(ChatDelta delta)
    {
        if (delta.Usage is not { } usage) return;
        if (delta.Stream.Attempt != _attempt)
        {
            _attempt = delta.Stream.Attempt;
            // The usage of a replay is that of the whole answer.
            if (delta.Seam?.Kind != ChatSeamKind.Replayed) _earlier = Total;
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
