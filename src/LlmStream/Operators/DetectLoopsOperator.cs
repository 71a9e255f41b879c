using System.Runtime.CompilerServices;
using LlmStream.Operators;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>Ends an answer that repeats itself without end, which would go on, and cost, until the provider's limit.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="options">What counts as a loop; <see langword="null"/> for the defaults.</param>
    /// <returns>The same deltas, up to the one that makes the loop plain.</returns>
    /// <remarks>
    /// <para>Three things are a loop, in the text or in the reasoning: the same chunk again and again, the same line again and
    /// again, and an end of the text that is one piece over and over, wherever that is divided. The last is noticed when the text has grown by up to an
    /// eighth of <see cref="LoopDetectionOptions.MaxPeriod"/> times <see cref="LoopDetectionOptions.MinRepetitions"/> beyond it. The arguments
    /// of tool calls are not watched.</para>
    /// <para>Each character costs a constant number of steps, however long the text. What is delivered is also kept, for
    /// <see cref="ChatStreamException.Partial"/>. Where the server takes text back, the counts begin anew.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated, with <see cref="ChatStreamError.RepeatedItself"/>: the answer repeats itself. What was delivered stands in
    /// <see cref="ChatStreamException.Partial"/>, and the source is closed.
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
            IAsyncEnumerable<ChatDelta> source, LoopDetectionOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var partial = new AnswerCollector();
            var choices = new PerChoice<LoopWatch>(() => new LoopWatch(options));
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                partial.Add(delta);
                string? loop = choices[delta.ChoiceIndex].Read(delta);
                yield return delta; // nothing is lost: what makes the loop plain is part of the answer
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

    private sealed class LoopWatch(LoopDetectionOptions options)
    {
        private LoopDetector? _text;
        private LoopDetector? _reasoning;

        public string? Read(ChatDelta delta)
        {
            string? loop = null;
            if (delta.Text.Length > 0 || _text is not null) loop = (_text ??= new LoopDetector(options)).Read(delta.Text, delta.TextOffset);
            if (delta.Reasoning is not null) loop ??= (_reasoning ??= new LoopDetector(options)).Read(delta.Reasoning, delta.ReasoningOffset);
            return loop;
        }
    }
}
