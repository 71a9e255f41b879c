using System.Globalization;
using System.Net.Sockets;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Faults;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.Serving;

/// <summary>Replies to one request according to one step of the script.</summary>
internal sealed class Responder(HttpContext http, ScriptedRequest request, ReplyStore replies, TimeProvider time)
{
    private const string JsonContentType = "application/json";
    private const string InvalidRequestCode = "invalid_request_error";

    // The message of OpenAI (github.com/openai/openai-python/issues/2828).
    private const string TooOld = "This response can no longer be streamed because it is more than 5 minutes old";

    // For replies that take no step of the script.
    private static readonly Step DefaultStep = new(new NoResponseContent());

    /// <summary>The dialect of errors for requests that are in no dialect.</summary>
    public ServerDialect ErrorDialect { get; init; } = ServerDialect.Default;

    public StreamStore Streams { get; init; } = new(ReplayKind.None);

    /// <summary>How long after its creation a stored reply can be streamed again.</summary>
    public TimeSpan StreamReplayLimit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Refuses the request.</summary>
    public Task RefuseAsync(string reason) => RespondAsync(() => SendErrorAsync(ErrorDialect, 403, "permission_denied", reason));

    /// <summary>Replies, and reports the outcome to the request in any case.</summary>
    public Task RespondAsync(Func<ServerDialect?> getDialect, Func<Step> takeStep) =>
        RespondAsync(() => ReplyAsync(getDialect(), takeStep));

    private async Task RespondAsync(Func<ValueTask<ReplyEnd>> reply)
    {
        using CancellationTokenRegistration disconnect = http.RequestAborted.Register(() => request.End(ReplyEnd.ClientLeft));
        try
        {
            request.End(await reply().ConfigureAwait(false));
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested
            || e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            request.End(ReplyEnd.ClientLeft);
            http.Abort();
        }
        catch (Exception e)
        {
            // The script asks for something impossible, such as padding an event to less than its size. A test must not mistake this
            // for a scripted fault.
            request.Fail(e);
            http.Abort();
        }
    }

    private ValueTask<ReplyEnd> ReplyAsync(ServerDialect? dialect, Func<Step> takeStep)
    {
        if (!HttpMethods.IsPost(request.Method) && Streams.Parse(request) is { } kept) return ReplayStreamAsync(kept, takeStep);
        if (dialect is null) return ReplyToOtherRequestAsync();
        request.Dialect = dialect.Dialect;
        ReplayRequest? replay = HttpMethods.IsGet(request.Method) ? dialect.ParseReplay(request) : null;
        if (replay is null) return ReplyAsync(dialect, takeStep());
        return replies.Find(replay.Id) is { } stored
            ? ReplyAsync(dialect, takeStep(), step => ReplayAsync(dialect, step, replay, stored))
            : SendErrorAsync(dialect, 404, "not_found", $"Response with id '{replay.Id}' not found.");
    }

    /// <summary>Sends a kept stream again, or removes it.</summary>
    private ValueTask<ReplyEnd> ReplayStreamAsync(StreamReplayRequest replay, Func<Step> takeStep)
    {
        if (HttpMethods.IsDelete(request.Method))
        {
            Streams.Remove(replay.Id);
            http.Response.StatusCode = request.Status = 204;
            return new(ReplyEnd.Complete);
        }

        if (Streams.Find(replay.Id) is not { } stream)
            return SendErrorAsync(ErrorDialect, 404, "not_found", "Stream not found or expired");
        request.Dialect = stream.Dialect.Dialect;
        return ReplyAsync(stream.Dialect, takeStep(), step =>
        {
            // What the original step adds to every event is in the stream already.
            step = step with { KeepAlive = null, HasByteOrderMark = false, LineEnding = null };
            return SendAsync(step, stream.Dialect, 200, stream.Dialect.StreamContentType, Streams.Write(stream, replay.From));
        });
    }

    private async ValueTask<ReplyEnd> ReplyAsync(ServerDialect dialect, Step step, Func<Step, ValueTask<ReplyEnd>>? replay = null)
    {
        if (step.Delay != TimeSpan.Zero) await Task.Delay(step.Delay, time, http.RequestAborted).ConfigureAwait(false);
        switch (step.Content)
        {
            // The faults of the step apply; the answer was given by the step of the original request.
            case AnswerContent or PendingContent when replay is not null:
                request.Continuation = ContinuationKind.Replay;
                return await replay(step).ConfigureAwait(false);
            case PendingContent:
                throw new InvalidOperationException("Script.Pending answers only requests for the state of a stored answer.");
            case AnswerContent answer:
                return await AnswerAsync(dialect, step, answer).ConfigureAwait(false);
            case BodyContent content:
                byte[] body = content.Body ?? CreateErrorBody(dialect, content.Status);
                bool byLine = content.ContentType?.Contains("ndjson", StringComparison.Ordinal) == true;
                string contentType = content.ContentType ?? JsonContentType;
                return await SendAsync(step, dialect, content.Status, contentType, RawFrames.Split(body, byLine)).ConfigureAwait(false);
            default:
                request.End(ReplyEnd.Reset);
                await BodyWriter.ResetAsync(http, http.RequestAborted).ConfigureAwait(false);
                return ReplyEnd.Reset;
        }
    }

    private ValueTask<ReplyEnd> AnswerAsync(ServerDialect dialect, Step step, AnswerContent answer)
    {
        ParsedRequest parsed = dialect.Parse(request);
        ContinuationPoint point = ContinuationPoint.Find(parsed, answer);
        request.Continuation = point.Kind;
        request.ContinuedFrom = point.Text;
        var reply = new Reply(answer, parsed, step.Continuation, point, request.Number);
        if ((parsed.Error ?? step.Continuation.GetRefusal(point.Kind) ?? dialect.GetRefusal(request, reply)) is { } refusal)
            return SendErrorAsync(dialect, dialect.InvalidRequestStatus, InvalidRequestCode, refusal);

        if (dialect.GetStorageId(request, reply) is { } id) replies.Add(id, new StoredReply(request, reply, time.GetTimestamp()));
        if (!parsed.Stream) return SendAsync(step, dialect, 200, JsonContentType, [CreateJsonFrame(dialect.WriteBody(request, reply))]);
        Streams.Keep(request, http.Response, dialect, () => EventFaults.Apply(dialect.WriteStream(request, reply), step, dialect));
        return SendAsync(step, dialect, 200, dialect.StreamContentType, dialect.WriteStream(request, reply));
    }

    /// <summary>Sends the rest of a stored reply, or its state.</summary>
    private ValueTask<ReplyEnd> ReplayAsync(ServerDialect dialect, Step step, ReplayRequest replay, StoredReply stored)
    {
        if (!replay.Stream)
        {
            byte[] body = dialect.WriteBody(stored.Request, stored.Reply, isPending: step.Content is PendingContent);
            return SendAsync(step, dialect, 200, JsonContentType, [CreateJsonFrame(body)]);
        }

        bool isTooOld = StreamReplayLimit != Timeout.InfiniteTimeSpan && time.GetElapsedTime(stored.Created) > StreamReplayLimit;
        if (isTooOld || step.Content is PendingContent) return SendErrorAsync(dialect, 400, InvalidRequestCode, TooOld);
        IEnumerable<Frame> events = dialect.WriteStream(stored.Request, stored.Reply).Skip(replay.SkippedEvents);
        return SendAsync(step, dialect, 200, dialect.StreamContentType, events);
    }

    private ValueTask<ReplyEnd> SendErrorAsync(ServerDialect dialect, int status, string code, string message)
    {
        byte[] body = ProviderJson.ToBytes(json => dialect.WriteError(json, code, message, inStream: false));
        return SendAsync(DefaultStep, dialect, status, JsonContentType, [CreateJsonFrame(body)]);
    }

    private async ValueTask<ReplyEnd> SendAsync(
        Step step, ServerDialect dialect, int status, string contentType, IEnumerable<Frame> frames)
    {
        HttpResponse response = http.Response;
        response.StatusCode = status;
        response.ContentType = step.ContentType ?? contentType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["x-request-id"] = string.Create(CultureInfo.InvariantCulture, $"req_{request.Number:D8}");
        foreach ((string name, string value) in step.Headers) response.Headers[name] = value;
        request.Status = status;
        await response.StartAsync(http.RequestAborted).ConfigureAwait(false);
        var writer = new BodyWriter(http, step, time, request);
        ReplyEnd end = await writer.WriteAsync(EventFaults.Apply(frames, step, dialect)).ConfigureAwait(false);

        // The reply counts as ended only after the end of the body has been sent too.
        if (end is ReplyEnd.Complete or ReplyEnd.Cut) await response.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    private ValueTask<ReplyEnd> ReplyToOtherRequestAsync()
    {
        if (AccessPolicy.TryAnswerPreflight(http))
        {
            request.Status = http.Response.StatusCode;
            return new(ReplyEnd.Complete);
        }

        bool isModels = HttpMethods.IsGet(request.Method) && request.Path.EndsWith("/models", StringComparison.Ordinal);
        if (!isModels) return SendErrorAsync(ErrorDialect, 404, "not_found", $"There is nothing at {request.Method} {request.Path}.");
        byte[] body = ProviderJson.ToBytes(json =>
        {
            json.WriteString("object", "list");
            json.WriteArrayOfOne("data", json =>
            {
                json.WriteString("id", AnswerContent.DefaultModel);
                json.WriteString("object", "model");
                json.WriteNumber("created", Reply.Created);
                json.WriteString("owned_by", "llmstream");
            });
        });
        return SendAsync(DefaultStep, ServerDialect.Default, 200, JsonContentType, [CreateJsonFrame(body)]);
    }

    private static Frame CreateJsonFrame(byte[] json) => new(FrameKind.Event, json, 0, json.Length);

    private static byte[] CreateErrorBody(ServerDialect dialect, int status)
    {
        (string code, string message) = status switch
        {
            400 => (InvalidRequestCode, "The request is not valid."),
            401 => ("invalid_api_key", "Incorrect API key provided."),
            402 => ("insufficient_quota", "Insufficient balance."),
            403 => ("permission_denied", "You are not allowed to use this model."),
            404 => ("model_not_found", "The model does not exist."),
            408 => ("request_timeout", "The request took too long."),
            413 => ("request_too_large", "The request is too large."),
            429 => ("rate_limit_exceeded", "Rate limit reached. Please try again later."),
            503 or 529 => ("overloaded", "The server is overloaded. Please try again later."),
            _ => ("server_error", "The server had an error while processing your request."),
        };
        return ProviderJson.ToBytes(json => dialect.WriteError(json, code, message, inStream: false));
    }
}
