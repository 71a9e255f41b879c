using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>
/// The usage of an answer, from its deltas: within an attempt the latest usage counts, because providers report running totals; those of
/// the attempts are added up, because each is billed.
/// </summary>
internal sealed class UsageOfAttempts
{
    private UsageDetails? _earlier;
    private UsageDetails? _latest;
    private int _attempt;

    /// <summary>The sum of the attempts; null if no usage is known.</summary>
    public UsageDetails? Total => ChatAttempt.Sum(_earlier, _latest);

    public void Add(ChatDelta delta)
    {
        if (delta.Usage is not { } usage) return;
        if (delta.Stream.Attempt != _attempt)
        {
            _attempt = delta.Stream.Attempt;
            _earlier = delta.Seam?.Kind == ChatSeamKind.Replayed ? _earlier : Total;
        }

        _latest = usage;
    }
}
