namespace LlmStream.Answers;

/// <summary>A part of the answer exceeded its limit. The read loop turns it into a <see cref="ChatStreamException"/>.</summary>
internal sealed class AnswerTooLargeException(string message) : Exception(message);
