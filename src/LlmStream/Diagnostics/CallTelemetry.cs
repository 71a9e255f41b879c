using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.Diagnostics;

/// <summary>Reports the events of one call to logs, traces and metrics.</summary>
internal sealed class CallTelemetry : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private LlmProvider _provider; // the one that is used
    private bool _hasFallenBack;
    private readonly long _startTimestamp;
    private readonly Activity? _activity;
    private string? _model;
    private string? _responseModel;
    private long _lastDeltaTimestamp;
    private bool _hasFirstDelta;
    private bool _hasEnded;
    private int _characterCount;
    private string? _finishReason;
    private readonly ConcurrentDictionary<string, LlmProvider> _providers = new(StringComparer.Ordinal); // by name
    private readonly LlmProvider _first;
    private readonly Func<IReadOnlyList<ChatAttempt>> _getAttempts;

    /// <summary>Begins a call.</summary>
    /// <param name="options">The options of the client.</param>
    /// <param name="getAttempts">Returns the attempts of this call that have ended. Called when the call has ended.</param>
    public CallTelemetry(LlmStreamOptions options, Func<IReadOnlyList<ChatAttempt>> getAttempts)
    {
        _getAttempts = getAttempts;
        _first = options.Provider;
        _time = options.TimeProvider;
        _logger = options.LoggerFactory.CreateLogger<LlmStreamClient>();
        _provider = options.Provider;
        _startTimestamp = _time.GetTimestamp();
        _activity = Instruments.StartActivity(_provider);
    }

    public void SendingRequest(LlmProvider provider, string? model, int attempt)
    {
        _providers.TryAdd(provider.Name, provider);
        if (string.Equals(provider.Name, _provider.Name, StringComparison.Ordinal) && _model is null && model is not null)
        {
            _model = model;
            _activity?.SetTag("gen_ai.request.model", model);
            if (_activity is not null) _activity.DisplayName = $"chat {model}";
        }

        _logger.SendingRequest(provider.Name, model, attempt);
    }

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
        tags.Add("llmstream.fallback.provider", to.Name);
        Instruments.Fallbacks.Add(1, tags);
        _activity?.AddEvent(new ActivityEvent("llmstream.fallback", tags: new ActivityTagsCollection
        {
            ["error.type"] = failure.Error.ToString(),
            ["llmstream.fallback.provider"] = to.Name,
        }));
        Use(to, model);
    }

    public void FallbackSkipped(LlmProvider provider, ChatFallbackRefusal refusal, string? reason) =>
        _logger.FallbackSkipped(provider.Name, refusal, reason);

    public void Hedging(LlmProvider first, LlmProvider second, TimeSpan after)
    {
        _logger.Hedging(first.Name, after.TotalMilliseconds, second.Name);
        _activity?.AddEvent(new ActivityEvent(
            "llmstream.hedge", tags: new ActivityTagsCollection { ["llmstream.hedge.provider"] = second.Name }));
    }

    /// <summary>One of two attempts has been answered. What follows is recorded under the name of its provider.</summary>
    public void Hedged(LlmProvider provider, string? model, bool isHedge)
    {
        _logger.Hedged(provider.Name, isHedge);
        TagList tags = Tags(null);
        tags.Add("llmstream.hedge.provider", provider.Name);
        tags.Add("llmstream.hedge.outcome", isHedge ? "won" : "lost");
        Instruments.Hedges.Add(1, tags);
        Use(provider, model);
    }

    public void DeltaReceived(ChatDelta delta)
    {
        _characterCount += delta.Text.Length;
        if (delta.FinishReason is { } reason) _finishReason = reason.Value;
        if (!_hasFirstDelta)
        {
            _hasFirstDelta = true;
            _lastDeltaTimestamp = _time.GetTimestamp();
            _responseModel = delta.Stream.Model;
            TimeSpan elapsed = _time.GetElapsedTime(_startTimestamp, _lastDeltaTimestamp);
            _logger.FirstDelta(delta.Stream.Provider ?? _provider.Name, elapsed.TotalMilliseconds, delta.Stream.RequestId);
            if (Instruments.TimeToFirstChunk.Enabled) Instruments.TimeToFirstChunk.Record(elapsed.TotalSeconds, Tags(null));
        }
        else if (Instruments.TimePerOutputChunk.Enabled)
        {
            long now = _time.GetTimestamp();
            Instruments.TimePerOutputChunk.Record(_time.GetElapsedTime(_lastDeltaTimestamp, now).TotalSeconds, Tags(null));
            _lastDeltaTimestamp = now;
        }

        if (_activity is not null && _activity.GetTagItem("gen_ai.response.id") is null && delta.Stream.Id is { } id)
        {
            _activity.SetTag("gen_ai.response.id", id);
            _activity.SetTag("gen_ai.response.model", delta.Stream.Model);
        }
    }

    public void Completed()
    {
        End(null);
        if (!_logger.IsEnabled(LogLevel.Debug)) return;
        IReadOnlyList<ChatAttempt> attempts = _getAttempts();
        _logger.Completed(
            _provider.Name, Elapsed.TotalMilliseconds, _finishReason, ChatAttempt.TotalInput(attempts), ChatAttempt.TotalOutput(attempts));
    }

    public void Failed(ChatStreamException failure)
    {
        if (failure.Error == ChatStreamError.Truncated) Instruments.Truncations.Add(1, Tags(failure.Error));
        _activity?.SetStatus(ActivityStatusCode.Error, failure.Error.ToString());
        End(failure.Error.ToString());
        _logger.Failed(
            _provider.Name, Elapsed.TotalMilliseconds, failure.Error, (int?)failure.StatusCode, failure.ProviderCode, failure.RequestId,
            failure.AttemptCount, _characterCount);
    }

    /// <summary>Ends the call. If it neither completed nor failed, the caller left the loop or cancelled.</summary>
    public void Dispose()
    {
        if (!_hasEnded)
        {
            End(null);
            _logger.Abandoned(_provider.Name, Elapsed.TotalMilliseconds);
        }

        _activity?.Dispose();
    }

    private TimeSpan Elapsed => _time.GetElapsedTime(_startTimestamp);

    private void End(string? errorType)
    {
        _hasEnded = true;
        TagList tags = Tags(null);
        if (errorType is not null) tags.Add("error.type", errorType);
        Instruments.OperationDuration.Record(Elapsed.TotalSeconds, tags);
        IReadOnlyList<ChatAttempt> attempts = _getAttempts();
        foreach (IGrouping<(string?, string?), ChatAttempt> group in attempts.GroupBy(attempt => (attempt.Provider, attempt.Model)))
            UsageTelemetry.Record([.. group], TagsOf(group.First()));
        if (_activity is null) return;

        if (errorType is not null) _activity.SetTag("error.type", errorType);
        if (_finishReason is not null) _activity.SetTag("gen_ai.response.finish_reasons", new[] { _finishReason });
        UsageTelemetry.AddTags(attempts, _activity);
    }

    /// <summary>Goes over to another provider.</summary>
    private void Use(LlmProvider provider, string? model)
    {
        if (ReferenceEquals(provider, _provider)) return;
        (_provider, _model, _responseModel, _hasFallenBack) = (provider, model, null, true);
        if (_activity is null) return;
        Instruments.TagProvider(_activity, provider);
        _activity.SetTag("gen_ai.request.model", model);
        _activity.SetTag("gen_ai.response.id", null);
        _activity.DisplayName = model is null ? "chat" : $"chat {model}";
    }

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
        LlmProvider provider = _providers.GetValueOrDefault(name, _provider);
        return CreateTags(provider, attempt.Model, null, isFallback: !ReferenceEquals(provider, _first), error: null);
    }

    private static TagList CreateTags(
        LlmProvider provider, string? model, string? responseModel, bool isFallback, ChatStreamError? error)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", provider.Name },
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
