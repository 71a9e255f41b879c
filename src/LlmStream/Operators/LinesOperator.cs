using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>The text of an answer line by line, each line when it is complete.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="choiceIndex">The choice whose text is read, from 0.</param>
    /// <returns>
    /// The lines without their line breaks (LF, CR LF or CR), like <see cref="TextReader.ReadLine"/>. The last line is returned at the
    /// finish reason, at the end, or before a failure is thrown.
    /// </returns>
    /// <remarks>
    /// Memory is limited to one line. If the server rewrites text of a line that was already returned, the new text begins another line.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="choiceIndex"/> is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (string line in client.StreamAsync("List ten cities, one a line.").Lines()) Console.WriteLine($"- {line}");
    /// </code>
    /// </example>
    public static IAsyncEnumerable<string> Lines(this IAsyncEnumerable<ChatDelta> source, int choiceIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(choiceIndex);
        return SplitStage.RunAsync(source, choiceIndex, () => new LineSplitter());
    }
}
