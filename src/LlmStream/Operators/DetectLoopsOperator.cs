using System.Runtime.CompilerServices;
using LlmStream.Chat;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Ends an answer in which the model repeats itself, which would otherwise continue, and cost, until the provider's limit.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="options">What counts as a loop; <see langword="null"/> for the defaults.</param>
    /// <returns>The same deltas, up to and including the one that shows the loop.</returns>
    /// <remarks>
    /// <para>Three things are a loop, in the text or in the reasoning: the same chunk many times in a row, the same line many times in a
    /// row, and a text that ends in any string repeated many times in a row. The last is detected at the latest when the text has grown by
    /// an eighth of <see cref="LoopDetectionOptions.MaxPeriod"/> times <see cref="LoopDetectionOptions.MinRepetitions"/> beyond it. The
    /// arguments of tool calls are not checked.</para>
    /// <para>The work per character is constant, however long the text. What is delivered is also kept, for
    /// <see cref="ChatStreamException.Partial"/>. If the server rewrites its text, the counts start over.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During enumeration, with <see cref="ChatStreamError.RepeatedItself"/>: the answer repeats itself. What was delivered is in
    /// <see cref="ChatStreamException.Partial"/>, and the source is disposed.
    /// </exception>
    /// <example>
    /// <code>
    /// try
    /// {
    ///     await foreach (ChatDelta delta in client.StreamAsync(prompt).DetectLoops()) Console.Write(delta.Text);
    /// }
    /// catch (ChatStreamException e) when (e.Error == ChatStreamError.RepeatedItself)
    /// {
    ///     Console.Error.WriteLine(e.Message);
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> DetectLoops(this IAsyncEnumerable<ChatDelta> source, LoopDetectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Iterate(source, options ?? new LoopDetectionOptions());

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, LoopDetectionOptions options,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var partial = new AnswerCollector();
            var choices = new ChoiceStates<LoopStage>(() => new LoopStage(options));
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                partial.Add(delta);
                string? loop = choices[delta.ChoiceIndex].Read(delta);
                yield return delta; // before the exception: the delta that completes the loop is part of the answer
                if (loop is null) continue;
                throw new ChatStreamException(ChatStreamError.RepeatedItself, $"The model repeats itself: {loop}.")
                {
                    RequestId = delta.Stream.RequestId,
                    AttemptCount = delta.Stream.Attempt,
                    Partial = partial.ToResult(isComplete: false),
                };
            }
        }
    }
}
