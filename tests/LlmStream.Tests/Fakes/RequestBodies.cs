using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Fakes;

internal static class RequestBodies
{
    private static readonly LlmProvider DefaultProvider =
        LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1")) with { RequestStyle = LlmRequestStyle.Default };

    /// <summary>Builds the body of a request in this format as the client does, except what requests a stream.</summary>
    public static JsonObject BuildRequest(
        this ChatDialect dialect,
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        string? model = null,
        JsonObject? seed = null,
        LlmProvider? provider = null) =>
        dialect.Format.BuildRequest(
            Conversation.Create(messages, options?.Instructions), options, model, seed, provider ?? DefaultProvider);

    /// <summary>Builds the body of a request in OpenAI's format for a provider of this style.</summary>
    public static JsonObject BuildRequest(this LlmRequestStyle style, IEnumerable<ChatMessage> messages, ChatOptions? options = null) =>
        ChatDialect.OpenAI.BuildRequest(messages, options, provider: DefaultProvider with { RequestStyle = style });
}
