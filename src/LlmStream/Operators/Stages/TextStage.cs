using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;

namespace LlmStream.Operators.Stages;

/// <summary>What changes the text of one choice, delta by delta.</summary>
internal abstract class TextStage
{
    /// <summary>Whether the choice was ended here: nothing more of it is to be delivered.</summary>
    public bool IsOver { get; protected set; }

    /// <summary>Takes the next delta of the choice.</summary>
    /// <returns>What becomes of it, or null where all of it is held back.</returns>
    public abstract ChatDelta? Take(ChatDelta delta);

    /// <summary>What is still held back when the source has ended.</summary>
    public abstract ChatDelta? Rest();

    /// <summary>
    /// Leads each choice of a source through a stage of its own. Once a stage has ended its choice, and no other choice that
    /// has appeared is unfinished, the source is left.
    /// </summary>
    public static async IAsyncEnumerable<ChatDelta> RunAsync(
        IAsyncEnumerable<ChatDelta> source, Func<TextStage> create, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int running = 0;
        var choices = new PerChoice<Choice>(() =>
        {
            running++;
            return new Choice(create());
        });
        var reader = new SourceReader(source, cancellationToken);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.MoveNextAsync().ConfigureAwait(false))
            {
                ChatDelta delta = reader.Current;
                Choice choice = choices[delta.ChoiceIndex];
                if (choice.Stage.IsOver)
                {
                    // Of a choice that was ended here only what is said of the response as a whole still counts.
                    if (delta.Usage is not null) yield return new ChatDelta { ChoiceIndex = delta.ChoiceIndex, TextOffset = choice.End, Usage = delta.Usage, Stream = delta.Stream };
                    continue;
                }

                ChatDelta? result = choice.Stage.Take(delta);
                if (result is not null)
                {
                    choice.End = result.TextOffset + result.Text.Length;
                    yield return result;
                }

                if (!choice.HasEnded && (choice.Stage.IsOver || delta.FinishReason is not null))
                {
                    choice.HasEnded = true;
                    running--;
                }

                if (choice.Stage.IsOver && running == 0) yield break;
            }

            foreach (Choice choice in choices.All)
            {
                if (!choice.Stage.IsOver && choice.Stage.Rest() is { } rest) yield return rest;
            }

            reader.ThrowIfFailed();
        }
    }

    private sealed class Choice(TextStage stage)
    {
        public TextStage Stage { get; } = stage;

        /// <summary>Where the delivered text ends.</summary>
        public int End { get; set; }

        public bool HasEnded { get; set; }
    }
}
