using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;

namespace LlmStream.Operators.Stages;

/// <summary>Changes the text of one choice, delta by delta.</summary>
internal abstract class TextStage
{
    /// <summary>Whether the stage ended the choice: nothing more of it is delivered.</summary>
    public bool IsStopped { get; protected set; }

    /// <summary>Processes the next delta of the choice.</summary>
    /// <returns>The delta to deliver, or null if all of it is held back.</returns>
    public abstract ChatDelta? Process(ChatDelta delta);

    /// <summary>What is still held back when the source has ended, or null.</summary>
    public abstract ChatDelta? Flush();

    /// <summary>
    /// Runs each choice of a source through a separate stage. Ends as soon as a stage has stopped its choice and every other choice that
    /// has appeared is finished.
    /// </summary>
    public static async IAsyncEnumerable<ChatDelta> RunAsync(
        IAsyncEnumerable<ChatDelta> source, Func<TextStage> create, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int unfinished = 0;
        var choices = new ChoiceStates<Choice>(() =>
        {
            unfinished++;
            return new Choice(create());
        });
        var reader = new SourceEnumerator(source, cancellationToken);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.MoveNextAsync().ConfigureAwait(false))
            {
                ChatDelta delta = reader.Current;
                Choice choice = choices[delta.ChoiceIndex];
                if (choice.Stage.IsStopped)
                {
                    // Usage concerns the response as a whole, so it is delivered nevertheless.
                    if (delta.Usage is null) continue;
                    yield return new ChatDelta
                    {
                        ChoiceIndex = delta.ChoiceIndex,
                        TextOffset = choice.TextEnd,
                        ReasoningOffset = choice.ReasoningEnd,
                        RefusalOffset = choice.RefusalEnd,
                        Usage = delta.Usage,
                        Stream = delta.Stream,
                    };
                    continue;
                }

                ChatDelta? result = choice.Stage.Process(delta);
                if (result is not null)
                {
                    choice.TextEnd = result.TextOffset + result.Text.Length;
                    choice.ReasoningEnd = result.ReasoningOffset + result.Reasoning.Length;
                    choice.RefusalEnd = result.RefusalOffset + result.Refusal.Length;
                    yield return result;
                }

                if (!choice.IsFinished && (choice.Stage.IsStopped || delta.FinishReason is not null))
                {
                    choice.IsFinished = true;
                    unfinished--;
                }

                if (choice.Stage.IsStopped && unfinished == 0) yield break;
            }

            foreach (Choice choice in choices.All)
            {
                if (!choice.Stage.IsStopped && choice.Stage.Flush() is { } rest) yield return rest;
            }

            reader.ThrowIfFailed();
        }
    }

    private sealed class Choice(TextStage stage)
    {
        public TextStage Stage { get; } = stage;

        /// <summary>Where the delivered text ends.</summary>
        public int TextEnd { get; set; }

        /// <summary>Where the delivered reasoning ends.</summary>
        public int ReasoningEnd { get; set; }

        /// <summary>Where the delivered refusal ends.</summary>
        public int RefusalEnd { get; set; }

        /// <summary>Whether the stage stopped the choice, or the provider sent a finish reason.</summary>
        public bool IsFinished { get; set; }
    }
}
