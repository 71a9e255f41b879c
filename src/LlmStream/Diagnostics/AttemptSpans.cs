using System.Collections.Concurrent;
using System.Diagnostics;

namespace LlmStream.Diagnostics;

/// <summary>The spans of the attempts of one call: children of its span, and parents of those of <see cref="HttpClient"/>.</summary>
/// <remarks>
/// They have no usage and no <c>gen_ai</c> operation, so that sums over spans do not count a call twice. Thread-safe, because hedged
/// attempts run at the same time.
/// </remarks>
/// <param name="call">The span of the call.</param>
internal sealed class AttemptSpans(Activity call)
{
    private readonly ConcurrentDictionary<int, Activity> _open = new();

    /// <summary>Begins the span of an attempt, and makes it the current one of the caller's execution context.</summary>
    public void Begin(LlmProvider provider, ChatAttempt attempt)
    {
        // The caller's context may be another than the one in which the call began.
        Activity.Current = call;
        if (!call.IsAllDataRequested || Instruments.StartAttempt(call, provider, attempt) is not { } span) return;
        _open[attempt.Number] = span;
    }

    /// <summary>Ends the span of an attempt. Has no effect if it has ended.</summary>
    public void End(ChatAttempt attempt)
    {
        if (!_open.TryRemove(attempt.Number, out Activity? span)) return;
        if (attempt.IsReplay) span.SetTag("llmstream.attempt.replay", true);
        if (attempt.IsCanceled) span.SetTag("llmstream.attempt.canceled", true);
        if (attempt.Error is { } error)
        {
            string type = error.ToString();
            span.SetTag("error.type", type);
            span.SetStatus(ActivityStatusCode.Error, type);
        }

        span.Dispose();
    }

    /// <summary>Ends the spans of attempts of which nothing more is known.</summary>
    public void EndAll()
    {
        foreach (int number in _open.Keys)
        {
            if (_open.TryRemove(number, out Activity? span)) span.Dispose();
        }
    }
}
