using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Runs the text of one choice through a splitter.</summary>
internal static class SplitStage
{
    public static async IAsyncEnumerable<string> RunAsync(
        IAsyncEnumerable<ChatDelta> source, int choiceIndex, Func<TextSplitter> create,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        TextSplitter splitter = create();
        var reader = new SourceEnumerator(source, cancellationToken);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.MoveNextAsync().ConfigureAwait(false))
            {
                if (reader.Current.ChoiceIndex != choiceIndex) continue;
                splitter.Read(reader.Current.Text, reader.Current.TextOffset);
                if (reader.Current.FinishReason is not null) splitter.End();
                foreach (string segment in splitter.TakeSegments())
                {
                    yield return segment;
                    await reader.ThrowIfCanceledAsync().ConfigureAwait(false);
                }
            }

            splitter.End();
            foreach (string segment in splitter.TakeSegments()) yield return segment;
            reader.ThrowIfFailed();
        }
    }
}
