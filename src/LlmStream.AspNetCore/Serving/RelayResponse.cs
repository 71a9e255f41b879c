using System.Runtime.ExceptionServices;
using LlmStream.AspNetCore.Diagnostics;
using LlmStream.AspNetCore.Serving.Kept;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Relays one answer as the response to one request, from the first delta to the end.</summary>
internal sealed class RelayResponse
{
    public const string ContentType = "text/event-stream; charset=utf-8";

    private readonly HttpContext _http;
    private readonly ChatWire _wire;
    private readonly WireContext _context;
    private readonly ChatRelayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public RelayResponse(HttpContext http, ChatWire wire, WireContext context, ChatRelayOptions options)
    {
        _http = http;
        _wire = wire;
        _context = context;
        _options = options;
        _time = http.RequestServices?.GetService<TimeProvider>() ?? TimeProvider.System;
        _logger = (http.RequestServices?.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("LlmStream.AspNetCore");
    }

    /// <summary>The request, for <see cref="ChatRelayResult"/>; null if the application read it itself.</summary>
    public ChatRelayRequest? Request { get; init; }

    /// <summary>The services of the scope in which the handler runs.</summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>The id of the first event, or null. With it, the response begins before the answer.</summary>
    public string? EventId { get; init; }

    /// <summary>What is read from the store; null if the stream is not kept.</summary>
    public KeptReading? Kept { get; init; }

    /// <summary>Whether the answer is streamed; otherwise it is sent as one object when it is complete.</summary>
    public bool IsStreaming { get; init; } = true;

    /// <summary>Relays deltas for a request that the application read itself.</summary>
    public static Task WriteAsync(
        HttpContext http, ChatWire wire, ChatRelayOptions options, ChatRelayIds ids, IAsyncEnumerable<ChatDelta> deltas)
    {
        if (EventSourceRequest.EndsReconnection(http)) return Task.CompletedTask;
        TimeProvider time = http.RequestServices?.GetService<TimeProvider>() ?? TimeProvider.System;
        var context = new WireContext
        {
            MessageId = ids.MessageId ?? NewId.Create(),
            ConversationId = ids.ConversationId ?? NewId.Create(),
            RunId = ids.RunId ?? NewId.Create(),
            Created = time.GetUtcNow(),
        };
        bool isEventSource = HttpMethods.IsGet(http.Request.Method) && EventSourceRequest.AcceptsEventStream(http.Request);
        var response = new RelayResponse(http, wire, context, options) { EventId = isEventSource ? context.MessageId : null };
        return response.RunAsync(_ => deltas);
    }

    /// <summary>Relays an answer.</summary>
    /// <param name="start">Starts the answer; its token is canceled when the answer must stop.</param>
    /// <returns>A task that ends when the response has ended. It does not fail.</returns>
    public async Task RunAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>?> start)
    {
        using var telemetry = new RelayTelemetry(_wire, _time, Kept?.Origin);
        using var lifetime = new RelayLifetime(_http, _time, _options.ShutdownTimeout, _logger);
        if (IsStreaming) await RunStreamAsync(start, telemetry, lifetime).ConfigureAwait(false);
        else await RunWholeAsync(start, telemetry, lifetime).ConfigureAwait(false);
    }

    private async Task RunStreamAsync(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>?> start, RelayTelemetry telemetry, RelayLifetime lifetime)
    {
        var response = new EventStreamResponse(_http, _wire, _context, _options, _time, lifetime)
        {
            EventId = EventId,
            Positions = Kept?.Positions,
        };
        await using (response.ConfigureAwait(false))
        {
            var pump = new DeltaPump(response, lifetime, _logger);
            ChatStreamResult answer = await ReadAsync(pump.RunAsync(start)).ConfigureAwait(false);
            RelayEnd end = Judge(pump.Exception, lifetime);
            response.End();
            await EndAsync(end, answer, () => SendEndAsync(pump, response, end, lifetime), telemetry, lifetime).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the whole answer, and sends it as one object: the status is that of its end, however long it takes.</summary>
    private async Task RunWholeAsync(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>?> start, RelayTelemetry telemetry, RelayLifetime lifetime)
    {
        var reader = new DeltaReader(lifetime, _logger);
        ChatStreamResult answer = await reader.RunAsync(start).CollectAsync(CancellationToken.None).ConfigureAwait(false);
        RelayEnd end = Judge(reader.Exception, lifetime);
        await EndAsync(end, answer, () => AnswerResponse.WriteAsync(_http, _wire, _context, answer, end), telemetry, lifetime)
            .ConfigureAwait(false);
    }

    private async Task EndAsync(
        RelayEnd end, ChatStreamResult answer, Func<Task> send, RelayTelemetry telemetry, RelayLifetime lifetime)
    {
        telemetry.Ended(end, _logger);
        // The application learns how the answer ended even while a slow client has not read all of it.
        Task sent = lifetime.Reason == StopReason.ClientLeft ? Task.CompletedTask : TrySendAsync(send, lifetime);
        await ReportAsync(end, answer).ConfigureAwait(false);
        await sent.ConfigureAwait(false);
        if (Kept is not null && IsEndOfStream(end, lifetime)) await Kept.WhenReportedAsync(_http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Whether the kept stream has ended, and not only this response.</summary>
    private static bool IsEndOfStream(RelayEnd end, RelayLifetime lifetime) =>
        lifetime.Reason == StopReason.None && !KeptFailure.IsOfReader(end.Exception);

    private async Task TrySendAsync(Func<Task> send, RelayLifetime lifetime)
    {
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _logger.EndNotSent(exception, _wire.Name);
            // The client must not take the end of the body for the end of the answer.
            _http.Abort();
        }
        finally
        {
            lifetime.EndSent();
        }
    }

    private async ValueTask<ChatStreamResult> ReadAsync(IAsyncEnumerable<ChatDelta> deltas)
    {
        // The whole answer is kept in memory only if it is needed.
        if (_options.OnFinished is not null) return await deltas.CollectAsync(CancellationToken.None).ConfigureAwait(false);
        await foreach (ChatDelta _ in deltas.ConfigureAwait(false))
        {
            // It was written already.
        }

        return ChatStreamResult.Empty;
    }

    private RelayEnd Judge(Exception? exception, RelayLifetime lifetime) => lifetime.Reason switch
    {
        _ when exception is null => RelayEnd.Completed,
        StopReason.ClientLeft => new(ChatRelayOutcome.Canceled, Exception: exception),
        StopReason.ShuttingDown => new(ChatRelayOutcome.Failed, FailureDescription.ShuttingDown, exception),
        StopReason.WriteFailed => Failed(lifetime.WriteFailure ?? exception),
        _ when FailureDescription.IsCancellation(exception) => new(ChatRelayOutcome.Canceled, Exception: exception),
        _ => Failed(exception),
    };

    private RelayEnd Failed(Exception exception)
    {
        WireFailure failure = FailureDescription.Of(exception, _options, _logger);
        return failure == WireFailure.Canceled
            ? new(ChatRelayOutcome.Canceled, Exception: exception)
            : new(ChatRelayOutcome.Failed, failure, exception);
    }

    private async Task SendEndAsync(DeltaPump pump, EventStreamResponse response, RelayEnd end, RelayLifetime lifetime)
    {
        if (!response.HasBegun && end.Failure is { } failure)
        {
            await ErrorResponse.WriteAsync(_http, _wire, failure).ConfigureAwait(false);
            return;
        }

        if (lifetime.Reason == StopReason.ShuttingDown && Kept is { } kept
            && await kept.ContinuesElsewhereAsync(_http.RequestAborted).ConfigureAwait(false))
        {
            // The client finds the stream again, on another server. An error would end it.
            _http.Abort();
            return;
        }

        if (end.Outcome == ChatRelayOutcome.Completed) pump.WriteHeld();
        WireEncoder encoder = response.Encoder;
        if (end.Failure is not null) encoder.Fail(end.Failure);
        else if (end.Outcome == ChatRelayOutcome.Completed) encoder.Complete();
        else encoder.Cancel();
        Kept?.Positions.EndWritten(IsEndOfStream(end, lifetime));
        await response.FlushAsync().ConfigureAwait(false);
        if (lifetime.WriteFailure is { } exception) ExceptionDispatchInfo.Throw(exception);
    }

    private Task ReportAsync(RelayEnd end, ChatStreamResult answer)
    {
        if (_options.OnFinished is null) return Task.CompletedTask;
        bool isComplete = end.Outcome == ChatRelayOutcome.Completed;
        return AnswerReport.TryReportAsync(_options, _logger, new ChatRelayResult
        {
            Outcome = end.Outcome,
            Answer = isComplete ? answer : end.Exception.PartialOr(answer),
            Exception = end.Exception,
            Request = Request,
            MessageId = _context.MessageId,
            Services = Services ?? _http.RequestServices,
        });
    }
}
