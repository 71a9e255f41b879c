using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmStream.AspNetCore.Serving;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Diagnostics;

/// <summary>The trace, the metrics and the log of one relayed answer.</summary>
/// <remarks>
/// The activity source and the meter are named <c>LlmStream.AspNetCore</c>.
/// <list type="table">
/// <listheader><term>name</term><description>what</description></listheader>
/// <item><term><c>relay</c></term><description>the activity of one answer, with the tags below</description></item>
/// <item><term><c>llmstream.relay.active_streams</c></term><description>
/// up-down counter: answers that are being relayed; tag <c>llmstream.relay.wire</c>
/// </description></item>
/// <item><term><c>llmstream.relay.stream.duration</c></term><description>
/// histogram, in seconds: one measurement for each answer, from the request to its end; tags <c>llmstream.relay.wire</c>
/// (<see cref="ChatWire.Name"/>), <c>llmstream.relay.outcome</c> (<c>completed</c>, <c>failed</c>, <c>canceled</c>), and for a failure
/// <c>error.type</c>: the code that the browser is told, such as <c>truncated</c>. Of a kept stream there is one for each reader, with the
/// tag <c>llmstream.relay.kept</c>: <c>begun</c>, <c>joined</c> (a running stream, by the same request), <c>replayed</c> (one that has
/// ended), <c>resumed</c> (by its id)
/// </description></item>
/// </list>
/// </remarks>
internal sealed class RelayTelemetry : IDisposable
{
    private const string Name = "LlmStream.AspNetCore";
    private const string KeptTag = "llmstream.relay.kept";

    private static readonly ActivitySource Source = new(Name, typeof(RelayTelemetry).Assembly.GetName().Version?.ToString(3));
    private static readonly Meter Meter = new(Name, typeof(RelayTelemetry).Assembly.GetName().Version?.ToString(3));

    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>(
        "llmstream.relay.active_streams", "{stream}", "Answers that are being relayed.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "llmstream.relay.stream.duration", "s", "Duration of a relayed answer, from the request to its end.");

    private readonly KeyValuePair<string, object?> _wireTag;
    private readonly TimeProvider _time;
    private readonly string _wire;
    private readonly string? _kept;
    private readonly long _start;
    private readonly Activity? _activity;

    /// <param name="wire">The wire.</param>
    /// <param name="time">The clock.</param>
    /// <param name="kept">How a kept stream came to be read; null if the stream is not kept.</param>
    public RelayTelemetry(ChatWire wire, TimeProvider time, string? kept = null)
    {
        _kept = kept;
        _wire = wire.Name;
        _wireTag = new("llmstream.relay.wire", wire.Name);
        _time = time;
        _start = time.GetTimestamp();
        _activity = Source.StartActivity("relay", ActivityKind.Internal);
        _activity?.SetTag(_wireTag.Key, _wireTag.Value);
        if (kept is not null) _activity?.SetTag(KeptTag, kept);
        Active.Add(1, _wireTag);
    }

    /// <summary>Records how the answer ended.</summary>
    public void Ended(RelayEnd end, ILogger logger)
    {
        TimeSpan elapsed = _time.GetElapsedTime(_start);
        string outcome = end.Outcome switch
        {
            ChatRelayOutcome.Completed => "completed",
            ChatRelayOutcome.Canceled => "canceled",
            _ => "failed",
        };
        var tags = new TagList { _wireTag, { "llmstream.relay.outcome", outcome } };
        _activity?.SetTag("llmstream.relay.outcome", outcome);
        if (_kept is not null) tags.Add(KeptTag, _kept);
        if (end.Failure is { } failure)
        {
            tags.Add("error.type", failure.Code);
            _activity?.SetTag("error.type", failure.Code);
            _activity?.SetStatus(ActivityStatusCode.Error, failure.Code);
            LogFailure(logger, end.Exception, elapsed, failure.Code);
        }
        else if (end.Outcome == ChatRelayOutcome.Canceled)
        {
            logger.Canceled(_wire, elapsed.TotalMilliseconds);
        }
        else
        {
            logger.Completed(_wire, elapsed.TotalMilliseconds);
        }

        Duration.Record(elapsed.TotalSeconds, tags);
    }

    private void LogFailure(ILogger logger, Exception? exception, TimeSpan elapsed, string code)
    {
        if (_kept is not null)
        {
            logger.ReaderFailed(_wire, elapsed.TotalMilliseconds, code); // the producer has logged why
        }
        else if (exception is ChatStreamException failure)
        {
            logger.StreamFailed(
                _wire, elapsed.TotalMilliseconds, failure.Error, (int?)failure.StatusCode, failure.ProviderCode, failure.RequestId, code);
        }
        else
        {
            logger.Failed(exception is OperationCanceledException ? null : exception, _wire, elapsed.TotalMilliseconds, code);
        }
    }

    public void Dispose()
    {
        Active.Add(-1, _wireTag);
        _activity?.Dispose();
    }
}
