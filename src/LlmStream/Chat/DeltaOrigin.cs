namespace LlmStream.Chat;

/// <summary>What the deltas of a choice have in common, if the choice is not the first: they share one object.</summary>
internal sealed class DeltaOrigin
{
    private DeltaOrigin(int choiceIndex, ChatStreamInfo stream)
    {
        ChoiceIndex = choiceIndex;
        Stream = stream;
    }

    public int ChoiceIndex { get; }

    public ChatStreamInfo Stream { get; }

    /// <summary>The origin of the deltas of a choice: of choice 0 the <see cref="ChatStreamInfo"/> itself, which needs no object.</summary>
    public static object Create(int choiceIndex, ChatStreamInfo stream) =>
        choiceIndex == 0 ? stream : new DeltaOrigin(choiceIndex, stream);
}
