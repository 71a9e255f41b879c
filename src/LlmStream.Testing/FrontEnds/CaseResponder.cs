using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LlmStream.Testing.FrontEnds.Wires;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.FrontEnds;

/// <summary>Responds to one request.</summary>
internal sealed class CaseResponder(HttpContext http, CaseLog log, ChatFrontEndServerOptions options)
{
    private const string IdPrefix = "1-";

    /// <summary>Responds. Does not fail.</summary>
    public async Task RespondAsync()
    {
        try
        {
            await RespondCoreAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            http.Abort(); // the client left, or the server is disposed of
        }
    }

    /// <summary>Writes a response that is not a stream.</summary>
    public Task WriteAsync(int status, string? contentType, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.Headers.CacheControl = "no-store";
        return body.Length == 0 ? Task.CompletedTask : http.Response.WriteAsync(body, http.RequestAborted);
    }

    private Task RespondCoreAsync()
    {
        HttpRequest request = http.Request;
        if (request.Path == "/" && HttpMethods.IsGet(request.Method))
        {
            string address = $"{request.Scheme}://{request.Host}";
            return request.Headers.Accept.ToString().Contains("json", StringComparison.OrdinalIgnoreCase)
                ? WriteAsync(StatusCodes.Status200OK, "application/json", CaseIndex.ToJson(address))
                : WriteAsync(StatusCodes.Status200OK, "text/html; charset=utf-8", CaseIndex.ToHtml(address));
        }

        return CaseRoute.Find(request) is { } route
            ? RespondAsync(route)
            : WriteAsync(
                StatusCodes.Status404NotFound, "text/plain; charset=utf-8",
                $"There is nothing at {request.Method} {request.Path}. GET / lists the cases.");
    }

    private async Task RespondAsync(CaseRoute route)
    {
        string? lastEventId = CaseRoute.LastEventId(http.Request);
        RunIds ids = await ReadIdsAsync(route).ConfigureAwait(false);
        log.Add(new ChatFrontEndRequest(route.Case, route.Kind, lastEventId));
        switch (route.Kind)
        {
            case ChatFrontEndRequestKind.Begin:
                await WriteAsync(route.Case, route.Case.Begin(ids), 0).ConfigureAwait(false);
                break;
            case ChatFrontEndRequestKind.Resume when route.Case.Resume is { } resume:
                int skipped = route.Case.Protocol.ReplaysWhole ? 0 : SequenceOf(lastEventId);
                await WriteAsync(route.Case, resume(ids), skipped).ConfigureAwait(false);
                break;
            case ChatFrontEndRequestKind.Resume:
                // An EventSource connects again for ever unless it gets 204.
                await WriteAsync(route.Id is null ? StatusCodes.Status204NoContent : route.Case.Protocol.NothingStatus, null, "")
                    .ConfigureAwait(false);
                break;
            default:
                await WriteAsync(StatusCodes.Status202Accepted, null, "").ConfigureAwait(false);
                break;
        }
    }

    private async Task<RunIds> ReadIdsAsync(CaseRoute route)
    {
        RunIds ids = RunIds.Default with { ThreadId = route.Id ?? RunIds.Default.ThreadId };
        if (!HttpMethods.IsPost(http.Request.Method)) return ids;
        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted).ConfigureAwait(false);
            return new RunIds(Read("threadId") ?? ids.ThreadId, Read("runId") ?? ids.RunId);

            string? Read(string name) =>
                body.RootElement.ValueKind == JsonValueKind.Object
                && body.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return ids; // what the front end asks is its own business
        }
    }

    private async Task WriteAsync(ChatFrontEndCase @case, CaseReply reply, int skipped)
    {
        if (reply.Body is { } body)
        {
            if (reply.Status == StatusCodes.Status429TooManyRequests) http.Response.Headers.RetryAfter = "1";
            await WriteAsync(reply.Status, @case.Protocol.ErrorContentType, body).ConfigureAwait(false);
            return;
        }

        int sequence = 0;
        // From the beginning: the user may stop at any time.
        Task? stopped = reply.Steps.Any(step => step.Kind == ReplyStepKind.UntilStopped) ? log.WaitForStopAsync(@case) : null;
        foreach (ReplyStep step in reply.Steps)
        {
            switch (step.Kind)
            {
                case ReplyStepKind.Event:
                    if (++sequence > skipped) await SendEventAsync(@case, step.Text, sequence).ConfigureAwait(false);
                    break;
                case ReplyStepKind.Raw:
                    await SendAsync(@case, step.Text).ConfigureAwait(false);
                    break;
                case ReplyStepKind.Silence:
                    await BeginAsync(@case).ConfigureAwait(false);
                    await DelayAsync(options.Silence).ConfigureAwait(false);
                    break;
                case ReplyStepKind.SlowStart:
                    await DelayAsync(options.SlowStart).ConfigureAwait(false);
                    break;
                case ReplyStepKind.Reset:
                    await BodyWriter.ResetAsync(http, http.RequestAborted).ConfigureAwait(false);
                    return;
                case ReplyStepKind.UntilStopped:
                    while (!stopped!.IsCompleted)
                        await SendEventAsync(@case, step.Text, ++sequence).ConfigureAwait(false);
                    break;
                default:
                    await DelayAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task BeginAsync(ChatFrontEndCase @case)
    {
        HttpResponse response = http.Response;
        if (response.HasStarted) return;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        foreach ((string name, string value) in @case.Protocol.Headers) response.Headers[name] = value;
        await response.StartAsync(http.RequestAborted).ConfigureAwait(false);
    }

    private async Task SendEventAsync(ChatFrontEndCase @case, string data, int sequence)
    {
        string id = sequence.ToString(CultureInfo.InvariantCulture);
        await SendAsync(@case, $"id: {IdPrefix}{id}\ndata: {data}\n\n").ConfigureAwait(false);
        await DelayAsync(options.Interval).ConfigureAwait(false);
    }

    private async Task SendAsync(ChatFrontEndCase @case, string text)
    {
        await BeginAsync(@case).ConfigureAwait(false);
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), http.RequestAborted).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    private Task DelayAsync(TimeSpan time) => Task.Delay(time, options.TimeProvider, http.RequestAborted);

    private static int SequenceOf(string? eventId) =>
        eventId is not null && eventId.StartsWith(IdPrefix, StringComparison.Ordinal)
        && int.TryParse(eventId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int sequence)
            ? sequence
            : 0;
}
