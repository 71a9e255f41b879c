namespace LlmStream.AspNetCore.Serving;

/// <summary>An application's handler: starts the answer to a request.</summary>
/// <param name="services">The services of the answer's scope.</param>
/// <param name="request">The request.</param>
/// <param name="stopped">Canceled when the answer must stop.</param>
internal delegate IAsyncEnumerable<ChatDelta> RelayHandler(IServiceProvider services, ChatRelayRequest request, CancellationToken stopped);
