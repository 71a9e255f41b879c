using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.Diagnostics;

/// <content>What is recorded of deltas.</content>
internal sealed partial class CallTelemetry
{
    public void DeltaReceived(ChatDelta delta)
    {
        _characterCount += delta.Text.Length;
        if (_hasFirstDelta && delta.IsTextAndReasoningOnly && _activity is null && !Instruments.TimePerOutputChunk.Enabled) return;
        Note(delta);
    }

    /// <summary>Notes what is of interest in a delta besides its length: of most, nothing.</summary>
    private void Note(ChatDelta delta)
    {
        if (delta.FinishReason is { } reason)
        {
            _finishReason = reason.Value;
            if (_activity is not null) (_finishReasons ??= [])[delta.ChoiceIndex] = reason.Value;
        }

        if (!_hasFirstDelta)
        {
            _hasFirstDelta = true;
            FirstDeltaReceived(delta);
        }
        else if (Instruments.TimePerOutputChunk.Enabled)
        {
            TimeSpan waited = _waits.Elapsed;
            Instruments.TimePerOutputChunk.Record((waited - _waitedAtLastDelta).TotalSeconds, Tags(null));
            _waitedAtLastDelta = waited;
        }

        if (_activity is null) return;
        if (delta.Seam is { } seam) AddEvent(seam);
        if (delta.Stream.Id is { } id && _activity.GetTagItem("gen_ai.response.id") is null)
        {
            _activity.SetTag("gen_ai.response.id", id);
            _activity.SetTag("gen_ai.response.model", delta.Stream.Model);
        }
    }

    private void FirstDeltaReceived(ChatDelta delta)
    {
        _responseModel = delta.Stream.Model;
        _waitedAtLastDelta = _waits.Elapsed;
        if (_activity is null && !Instruments.TimeToFirstChunk.Enabled && !_logger.IsEnabled(LogLevel.Debug)) return;
        TimeSpan elapsed = Elapsed;
        _logger.FirstDelta(delta.Stream.Provider ?? _provider.Name, elapsed.TotalMilliseconds, delta.Stream.RequestId);
        _activity?.SetTag("gen_ai.response.time_to_first_chunk", elapsed.TotalSeconds);
        if (Instruments.TimeToFirstChunk.Enabled) Instruments.TimeToFirstChunk.Record(elapsed.TotalSeconds, Tags(null));
    }
}
