namespace LlmStream.Testing;

/// <summary>A store violates the contract.</summary>
/// <param name="message">What was expected, and what was found.</param>
public sealed class ChatStreamStoreViolationException(string message) : Exception(message);
