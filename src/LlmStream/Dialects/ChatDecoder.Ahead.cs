using LlmStream.Answers;
using LlmStream.Framing;

namespace LlmStream.Dialects;

/// <content>Events that are handled before their end has been searched for.</content>
internal abstract partial class ChatDecoder
{
    public sealed override int TryHandleAhead(string eventType, ReadOnlySpan<byte> bytes) =>
        TryHandleAhead(eventType, bytes, isServerSentEvent: true, knownLength: -1);

    public sealed override int TryHandleValueAhead(string eventType, ReadOnlySpan<byte> bytes, int length) =>
        TryHandleAhead(eventType, bytes, isServerSentEvent: false, length);

    private int TryHandleAhead(string eventType, ReadOnlySpan<byte> bytes, bool isServerSentEvent, int knownLength)
    {
        try
        {
            return _templates is { IsLikelyToMatch: true } && !IsDone
                ? _templates.TryTakeAhead(eventType, bytes, isServerSentEvent, knownLength)
                : 0;
        }
        catch (AnswerTooLargeException)
        {
            EndEventTooLarge();
            throw;
        }
        catch (Exception exception) when (IsFault(exception))
        {
            NoteMalformed(knownLength < 0 ? bytes : bytes[..knownLength], exception);
            throw; // it is not known how much of the event was handled
        }
    }

    /// <summary>
    /// Ends an event for which the answer is too large, however it was handled: usage that waits for the end of a text is reported.
    /// </summary>
    private void EndEventTooLarge() => Answer.EndEvent();
}
