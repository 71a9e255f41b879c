using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.OpenAI;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Tokens;

/// <summary>The small formats that applications define for their own servers. Requests are built like those of Chat Completions.</summary>
internal sealed class TokensDialect : Dialect
{
    public override string Name => "tokens";

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new TokensDecoder(this, answer, observer);

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        OpenAIRequest.Build(conversation, options, model, seed, provider.RequestStyle);
}
