using LlmStream.Dialects;

namespace LlmStream.Reading;

/// <summary>An answer whose stream broke off, and which the provider or its server keeps.</summary>
/// <param name="decoder">The decoder with the state of the answer.</param>
/// <param name="cursor">The position in the stream that the server keeps; null if it keeps none.</param>
internal sealed class PausedAnswer(ChatDecoder decoder, ReplayCursor? cursor)
{
    public ChatDecoder Decoder { get; } = decoder;

    public ReplayCursor? Cursor { get; } = cursor;

    /// <summary>How many replays had an empty body.</summary>
    public int EmptyReplays { get; set; }
}
