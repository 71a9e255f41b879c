using System.Globalization;
using System.Net.Sockets;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Faults;
using LlmStream.Testing.Scripting;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.Serving;

/// <summary>Answers one request with one step of the script.</summary>
internal sealed class Responder(HttpContext http, ScriptedRequest request, KeptReplies kept, TimeProvider time)
{
    /// <summary>Answers, and sees to it that the request knows how it ended.</summary>
    public async Task RespondAsync(Func<ServerDialect?> findDialect, Func<Step> takeStep)
    {
        using CancellationTokenRegistration left = http.RequestAborted.Register(() => request.End(ReplyEnd.ClientLeft));
        try
        {
            request.End(await ReplyAsync(findDialect(), takeStep).ConfigureAwait(false));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException || http.RequestAborted.IsCancellationRequested)
        {
            request.End(ReplyEnd.ClientLeft);
            http.Abort();
        }
        catch (Exception e)
        {
            // The script asks for what cannot be done, such as an event shorter than it is. That must not pass for a fault.
            request.Fail(e);
            http.Abort();
        }
    }

    private async ValueTask<ReplyEnd> ReplyAsync(ServerDialect? dialect, Func<Step> takeStep)
    {
        if (dialect is null) return await AnswerOtherAsync().ConfigureAwait(false);
        request.Dialect = dialect.Dialect;
        Retrieval? retrieval = HttpMethods.IsGet(request.Method) ? dialect.ReadRetrieval(request) : null;
        if (retrieval is not null && !kept.TryFind(retrieval.Id, out _)) return await RefuseAsync(dialect, 404, "not_found", $"Response with id '{retrieval.Id}' not found.").ConfigureAwait(false);
        Step step = takeStep();
        if (step.Delay != TimeSpan.Zero) await Task.Delay(step.Delay, time, http.RequestAborted).ConfigureAwait(false);
        switch (step.Content)
        {
            case AnswerContent when retrieval is not null:
                return await RetrieveAsync(dialect, step, retrieval).ConfigureAwait(false);
            case AnswerContent answer:
                return await AnswerAsync(dialect, step, answer).ConfigureAwait(false);
            case BodyContent content:
                byte[] body = content.Body ?? ErrorBody(dialect, content.Status);
                bool lines = content.ContentType?.Contains("ndjson", StringComparison.Ordinal) == true;
                return await SendAsync(step, dialect, content.Status, content.ContentType ?? "application/json", RawFrames.Split(body, lines)).ConfigureAwait(false);
            default:
                request.End(ReplyEnd.Reset);
                await Delivery.ResetAsync(http, http.RequestAborted).ConfigureAwait(false);
                return ReplyEnd.Reset;
        }
    }

    private async ValueTask<ReplyEnd> AnswerAsync(ServerDialect dialect, Step step, AnswerContent answer)
    {
        Asked asked = dialect.Read(request);
        ContinuationPoint point = ContinuationPoint.Find(asked, answer);
        request.Continuation = point.Kind;
        request.ContinuedFrom = point.Text;
        var reply = new Reply(answer, asked, step.Continuation, point, request.Number);
        if ((asked.Complaint ?? RefusePrefill(step.Continuation, point.Kind) ?? dialect.Refuse(request, reply)) is { } complaint)
            return await RefuseAsync(dialect, dialect.RefusalStatus, "invalid_request_error", complaint).ConfigureAwait(false);

        if (dialect.IdToKeep(request, reply) is { } id) kept.Keep(id, request, reply);
        return asked.Stream
            ? await SendAsync(step, dialect, 200, dialect.StreamContentType, dialect.Stream(request, reply)).ConfigureAwait(false)
            : await SendAsync(step, dialect, 200, "application/json", [JsonFrame(dialect.Whole(request, reply))]).ConfigureAwait(false);
    }

    /// <summary>Sends an answer that was kept, or the rest of it. The step says what goes wrong this time; what is said has been said.</summary>
    private async ValueTask<ReplyEnd> RetrieveAsync(ServerDialect dialect, Step step, Retrieval retrieval)
    {
        kept.TryFind(retrieval.Id, out (ScriptedRequest Request, Reply Reply) found);
        request.Continuation = ContinuationKind.Replay;
        return retrieval.Stream
            ? await SendAsync(step, dialect, 200, dialect.StreamContentType, dialect.Stream(found.Request, found.Reply).Skip(retrieval.Events)).ConfigureAwait(false)
            : await SendAsync(step, dialect, 200, "application/json", [JsonFrame(dialect.Whole(found.Request, found.Reply))]).ConfigureAwait(false);
    }

    private ValueTask<ReplyEnd> RefuseAsync(ServerDialect dialect, int status, string code, string message) =>
        SendAsync(new Step(new NoContent()), dialect, status, "application/json", [JsonFrame(JsonText.Bytes(json => dialect.WriteError(json, code, message, inStream: false)))]);

    private static string? RefusePrefill(Continuation continuation, ContinuationKind kind)
    {
        if (kind is ContinuationKind.None or ContinuationKind.Instruction) return null;
        string? flag = kind switch
        {
            ContinuationKind.PrefixFlag => "prefix",
            ContinuationKind.PartialFlag => "partial",
            ContinuationKind.ContinueFinalMessage => "continue_final_message",
            _ => null,
        };
        if (continuation.NeededFlag is { } needed && !string.Equals(needed, flag, StringComparison.Ordinal))
        {
            return $"Expected last role User or Tool (or Assistant with {needed} True) for serving but got assistant";
        }

        return continuation.PrefillRefusal;
    }

    private async ValueTask<ReplyEnd> SendAsync(Step step, ServerDialect dialect, int status, string contentType, IEnumerable<Frame> frames)
    {
        HttpResponse response = http.Response;
        response.StatusCode = status;
        response.ContentType = step.ContentType ?? contentType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["x-request-id"] = string.Create(CultureInfo.InvariantCulture, $"req_{request.Number:D8}");
        foreach ((string name, string value) in step.Headers) response.Headers[name] = value;
        request.Status = status;
        await response.StartAsync(http.RequestAborted).ConfigureAwait(false);
        ReplyEnd end = await new Delivery(http, step, time, request).SendAsync(FrameFaults.Apply(frames, step, dialect)).ConfigureAwait(false);

        // The end of the body, too, is sent before the reply counts as over.
        if (end is ReplyEnd.Complete or ReplyEnd.Cut) await response.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    private async ValueTask<ReplyEnd> AnswerOtherAsync()
    {
        bool models = HttpMethods.IsGet(request.Method) && request.Path.EndsWith("/models", StringComparison.Ordinal);
        byte[] body = JsonText.Bytes(json =>
        {
            if (!models)
            {
                ServerDialect.All[0].WriteError(json, "not_found", $"There is nothing at {request.Method} {request.Path}.", inStream: false);
                return;
            }

            json.WriteString("object", "list");
            json.ArrayOfOne("data", json =>
            {
                json.WriteString("id", AnswerContent.DefaultModel);
                json.WriteString("object", "model");
                json.WriteNumber("created", Reply.Created);
                json.WriteString("owned_by", "llmstream");
            });
        });
        return await SendAsync(new Step(new NoContent()), ServerDialect.All[0], models ? 200 : 404, "application/json", [JsonFrame(body)]).ConfigureAwait(false);
    }

    private static Frame JsonFrame(byte[] json) => new(FrameKind.Event, json, 0, json.Length);

    private static byte[] ErrorBody(ServerDialect dialect, int status)
    {
        (string code, string message) = status switch
        {
            400 => ("invalid_request_error", "The request is not valid."),
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
        return JsonText.Bytes(json => dialect.WriteError(json, code, message, inStream: false));
    }
}
