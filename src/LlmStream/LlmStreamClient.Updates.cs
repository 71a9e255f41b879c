using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using LlmStream.Diagnostics;
using LlmStream.Dialects;
using LlmStream.Requests;
using LlmStream.Resilience;
using LlmStream.Resilience.Fallback;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

#pragma warning disable MEAI001 // experimental: background responses and continuation tokens may change

namespace LlmStream;

/// <content>What <see cref="AsIChatClient"/> needs besides the public members.</content>
public sealed partial class LlmStreamClient
{
    /// <summary>Sends a conversation, or requests an answer that the provider keeps, and streams the answer as updates.</summary>
    /// <param name="messages">The messages; none if the options have a continuation token.</param>
    /// <param name="options">The options, or null.</param>
    /// <param name="seed">A body that the caller began, or null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    internal IAsyncEnumerable<ChatResponseUpdate> StreamUpdatesAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options, JsonObject? seed, CancellationToken cancellationToken)
    {
        if (options?.ContinuationToken is not null)
        {
            BackgroundToken token = ReadToken(messages, options);
            JsonObject kept = BuildKeptRequest(options, seed);
            UpdateContext rest = CreateContext(kept, token.Position);
            return ChatResponseUpdates.FromDeltas(StreamKept(kept, token.ResponseId, cancellationToken), rest);
        }

        IReadOnlyList<ChatMessage> list = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        JsonObject body = _options.Provider.BuildRequest(list, options, DefaultModel, seed);
        ChatCall? call = seed is null ? new ChatCall(this, _options.Provider.Name, list, options) : null;
        UpdateContext context = CreateContext(body, start: default);
        AnswerSequence deltas = Stream(
            body, continued: null, cancellationToken, options, call, CreateFallback(list, options, seed), announcesStart: true);
        return ChatResponseUpdates.FromDeltas(deltas, context);
    }

    /// <summary>Requests the state of an answer that the provider keeps.</summary>
    /// <returns>The answer; with a continuation token and without messages if it has not ended.</returns>
    internal async Task<ChatResponse> FetchResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions options, JsonObject? seed, CancellationToken cancellationToken)
    {
        BackgroundToken token = ReadToken(messages, options);
        JsonObject body = BuildKeptRequest(options, seed);
        CheckBeforeCall();
        UpdateContext context = CreateContext(body, start: default);
        ChatRequest request = ChatRequest.Create(body, _options.Provider, _options.RequestUsage).ForRetrieval(token.ResponseId);
        using var call = new CallContext(
            _options, _target.Key, cancellationToken, _disposedToken, CallDescription.FetchResponse with { Model = request.Model });
        byte[]? state = await KeptAnswer.FetchAsync(_target.Transport, _pipeline, call, request).ConfigureAwait(false);
        call.Telemetry.Completed();
        if (state is null)
        {
            return new ChatResponse
            {
                ResponseId = token.ResponseId,
                ConversationId = context.GetConversationId(new ChatStreamInfo { Id = token.ResponseId }),
                ContinuationToken = token,
            };
        }

        using var stream = new MemoryStream(state);
        IAsyncEnumerable<ChatDelta> deltas = ChatStreamReader.ReadAsync(
            stream, _options.Provider.Dialect, _options.Read, cancellationToken);
        return await ChatResponseUpdates.FromDeltas(deltas, context).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);
    }

    private BackgroundToken ReadToken(IEnumerable<ChatMessage> messages, ChatOptions options)
    {
        BackgroundToken token = BackgroundToken.Read(options.ContinuationToken!, _options.Provider.Name, Dialect.Name);
        if (messages.Any())
        {
            throw InvalidRequest.Messages(
                "ChatOptions.ContinuationToken requests the rest of an answer, to which no messages can be added. Pass no messages; to go "
                + "on with the conversation, remove the token when the answer is complete.");
        }

        return token;
    }

    private JsonObject BuildKeptRequest(ChatOptions options, JsonObject? seed) =>
        Dialect.BuildKeptRequest(options, DefaultModel, seed)
        ?? throw InvalidRequest.Options($"ChatOptions.ContinuationToken cannot be used: the format {Dialect.Name} keeps no answers.");

    private UpdateContext CreateContext(JsonObject body, UpdatePosition start)
    {
        AnswerStorage storage = Dialect.StorageOf(body);
        return new UpdateContext
        {
            // What a fallback answered is not in the conversation that this provider stores.
            GetConversationId = info => IsFromFallback(info) ? null : storage.GetConversationId(info),
            CreateToken = Dialect.KeepsAnswer(body) ? CreateToken : null,
            Start = start,
        };
    }

    private BackgroundToken? CreateToken(ChatStreamInfo info, UpdatePosition position) => info.Id is null || IsFromFallback(info)
        ? null
        : new() { Provider = _options.Provider.Name, Dialect = Dialect.Name, ResponseId = info.Id, Position = position };

    private bool IsFromFallback(ChatStreamInfo info) =>
        info.Provider is { } name && !string.Equals(name, _options.Provider.Name, StringComparison.Ordinal);
}
