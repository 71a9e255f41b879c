using System.Text.Json.Nodes;
using LlmStream.Transport;

namespace LlmStream.Resilience.Fallback;

/// <summary>The providers that have not been used in a call, and the choice among them.</summary>
/// <param name="targets">The fallbacks, in order.</param>
/// <param name="request">The caller's request.</param>
/// <param name="pipeline">The retries of each provider.</param>
/// <param name="select">The caller's choice, or null.</param>
internal sealed class FallbackRoute(
    IEnumerable<ProviderTarget> targets,
    FallbackRequest request,
    RetryPipeline pipeline,
    Func<LlmFallbackContext, LlmFallback?>? select)
{
    private readonly List<ProviderTarget> _remaining = [.. targets];
    private ChatFallbackRefusal? _skipped; // why a fallback was passed over

    /// <summary>Why the last call of <see cref="Next"/> returned null.</summary>
    public ChatFallbackRefusal Refusal { get; private set; } = ChatFallbackRefusal.NotResumable;

    /// <summary>Why no fallback can continue the partial answer; null if that was not the reason.</summary>
    public ChatResumeRefusal? ResumeRefusal { get; private set; }

    /// <summary>Chooses the provider that takes over.</summary>
    /// <param name="from">The provider that failed.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="partial">The partial answer; null if it has not begun.</param>
    /// <returns>Null if none does.</returns>
    /// <exception cref="InvalidOperationException">The caller's function returned something else than one of those that remain.</exception>
    public ProviderCall? Next(ProviderCall from, ChatStreamException failure, ChatStreamResult? partial)
    {
        while (_remaining.Count > 0)
        {
            if (Choose(from, failure, partial) is not { } target) return Refuse(ChatFallbackRefusal.NotForThisError);
            _remaining.Remove(target);
            if (TryCreate(target, from, partial) is { } next) return next;
        }

        return Refuse(_skipped ?? ChatFallbackRefusal.NoneLeft);
    }

    /// <summary>The first fallback, for a request that is hedged; null if there is none that can be used.</summary>
    public ProviderCall? TakeFirst(ProviderCall from)
    {
        while (_remaining is [var target, ..])
        {
            _remaining.RemoveAt(0);
            if (TryCreate(target, from, partial: null) is { } next) return next;
        }

        return null;
    }

    /// <summary>Makes a fallback available again: it was hedged, and has not failed.</summary>
    public void Return(ProviderTarget target) => _remaining.Insert(0, target);

    private ProviderTarget? Choose(ProviderCall from, ChatStreamException failure, ChatStreamResult? partial)
    {
        ProviderTarget? standard = FallbackRule.Allows(failure) ? _remaining[0] : null;
        if (select is null) return standard;
        ChatStreamException shown = failure.AfterDelivery(
            failure.ResumeRefusal, partial ?? ChatStreamResult.Empty, failure.AttemptCount, failure.InnerException);
        LlmFallback? chosen = select(new LlmFallbackContext
        {
            Exception = shown,
            Provider = from.Provider,
            Remaining = [.. _remaining.Select(target => target.Fallback!)],
            Default = standard?.Fallback,
        });
        if (chosen is null) return null;
        return _remaining.Find(target => ReferenceEquals(target.Fallback, chosen)) ?? _remaining.Find(target => target.Fallback == chosen)
            ?? throw new InvalidOperationException("SelectFallback returned a fallback that is not one of LlmFallbackContext.Remaining.");
    }

    private ProviderCall? TryCreate(ProviderTarget target, ProviderCall from, ChatStreamResult? partial)
    {
        if (request.TryCreate(target, out ChatFallbackRefusal? refusal, out string? reason) is not { } own)
            return Skip(target, from, refusal!.Value, reason);
        var next = new ProviderCall(target, from.Call.For(target.Options, target.Key, target.Templates), own, pipeline);
        ChatResumeRefusal? resumeRefusal = partial is null ? null
            : ResumeDecision.DecideAnswer(null, partial, next.Body, target.Options) ?? DecideReasoning(target.Provider, partial);
        if (resumeRefusal is null) return next;
        ResumeRefusal = resumeRefusal;
        return Skip(target, from, ChatFallbackRefusal.NotResumable, $"{resumeRefusal}");
    }

    /// <summary>Whether signed reasoning of an answer is an obstacle.</summary>
    /// <param name="provider">The provider that is to continue the answer.</param>
    /// <param name="partial">The answer.</param>
    public static ChatResumeRefusal? DecideReasoning(LlmProvider provider, ChatStreamResult partial)
    {
        bool isOther = partial.Stream.Provider is { } name && !string.Equals(name, provider.Name, StringComparison.Ordinal);
        return isOther && SignedReasoning.IsIn(partial) ? ChatResumeRefusal.SignedReasoning : null;
    }

    private ProviderCall? Skip(ProviderTarget target, ProviderCall from, ChatFallbackRefusal refusal, string? reason)
    {
        _skipped ??= refusal;
        from.Call.Telemetry.FallbackSkipped(target.Provider, refusal, reason);
        return null;
    }

    private ProviderCall? Refuse(ChatFallbackRefusal refusal)
    {
        Refusal = refusal;
        return null;
    }
}
