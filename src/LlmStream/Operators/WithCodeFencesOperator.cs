using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Separates the code blocks of an answer from the text around them, even if fences are divided between chunks: into text, the start
    /// of a block (with its language), its lines, and its end.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <returns>The parts of the answer.</returns>
    /// <remarks>
    /// <para>Fences follow CommonMark: at least three backticks or tildes, indented by at most three
    /// spaces, and closed by at least as many of the same. Block quotes and lists are not parsed, so a fence that is indented
    /// further because it belongs to a list item is text. A block that is never closed is closed at the finish reason, at the end of
    /// the source, or before a failure is thrown.</para>
    /// <para>Text outside code blocks passes as it arrives, except the beginning of a line that may be a fence; lines of code pass
    /// when they are complete. Memory is limited to one line. If the server rewrites text that was delivered, the parts of the new
    /// text follow, with offsets that go back. A block that was opened after that place is closed first, and until the next line break the
    /// new text cannot open one, unless it is known to begin a line.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <example>
    /// <code>
    /// await foreach (FencedPart part in client.StreamAsync(prompt).WithCodeFences())
    /// {
    ///     switch (part.Kind)
    ///     {
    ///         case FencedPartKind.Text: Console.Write(part.Text); break;
    ///         case FencedPartKind.Opened: Console.WriteLine($"┌─ {part.Language}"); break;
    ///         case FencedPartKind.Line: Console.WriteLine($"│ {part.Text}"); break;
    ///         case FencedPartKind.Closed: Console.WriteLine("└─"); break;
    ///     }
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<FencedPart> WithCodeFences(this IAsyncEnumerable<ChatDelta> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Iterate(source);

        static async IAsyncEnumerable<FencedPart> Iterate(
            IAsyncEnumerable<ChatDelta> source, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var choices = new ChoiceStates<FenceStage>(() => new FenceStage());
            var reader = new SourceEnumerator(source, cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.MoveNextAsync().ConfigureAwait(false))
                {
                    foreach (FencedPart part in choices[reader.Current.ChoiceIndex].Process(reader.Current)) yield return part;
                }

                foreach (FencedPart part in choices.All.SelectMany(choice => choice.Flush())) yield return part;
                reader.ThrowIfFailed();
            }
        }
    }
}
