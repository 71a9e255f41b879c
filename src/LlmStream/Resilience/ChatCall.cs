using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>The arguments of a call of a client, by which another process can continue its answer.</summary>
/// <param name="Client">The client.</param>
/// <param name="Provider">The name of the provider.</param>
/// <param name="Messages">The messages.</param>
/// <param name="Options">The options, or null.</param>
internal sealed record ChatCall(object Client, string Provider, IReadOnlyList<ChatMessage> Messages, ChatOptions? Options);
