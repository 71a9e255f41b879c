using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>The text of an answer line by line, each when it is whole.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="choiceIndex">The choice whose text it is, from 0.</param>
    /// <returns>
    /// The lines without their breaks (LF, CR LF or CR), as <see cref="TextReader.ReadLine"/> has them. The last one comes at the finish reason, at the end,
    /// or before a failure is thrown.
    /// </returns>
    /// <remarks>
    /// Memory is that of one line. Where the server takes back text of a line that was given out, the new text begins another line.
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
        return TextSplitter.RunAsync(source, choiceIndex, () => new LineSplitter());
    }

    private sealed class LineSplitter : TextSplitter
    {
        private bool _afterCr;

        protected override void Read(char c)
        {
            bool isSecondHalf = _afterCr && c == '\n';
            _afterCr = c == '\r';
            if (isSecondHalf) return;
            if (c is '\n' or '\r') Give();
            else Held.Append(c);
        }

        protected override void End()
        {
            if (Held.Length > 0) Give();
        }

        protected override void Reset() => _afterCr = false;

        private void Give()
        {
            Pieces.Add(Held.ToString());
            Held.Clear();
        }
    }
}
