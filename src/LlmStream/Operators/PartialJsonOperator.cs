using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Operators;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>Reads an answer that is JSON, or the arguments of a tool call, as far as it goes: a value that fills up while it is written.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="type">How to make a <typeparamref name="T"/>, as a <c>JsonSerializerContext</c> has it.</param>
    /// <param name="options">Where the JSON is, and how often a value is made; <see langword="null"/> for the text of the first choice.</param>
    /// <returns>
    /// Values that say more and more. The last one <see cref="JsonSnapshot{T}.IsComplete"/>: the sequence ends by itself only after it, with the source.
    /// </returns>
    /// <remarks>
    /// <para>The text is read once, a character at a time; what is open at its end is closed. To make a snapshot, though, all of the text so far is
    /// deserialized into a new value, because a type decides for itself what it makes of its members. So a snapshot is made after a delta
    /// that says more, and only when the text has grown by <see cref="PartialJsonOptions.SnapshotGrowth"/>: all snapshots together then cost a
    /// fixed multiple of the text, however long. Text that the server takes back is read again, from the beginning.</para>
    /// <para>A snapshot that the type does not allow, because a member that it requires has not come or half a string is no value of it,
    /// is left out. A fence of Markdown around the JSON, and whatever follows it, is ignored. Usage and finish reason are not in
    /// the snapshots.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="type"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated: what the source throws, after a last snapshot; and, with <see cref="ChatStreamError.InvalidJson"/>, when the text is no JSON, breaks off,
    /// is none at all, or is not of the type.
    /// </exception>
    /// <example>
    /// <code>
    /// await foreach (JsonSnapshot&lt;Recipe> recipe in client.StreamAsync(prompt, asJson).PartialJson(MyJson.Default.Recipe))
    /// {
    ///     Show(recipe.Value); // its steps appear one by one
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<JsonSnapshot<T>> PartialJson<T>(
        this IAsyncEnumerable<ChatDelta> source, JsonTypeInfo<T> type, PartialJsonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(type);
        return Iterate(source, type, options ?? new PartialJsonOptions());

        static async IAsyncEnumerable<JsonSnapshot<T>> Iterate(
            IAsyncEnumerable<ChatDelta> source, JsonTypeInfo<T> type, PartialJsonOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var snapshots = new JsonSnapshots<T>(type, options.SnapshotGrowth);
            var partial = new AnswerCollector();
            int wrong = -1;
            var reader = new SourceReader(source, cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (wrong < 0 && await reader.MoveNextAsync().ConfigureAwait(false))
                {
                    partial.Add(reader.Current);
                    wrong = Read(snapshots.Document, reader.Current, options);
                    if (wrong < 0 && Make(snapshots, partial, atOnce: false) is { } snapshot) yield return snapshot;
                }

                if (wrong < 0 && !reader.HasFailed) snapshots.Document.End();
                if (Make(snapshots, partial, atOnce: true) is { } last) yield return last;
                reader.ThrowIfFailed();
                if (!snapshots.Document.IsDone) throw Invalid(partial, WhatIsWrong(snapshots.Document, wrong), null);
            }
        }

        static int Read(JsonPrefix document, ChatDelta delta, PartialJsonOptions options)
        {
            if (delta.ChoiceIndex != options.ChoiceIndex) return -1;
            if (options.ToolCallIndex is not { } index) return document.Read(delta.Text, delta.TextOffset);
            foreach (ToolCallDelta fragment in delta.ToolCalls)
            {
                int wrong = fragment.Index == index ? document.Read(fragment.Arguments, fragment.ArgumentsOffset) : -1;
                if (wrong >= 0) return wrong;
            }

            return -1;
        }

        static JsonSnapshot<T>? Make(JsonSnapshots<T> snapshots, AnswerCollector partial, bool atOnce)
        {
            try
            {
                return snapshots.TryMake(atOnce, out JsonSnapshot<T>? snapshot) ? snapshot : null;
            }
            catch (Exception exception)
            {
                throw Invalid(partial, $"it is not of the type {typeof(T).Name}: {exception.Message}", exception);
            }
        }

        static string WhatIsWrong(JsonPrefix document, int wrong) =>
            wrong >= 0 ? string.Create(null, $"it is no JSON from character {wrong}")
            : document.HasBegun ? "it breaks off"
            : "there is none";

        static ChatStreamException Invalid(AnswerCollector partial, string what, Exception? cause) =>
            new(ChatStreamError.InvalidJson, $"The answer was to be JSON, and {what}.", cause) { Partial = partial.ToResult(isComplete: false) };
    }
}
