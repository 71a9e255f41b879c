namespace LlmStream.Testing;

/// <summary>A front end shows something that did not happen.</summary>
/// <param name="message">The case, and each difference between what must be seen and what is seen.</param>
public sealed class ChatFrontEndViolationException(string message) : Exception(message);
