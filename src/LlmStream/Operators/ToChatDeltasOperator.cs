using System.Runtime.CompilerServices;
using LlmStream.Chat;
using LlmStream.Operators.Stages;
using Microsoft.Extensions.AI;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Converts the updates of any <see cref="IChatClient"/> to deltas, so that the operators can be applied to them. The reverse of
    /// <see cref="ToChatResponseUpdates"/>.
    /// </summary>
    /// <remarks>
    /// All updates belong to one choice, also those of several messages, as function invocation produces them: the contents that have no
    /// property in <see cref="ChatDelta"/>, such as function results, are in <see cref="ChatDelta.OtherContents"/>. The usage of the
    /// updates is added up, as Microsoft.Extensions.AI defines it. An update without any of this becomes an empty delta.
    /// </remarks>
    /// <param name="source">The updates of one response.</param>
    /// <returns>
    /// The deltas, one for each update. If an update ends between the halves of a surrogate pair, the first half is in the delta of the
    /// next one.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration, after all deltas: the updates ended without a finish reason, or with text, reasoning or a call of the model
    /// after the last one (<see cref="ChatStreamError.Truncated"/>), which is how many clients end if the connection is closed in the
    /// middle of an answer.
    /// Exceptions of the source are passed on unchanged.
    /// </exception>
    /// <example>
    /// <code>
    /// await foreach (string sentence in chatClient.GetStreamingResponseAsync(messages).ToChatDeltas().Sentences()) Speak(sentence);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> ToChatDeltas(this IAsyncEnumerable<ChatResponseUpdate> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Iterate(source);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatResponseUpdate> source, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var converter = new UpdateConverter();
            var collector = new AnswerCollector();
            IAsyncEnumerator<ChatResponseUpdate> updates = source.GetAsyncEnumerator(cancellationToken);
            await using (updates.ConfigureAwait(false))
            {
                while (await MoveNextAsync(updates, collector, cancellationToken).ConfigureAwait(false))
                {
                    ChatDelta delta = converter.ToDelta(updates.Current);
                    collector.Add(delta);
                    yield return delta;
                }
            }

            if (converter.Complete() is { } rest)
            {
                collector.Add(rest);
                yield return rest;
            }

            if (converter.HasFinished) yield break;
            throw new ChatStreamException(
                ChatStreamError.Truncated, "The updates ended without a finish reason. The answer may have been cut off.")
            {
                IsTransient = true,
                Partial = collector.ToResult(isComplete: false),
            };
        }

        static async ValueTask<bool> MoveNextAsync(
            IAsyncEnumerator<ChatResponseUpdate> updates, AnswerCollector collector, CancellationToken cancellationToken)
        {
            try
            {
                return await updates.MoveNextAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException exception) when (exception is not ChatStreamCanceledException)
            {
                throw new ChatStreamCanceledException(
                    collector.ToResult(isComplete: false), Canceled(exception, cancellationToken), exception);
            }
        }
    }
}
