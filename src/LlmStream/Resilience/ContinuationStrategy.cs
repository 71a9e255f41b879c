using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Decides how the rest of a partial answer is requested.</summary>
internal static class ContinuationStrategy
{
    /// <summary>Whether an answer to this request may be replayed: the provider keeps it, and the options allow it.</summary>
    public static bool MayReplay(LlmResumeOptions options, ChatRequest request) =>
        request.IsAnswerKept && options is { MaxResumes: > 0, Continuation: null or ChatContinuation.Replay };

    /// <summary>
    /// Decides how to request the rest, if not by a replay: as the options say; else in the provider's way, unless its model is known to
    /// refuse it.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="body">The body of the original request.</param>
    /// <param name="hasReasoning">Whether the partial answer began with reasoning, which a continuation cannot send.</param>
    public static ChatContinuation Choose(LlmResumeOptions options, LlmProvider provider, JsonObject body, bool hasReasoning)
    {
        Dialect dialect = provider.Dialect.Format;
        ChatContinuation continuation = options.Continuation is { } own and not ChatContinuation.Replay ? own
            : provider.Continuation == ChatContinuation.Replay ? ChatContinuation.Instruction
            : dialect.RefusesPrefill(provider.Continuation, body) ? ChatContinuation.Instruction
            : provider.Continuation;
        bool isRefused = hasReasoning && IsPrefill(continuation) && !dialect.TakesPrefillAfterReasoning(continuation);
        return isRefused ? ChatContinuation.Instruction : continuation;
    }

    /// <summary>Whether the partial answer is sent as the last message, to be continued by the model.</summary>
    public static bool IsPrefill(ChatContinuation continuation) =>
        continuation is not (ChatContinuation.Instruction or ChatContinuation.Restart);

    /// <summary>
    /// Whether the provider refused a request for the rest of an answer, so that another way of requesting it may succeed: it does not
    /// accept the request (HTTP 400, 404, 422, …), or not with this key (401, 403), which may not be valid for every address.
    /// </summary>
    public static bool IsRefused(ChatStreamException failure, ChatContinuation continuation, Dialect dialect) =>
        failure.Error is ChatStreamError.InvalidRequest or ChatStreamError.Unauthorized
        || (IsPrefill(continuation) && IsPrefillRefused(failure, dialect));

    /// <summary>
    /// Whether the provider does not replay the answer, so that another way may succeed: it refuses, or sends something else, or nothing
    /// (see <see cref="Attempt.ReplayAsync"/>).
    /// </summary>
    public static bool IsReplayRefused(ChatStreamException failure) =>
        failure.Error is ChatStreamError.InvalidRequest or ChatStreamError.Unauthorized or ChatStreamError.NotAStream
        || failure is { Error: ChatStreamError.Truncated, IsTransient: false };

    /// <summary>
    /// Whether to try a form of a replay after another was refused: not a request for the state of an answer that the provider does not
    /// know.
    /// </summary>
    public static bool MayFollow(ChatRequest replay, ChatStreamException? refused) =>
        replay.Description.IsPending is null || refused?.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Gone);

    /// <summary>
    /// Whether an error says that the model does not continue a prefill, so that an instruction may succeed. Some local servers report
    /// that with HTTP 500.
    /// </summary>
    public static bool IsPrefillRefused(ChatStreamException failure, Dialect dialect) =>
        failure is { Error: ChatStreamError.InvalidRequest or ChatStreamError.ServerError, ProviderMessage: { } message }
        && dialect.PrefillRefusals.Any(part => message.Contains(part, StringComparison.OrdinalIgnoreCase));
}
