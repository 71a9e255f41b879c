using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmStream.Chat;
using Microsoft.Extensions.Logging;

namespace LlmStream.Diagnostics;

/// <summary>Reports the events of one call to logs, traces and metrics.</summary>
internal sealed partial class CallTelemetry : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private LlmProvider _provider; // the one that is used
    private bool _hasFallenBack;
    private readonly long _startTimestamp;
    private readonly Activity? _activity;
    private readonly AttemptSpans? _spans;
    private WaitClock _waits;
    private readonly CallDescription _call;
    private string? _model;
    private string? _responseModel;
    private TimeSpan _waitedAtLastDelta;
    private bool _hasFirstDelta;
    private bool _hasEnded;
    private int _characterCount;
    private string? _finishReason; // the last one
    private SortedDictionary<int, string>? _finishReasons; // by choice; only for the span
    private ConcurrentDictionary<string, LlmProvider>? _others; // the providers besides the first, by name; most calls have none
    private readonly LlmProvider _first;
    private readonly AttemptLog _log;
    private readonly int _earlierAttempts;

    /// <summary>Begins a call.</summary>
    /// <param name="options">The options of the client.</param>
    /// <param name="call">What is requested.</param>
    /// <param name="log">The attempts. Read when the call has ended.</param>
    /// <param name="earlierAttempts">The number of attempts of earlier calls, which are not recorded again.</param>
    public CallTelemetry(LlmStreamOptions options, CallDescription call, AttemptLog log, int earlierAttempts)
    {
        _call = call;
        _model = call.Model;
        _log = log;
        _earlierAttempts = earlierAttempts;
        _first = options.Provider;
        _time = options.TimeProvider;
        _logger = options.Logger;
        _provider = options.Provider;
        _startTimestamp = _time.GetTimestamp();
        _activity = Instruments.StartCall(_provider, call);
        if (_activity is not null) _spans = new AttemptSpans(_activity);
        _waits = new WaitClock(
            _time, _activity is not null || Instruments.WaitDuration.Enabled || Instruments.TimePerOutputChunk.Enabled);
        _waits.Begin();
    }

    /// <summary>Whether it matters how long the caller waits.</summary>
    public bool MeasuresWaits => _waits.IsEnabled;

    /// <summary>The caller waits for the next delta. The call itself begins with a wait.</summary>
    public void BeginWait() => _waits.Begin();

    /// <summary>The caller has the next delta.</summary>
    public void EndWait() => _waits.End();

    /// <summary>An attempt begins. Its span becomes the current one of the execution context.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="number">Its number in this call.</param>
    public void SendingRequest(LlmProvider provider, ChatAttempt attempt, int number)
    {
        if (!ReferenceEquals(provider, _first)) AddProvider(provider);
        if (_model is null && attempt.Model is not null && string.Equals(provider.Name, _provider.Name, StringComparison.Ordinal))
            SetModel(attempt.Model);
        _logger.SendingRequest(provider.Name, attempt.Model, number);
        _spans?.Begin(provider, attempt);
    }

    /// <summary>An attempt has ended. May be called again for the same one.</summary>
    public void AttemptEnded(ChatAttempt attempt) => _spans?.End(attempt);

    public void Retrying(LlmProvider provider, ChatStreamException failure, int attempt, TimeSpan delay)
    {
        _logger.Retrying(provider.Name, failure.Error, (int?)failure.StatusCode, failure.ProviderCode, attempt, delay.TotalMilliseconds);
        Instruments.Retries.Add(1, Tags(failure.Error, provider));
        AddEvent("llmstream.retry", failure, attempt);
    }

    public void Resuming(ChatStreamException failure, int attempt, int characters)
    {
        _logger.Resuming(_provider.Name, characters, failure.Error, failure.ProviderCode, attempt);
        Instruments.Resumes.Add(1, Tags(failure.Error));
        AddEvent("llmstream.resume", failure, attempt);
    }

    public void NotResumed(
        LlmProvider provider, ChatStreamException failure, ChatResumeRefusal refusal, ChatFallbackRefusal? fallback, int characters)
    {
        if (fallback is null) _logger.NotResumed(provider.Name, characters, failure.Error, refusal);
        else _logger.NotContinued(provider.Name, characters, failure.Error, refusal, fallback.Value);
    }

    public void PrefillRefused(LlmProvider provider, ChatStreamException failure) =>
        _logger.PrefillRefused(provider.Name, failure.ProviderCode, failure.ProviderMessage);

    public void ReplayRefused(LlmProvider provider, ChatStreamException failure) =>
        _logger.ReplayRefused(provider.Name, failure.ProviderCode, failure.ProviderMessage);

    /// <summary>Another provider takes over. What follows is recorded under its name.</summary>
    public void FallingBack(LlmProvider from, ChatStreamException failure, LlmProvider to, string? model, int characters)
    {
        _logger.FallingBack(
            from.Name, failure.Error, (int?)failure.StatusCode, failure.ProviderCode, characters, to.Name, model);
        TagList tags = Tags(failure.Error);
        tags.Add("llmstream.fallback.provider", Instruments.NameOf(to));
        Instruments.Fallbacks.Add(1, tags);
        _activity?.AddEvent(new ActivityEvent("llmstream.fallback", tags: new ActivityTagsCollection
        {
            ["error.type"] = failure.Error.ToString(),
            ["llmstream.fallback.provider"] = Instruments.NameOf(to),
        }));
        Use(to, model);
    }

    public void FallbackSkipped(LlmProvider provider, ChatFallbackRefusal refusal, string? reason) =>
        _logger.FallbackSkipped(provider.Name, refusal, reason);

    public void Hedging(LlmProvider first, LlmProvider second, TimeSpan after)
    {
        _logger.Hedging(first.Name, after.TotalMilliseconds, second.Name);
        _activity?.AddEvent(new ActivityEvent(
            "llmstream.hedge", tags: new ActivityTagsCollection { ["llmstream.hedge.provider"] = Instruments.NameOf(second) }));
    }

    /// <summary>One of two attempts has been answered. What follows is recorded under the name of its provider.</summary>
    public void Hedged(LlmProvider provider, string? model, bool isHedge)
    {
        _logger.Hedged(provider.Name, isHedge);
        TagList tags = Tags(null);
        tags.Add("llmstream.hedge.provider", Instruments.NameOf(provider));
        tags.Add("llmstream.hedge.outcome", isHedge ? "won" : "lost");
        Instruments.Hedges.Add(1, tags);
        Use(provider, model);
    }

    public void Completed()
    {
        End(Outcome.Complete, null);
        if (!_logger.IsEnabled(LogLevel.Debug)) return;
        IReadOnlyList<ChatAttempt> attempts = Attempts;
        _logger.Completed(
            _provider.Name, Elapsed.TotalMilliseconds, _finishReason, ChatAttempt.TotalInput(attempts), ChatAttempt.TotalOutput(attempts));
    }

    public void Failed(ChatStreamException failure)
    {
        if (failure.Error == ChatStreamError.Truncated) Instruments.Truncations.Add(1, Tags(failure.Error));
        End(Outcome.Failed, failure.Error.ToString());
        _logger.Failed(
            _provider.Name, Elapsed.TotalMilliseconds, failure.Error, (int?)failure.StatusCode, failure.ProviderCode, failure.RequestId,
            failure.AttemptCount, _characterCount);
    }

    /// <summary>
    /// The caller does not read on: it has cancelled, an exception that is not the library's was thrown, or it left the loop.
    /// </summary>
    /// <param name="isCanceled">Whether the caller has cancelled.</param>
    /// <param name="exception">The exception that the enumeration ends with, or null.</param>
    public void Left(bool isCanceled, Exception? exception)
    {
        if (_hasEnded) return;
        if (isCanceled)
        {
            End(Outcome.Canceled, null);
            _logger.Canceled(_provider.Name, Elapsed.TotalMilliseconds);
        }
        else if (exception is not null) End(Outcome.Failed, exception.GetType().FullName);
        else
        {
            End(Outcome.Abandoned, null);
            _logger.Abandoned(_provider.Name, Elapsed.TotalMilliseconds);
        }
    }

    /// <summary>Ends the call.</summary>
    public void Dispose()
    {
        Left(isCanceled: false, exception: null);
        _spans?.EndAll();
        _activity?.Dispose();
    }

    private IReadOnlyList<ChatAttempt> Attempts => _log.EndedAfter(_earlierAttempts);

    private TimeSpan Elapsed => _time.GetElapsedTime(_startTimestamp);

    private void End(string outcome, string? errorType)
    {
        _hasEnded = true;
        Histogram<double> duration = _call.IsInference ? Instruments.InferenceDuration : Instruments.OperationDuration;
        if (duration.Enabled || Instruments.WaitDuration.Enabled)
        {
            TagList tags = Tags(null);
            tags.Add("llmstream.outcome", outcome);
            if (errorType is not null) tags.Add("error.type", errorType);
            duration.Record(Elapsed.TotalSeconds, tags);
            if (Instruments.WaitDuration.Enabled) Instruments.WaitDuration.Record(_waits.Elapsed.TotalSeconds, tags);
        }

        if (_activity is null && !UsageTelemetry.IsEnabled) return;
        IReadOnlyList<ChatAttempt> attempts = _call.IsInference ? Attempts : [];
        if (UsageTelemetry.IsEnabled) RecordUsage(attempts, outcome == Outcome.Complete);
        if (_activity is null) return;

        _activity.SetTag("llmstream.outcome", outcome);
        _activity.SetTag("llmstream.wait.duration", _waits.Elapsed.TotalSeconds);
        if (errorType is not null)
        {
            _activity.SetTag("error.type", errorType);
            _activity.SetStatus(ActivityStatusCode.Error, errorType);
        }

        // The conventions: "error" if a reason was expected and not received.
        if (_finishReasons is not null) _activity.SetTag("gen_ai.response.finish_reasons", _finishReasons.Values.ToArray());
        else if (_call.IsInference && outcome != Outcome.Complete)
            _activity.SetTag("gen_ai.response.finish_reasons", new[] { "error" });
        UsageTelemetry.AddTags(attempts, _activity);
    }

    private void RecordUsage(IReadOnlyList<ChatAttempt> attempts, bool isComplete)
    {
        foreach (IGrouping<(string?, string?), ChatAttempt> group in attempts.GroupBy(attempt => (attempt.Provider, attempt.Model)))
            UsageTelemetry.Record([.. group], isComplete, TagsOf(group.First()));
    }

    private void AddProvider(LlmProvider provider)
    {
        // Hedged attempts begin at the same time.
        ConcurrentDictionary<string, LlmProvider> others = _others
            ?? Interlocked.CompareExchange(ref _others, new(StringComparer.Ordinal), null) ?? _others;
        others.TryAdd(provider.Name, provider);
    }

    /// <summary>Goes over to another provider.</summary>
    private void Use(LlmProvider provider, string? model)
    {
        if (ReferenceEquals(provider, _provider)) return;
        (_provider, _model, _responseModel, _hasFallenBack) = (provider, model, null, true);
        if (_activity is null) return;
        foreach ((string name, object? value) in Instruments.TagsOf(provider)) _activity.SetTag(name, value);
        SetModel(model);
        _activity.SetTag("gen_ai.response.id", null);
    }

    private void SetModel(string? model)
    {
        _model = model;
        if (_activity is null) return;
        _activity.SetTag("gen_ai.request.model", model);
        _activity.DisplayName = Instruments.SpanName(_call, model);
    }

    private void AddEvent(ChatSeam seam) => _activity?.AddEvent(new ActivityEvent("llmstream.seam", tags: new ActivityTagsCollection
    {
        ["llmstream.attempt"] = seam.Attempt,
        ["llmstream.seam.kind"] = seam.Kind.ToString(),
        ["llmstream.seam.offset"] = seam.TextOffset,
        ["error.type"] = seam.Reason.ToString(),
    }));

    private void AddEvent(string name, ChatStreamException failure, int attempt) => _activity?.AddEvent(new ActivityEvent(
        name, tags: new ActivityTagsCollection { ["error.type"] = failure.Error.ToString(), ["llmstream.attempt"] = attempt }));

    /// <summary>The tags of an event at a provider, which may be another than the one that is used: hedged attempts compete.</summary>
    private TagList Tags(ChatStreamError error, LlmProvider provider) => ReferenceEquals(provider, _provider)
        ? Tags(error)
        : CreateTags(provider, null, null, isFallback: !ReferenceEquals(provider, _first), error);

    private TagList Tags(ChatStreamError? error) => CreateTags(_provider, _model, _responseModel, _hasFallenBack, error);

    /// <summary>The tags of an attempt, which may have been at another provider than the one that answered.</summary>
    private TagList TagsOf(ChatAttempt attempt)
    {
        if (attempt.Provider is not { } name || string.Equals(name, _provider.Name, StringComparison.Ordinal)) return Tags(null);
        LlmProvider provider = string.Equals(name, _first.Name, StringComparison.Ordinal) ? _first
            : _others is not null && _others.TryGetValue(name, out LlmProvider? other) ? other
            : _provider;
        return CreateTags(provider, attempt.Model, null, isFallback: !ReferenceEquals(provider, _first), error: null);
    }

    private TagList CreateTags(
        LlmProvider provider, string? model, string? responseModel, bool isFallback, ChatStreamError? error)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", _call.Operation },
            { "gen_ai.provider.name", Instruments.NameOf(provider) },
            { "server.address", provider.BaseAddress.Host },
            { "server.port", provider.BaseAddress.Port },
        };
        if (model is not null) tags.Add("gen_ai.request.model", model);
        if (responseModel is not null) tags.Add("gen_ai.response.model", responseModel);
        if (isFallback) tags.Add("llmstream.fallback", true);
        if (error is not null) tags.Add("error.type", error.ToString());
        return tags;
    }
}
