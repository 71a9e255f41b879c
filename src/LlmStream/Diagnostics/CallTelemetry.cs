using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmStream.Diagnostics;

/// <summary>Reports the events of one call to logs, traces and metrics.</summary>
internal sealed class CallTelemetry : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LlmProvider _provider;
    private readonly long _startTimestamp;
    private readonly Activity? _activity;
    private string? _model;
    private string? _responseModel;
    private long _lastDeltaTimestamp;
    private bool _hasFirstDelta;
    private bool _hasEnded;
    private int _characterCount;
    private string? _finishReason;
    private UsageDetails? _usage; // of the current attempt
    private UsageDetails? _usageBefore; // of the attempts before it

    public CallTelemetry(LlmStreamOptions options)
    {
        _time = options.TimeProvider;
        _logger = options.LoggerFactory.CreateLogger<LlmStreamClient>();
        _provider = options.Provider;
        _startTimestamp = _time.GetTimestamp();
        _activity = Instruments.StartActivity(_provider);
    }

    public void SendingRequest(string? model, int attempt)
    {
        if (_model is null && model is not null)
        {
            _model = model;
            _activity?.SetTag("gen_ai.request.model", model);
            if (_activity is not null) _activity.DisplayName = $"chat {model}";
        }

        _logger.SendingRequest(_provider.Name, model, attempt);
    }

    public void Retrying(ChatStreamException failure, int attempt, TimeSpan delay)
    {
        _logger.Retrying(_provider.Name, failure.Error, (int?)failure.StatusCode, failure.ProviderCode, attempt, delay.TotalMilliseconds);
        Instruments.Retries.Add(1, Tags(failure.Error));
        AddEvent("llmstream.retry", failure, attempt);
    }

    public void Resuming(ChatStreamException failure, int attempt, int characters)
    {
        // Also what was not part of a delta, because the attempt broke off in the text.
        if (failure.Partial.Usage is { } usage) (_usageBefore ??= new UsageDetails()).Add(usage);
        _usage = null;
        _logger.Resuming(_provider.Name, characters, failure.Error, failure.ProviderCode, attempt);
        Instruments.Resumes.Add(1, Tags(failure.Error));
        AddEvent("llmstream.resume", failure, attempt);
    }

    public void NotResumed(ChatStreamException failure, ChatResumeRefusal refusal, int characters) =>
        _logger.NotResumed(_provider.Name, characters, failure.Error, refusal);

    public void PrefillRefused(ChatStreamException failure) =>
        _logger.PrefillRefused(_provider.Name, failure.ProviderCode, failure.ProviderMessage);

    public void ReplayRefused(ChatStreamException failure) =>
        _logger.ReplayRefused(_provider.Name, failure.ProviderCode, failure.ProviderMessage);

    public void DeltaReceived(ChatDelta delta)
    {
        _characterCount += delta.Text.Length;
        if (delta.FinishReason is { } reason) _finishReason = reason.Value;
        if (delta.Usage is { } usage) _usage = usage;
        if (!_hasFirstDelta)
        {
            _hasFirstDelta = true;
            _lastDeltaTimestamp = _time.GetTimestamp();
            _responseModel = delta.Stream.Model;
            TimeSpan elapsed = _time.GetElapsedTime(_startTimestamp, _lastDeltaTimestamp);
            _logger.FirstDelta(_provider.Name, elapsed.TotalMilliseconds, delta.Stream.RequestId);
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
        UsageDetails? usage = TotalUsage;
        _logger.Completed(_provider.Name, Elapsed.TotalMilliseconds, _finishReason, usage?.InputTokenCount, usage?.OutputTokenCount);
    }

    public void Failed(ChatStreamException failure)
    {
        if (failure.Error == ChatStreamError.Truncated) Instruments.Truncations.Add(1, Tags(failure.Error));
        _activity?.SetStatus(ActivityStatusCode.Error, failure.Error.ToString());
        _usage = failure.Partial.Usage ?? TotalUsage; // that of all attempts
        _usageBefore = null;
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

    /// <summary>The usage of all attempts, or null.</summary>
    private UsageDetails? TotalUsage
    {
        get
        {
            if (_usageBefore is null || _usage is null) return _usageBefore ?? _usage;
            var total = new UsageDetails();
            total.Add(_usageBefore);
            total.Add(_usage);
            return total;
        }
    }

    private TimeSpan Elapsed => _time.GetElapsedTime(_startTimestamp);

    private void End(string? errorType)
    {
        _hasEnded = true;
        TagList tags = Tags(null);
        if (errorType is not null) tags.Add("error.type", errorType);
        Instruments.OperationDuration.Record(Elapsed.TotalSeconds, tags);
        UsageDetails? usage = TotalUsage;
        RecordTokens("input", usage?.InputTokenCount);
        RecordTokens("output", usage?.OutputTokenCount);
        if (_activity is null) return;

        if (errorType is not null) _activity.SetTag("error.type", errorType);
        if (_finishReason is not null) _activity.SetTag("gen_ai.response.finish_reasons", new[] { _finishReason });
        if (usage?.InputTokenCount is { } input) _activity.SetTag("gen_ai.usage.input_tokens", input);
        if (usage?.OutputTokenCount is { } output) _activity.SetTag("gen_ai.usage.output_tokens", output);
    }

    private void AddEvent(string name, ChatStreamException failure, int attempt) => _activity?.AddEvent(new ActivityEvent(
        name, tags: new ActivityTagsCollection { ["error.type"] = failure.Error.ToString(), ["llmstream.attempt"] = attempt }));

    private void RecordTokens(string type, long? count)
    {
        if (count is not { } tokens) return;
        TagList tags = Tags(null);
        tags.Add("gen_ai.token.type", type);
        Instruments.TokenUsage.Record(tokens, tags);
    }

    private TagList Tags(ChatStreamError? error)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", _provider.Name },
            { "server.address", _provider.BaseAddress.Host },
            { "server.port", _provider.BaseAddress.Port },
        };
        if (_model is not null) tags.Add("gen_ai.request.model", _model);
        if (_responseModel is not null) tags.Add("gen_ai.response.model", _responseModel);
        if (error is not null) tags.Add("error.type", error.ToString());
        return tags;
    }
}
