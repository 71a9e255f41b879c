using System.Text.Json.Nodes;
using LlmStream.Diagnostics;
using LlmStream.Dialects;
using LlmStream.Resilience;
using LlmStream.Resilience.Fallback;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <content>How requests are built and become sequences of deltas.</content>
public sealed partial class LlmStreamClient
{
    private PromptTemplate? _template;
    private CallDescription? _promptDescription;
    private int _prompts;

    private Dialect Dialect => _options.Provider.Dialect.Format;

    /// <summary>Creates the request for a prompt from that for other prompts.</summary>
    /// <returns>Null if it has to be built.</returns>
    private ChatRequest? CreateRequest(string prompt)
    {
        // A fallback needs the messages, and a span the settings in the body.
        if (_fallbacks.Length > 0 || Instruments.IsTracing) return null;
        if (Volatile.Read(ref _template) is null)
        {
            // Not for the first prompt: many programs send only one. Only once: some formats have no template.
            if (Interlocked.Increment(ref _prompts) != 2) return null;
            Volatile.Write(ref _template, PromptTemplate.Create(BuildRequest));
        }

        return _template?.CreateRequest(prompt);
    }

    private ChatRequest BuildRequest(string prompt)
    {
        JsonObject body = _options.Provider.BuildRequest([new ChatMessage(ChatRole.User, prompt)], null, DefaultModel, seed: null);
        return ChatRequest.Create(body, _options.Provider, _options.RequestUsage);
    }

    private FallbackRequest? CreateFallback(IReadOnlyList<ChatMessage> messages, ChatOptions? options, JsonObject? seed) =>
        _fallbacks.Length == 0 ? null : FallbackRequest.ForMessages(_options.Provider, messages, options, seed);

    private AnswerSequence Stream(
        JsonObject body,
        ChatStreamResult? continued,
        CancellationToken cancellationToken,
        ChatOptions? options = null,
        ChatCall? call = null,
        FallbackRequest? fallback = null,
        bool announcesStart = false)
    {
        CheckBeforeCall();
        foreach (ProviderTarget target in _fallbacks) target.Transport.CheckHeaderValues();
        ChatRequest request = ChatRequest.Create(body, _options.Provider, _options.RequestUsage);
        CallDescription description = CallDescription.Chat with
        {
            Model = request.Model,
            Settings = Instruments.IsTracing ? RequestSettings.Read(Dialect, body, options?.ConversationId) : [],
        };
        return new AnswerSequence(_target, request, _pipeline, description, _disposedToken, cancellationToken)
        {
            Call = call,
            Continued = continued,
            CreateRoute = _fallbacks.Length == 0 ? null : CreateRouter(request, fallback),
            AnnouncesStart = announcesStart,
        };
    }

    /// <summary>The same for a request that <see cref="CreateRequest"/> has created.</summary>
    private AnswerSequence Stream(ChatRequest request, ChatCall call, CancellationToken cancellationToken)
    {
        CheckBeforeCall();
        _promptDescription ??= CallDescription.Chat with { Model = request.Model };
        return new AnswerSequence(_target, request, _pipeline, _promptDescription, _disposedToken, cancellationToken) { Call = call };
    }

    private AnswerSequence StreamKept(JsonObject body, string id, CancellationToken cancellationToken)
    {
        CheckBeforeCall();
        ChatRequest request = ChatRequest.Create(body, _options.Provider, _options.RequestUsage);
        CallDescription description = CallDescription.FetchResponse with { Model = request.Model };
        return new AnswerSequence(_target, request, _pipeline, description, _disposedToken, cancellationToken) { KeptId = id };
    }

    private Func<FallbackRoute> CreateRouter(ChatRequest request, FallbackRequest? fallback)
    {
        fallback ??= FallbackRequest.ForBody(_options.Provider, request.ReadBody);
        return () => new FallbackRoute(_fallbacks, fallback, _pipeline, _options.SelectFallback);
    }

    private void CheckBeforeCall()
    {
        ObjectDisposedException.ThrowIf(_disposedToken.IsCancellationRequested, this);
        _target.Transport.CheckHeaderValues();
    }
}
