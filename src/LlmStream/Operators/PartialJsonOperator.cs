using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Chat;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Deserializes an answer that is JSON, or the arguments of a tool call, while it is being written: into values that become more
    /// and more complete.
    /// </summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="typeInfo">How to deserialize a <typeparamref name="T"/>, from a <c>JsonSerializerContext</c>.</param>
    /// <param name="options">
    /// Where the JSON is, and how often it is deserialized; <see langword="null"/> for the text of the first choice and the defaults.
    /// </param>
    /// <returns>
    /// The values, each more complete than the one before. The sequence ends with the source, and without an exception only if the
    /// last one <see cref="JsonSnapshot{T}.IsComplete"/>.
    /// </returns>
    /// <remarks>
    /// <para>The text is parsed once, a character at a time; what is open at its end is closed. For a snapshot, though, all of the text so
    /// far is deserialized into a new value, because types decide for themselves how they are deserialized. Therefore a snapshot is made
    /// after a delta with new content only if the text has grown by <see cref="PartialJsonOptions.SnapshotGrowth"/>: all snapshots
    /// together then cost a fixed multiple of the text, however long. If the server rewrites its text, it is parsed again from the
    /// beginning.</para>
    /// <para>A snapshot that the type does not allow, because a required member has not arrived or an incomplete string is not a valid
    /// value, is skipped. A Markdown fence around the JSON, and anything after it, is ignored. Usage and finish reason are not in
    /// the snapshots.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="typeInfo"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During enumeration: thrown by the source, after a last snapshot; or, with <see cref="ChatStreamError.InvalidJson"/>, the text is
    /// not JSON, is incomplete, is missing, or cannot be deserialized.
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
        this IAsyncEnumerable<ChatDelta> source, JsonTypeInfo<T> typeInfo, PartialJsonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return Iterate(source, typeInfo, options ?? new PartialJsonOptions());

        static async IAsyncEnumerable<JsonSnapshot<T>> Iterate(
            IAsyncEnumerable<ChatDelta> source, JsonTypeInfo<T> typeInfo, PartialJsonOptions options,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var snapshots = new JsonSnapshots<T>(typeInfo, options.SnapshotGrowth);
            var partial = new AnswerCollector();
            int errorOffset = -1;
            var reader = new SourceEnumerator(source, cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (errorOffset < 0 && await reader.MoveNextAsync().ConfigureAwait(false))
                {
                    partial.Add(reader.Current);
                    errorOffset = Read(snapshots.Document, reader.Current, options);
                    if (errorOffset < 0 && CreateSnapshot(snapshots, partial, isLast: false) is { } snapshot) yield return snapshot;
                }

                if (errorOffset < 0 && !reader.HasFailed) snapshots.Document.End();
                if (CreateSnapshot(snapshots, partial, isLast: true) is { } last) yield return last;
                reader.ThrowIfFailed();
                if (!snapshots.Document.IsComplete) throw Invalid(partial, Describe(snapshots.Document, errorOffset), null);
            }
        }

        static int Read(JsonPrefix document, ChatDelta delta, PartialJsonOptions options)
        {
            if (delta.ChoiceIndex != options.ChoiceIndex) return -1;
            if (options.ToolCallIndex is not { } index) return document.Read(delta.Text, delta.TextOffset);
            foreach (ToolCallDelta fragment in delta.ToolCalls)
            {
                int errorOffset = fragment.Index == index ? document.Read(fragment.Arguments, fragment.ArgumentsOffset) : -1;
                if (errorOffset >= 0) return errorOffset;
            }

            return -1;
        }

        static JsonSnapshot<T>? CreateSnapshot(JsonSnapshots<T> snapshots, AnswerCollector partial, bool isLast)
        {
            try
            {
                return snapshots.TryCreate(isLast, out JsonSnapshot<T>? snapshot) ? snapshot : null;
            }
            catch (Exception exception)
            {
                throw Invalid(partial, $"it cannot be deserialized as {typeof(T).Name}: {exception.Message}", exception);
            }
        }

        static string Describe(JsonPrefix document, int errorOffset) =>
            errorOffset >= 0 ? string.Create(null, $"it is not valid at character {errorOffset}")
            : document.HasBegun ? "it is incomplete"
            : "there is none";

        static ChatStreamException Invalid(AnswerCollector partial, string problem, Exception? cause) =>
            new(ChatStreamError.InvalidJson, $"The answer should be JSON, but {problem}.", cause)
            {
                Partial = partial.ToResult(isComplete: false),
            };
    }
}
