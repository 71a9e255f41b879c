using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Tells the code blocks of an answer from the text around them, wherever the chunks are divided: text, a block that opens (with its
    /// language), its lines, its end.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <returns>The parts of the answer.</returns>
    /// <remarks>
    /// <para>Blocks are fenced as CommonMark has it: by at least three backticks or tildes, indented by at most three
    /// spaces, and closed by at least as many of the same. Quotes and lists are not looked into, so that a fence which is indented
    /// further because it belongs to a list is text. A block that is never closed is closed at the finish reason, at the end of
    /// the source, or before a failure is thrown.</para>
    /// <para>Text outside of blocks passes as it comes, but for the beginning of a line that may be a fence; lines of code pass
    /// when they are whole. Memory is that of one line. Where the server takes text back that was delivered, the parts of the new
    /// text follow, with offsets that go back; a block that was opened behind the place is closed first, and up to the next line break the new text
    /// opens none unless it begins a line that is known to begin there.</para>
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
            var choices = new PerChoice<FenceStage>(() => new FenceStage());
            var reader = new SourceReader(source, cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.MoveNextAsync().ConfigureAwait(false))
                {
                    foreach (FencedPart part in choices[reader.Current.ChoiceIndex].Take(reader.Current)) yield return part;
                }

                foreach (FencedPart part in choices.All.SelectMany(choice => choice.Rest())) yield return part;
                reader.ThrowIfFailed();
            }
        }
    }

    private sealed class FenceStage
    {
        private readonly List<FencePiece> _pieces = [];
        private readonly FenceParser _parser;
        private ChatDelta? _last;

        public FenceStage() => _parser = new FenceParser(_pieces);

        public IEnumerable<FencedPart> Take(ChatDelta delta)
        {
            _last = delta;
            int before = _parser.Delivered;
            _parser.Read(delta.Text, delta.TextOffset);
            if (delta.FinishReason is not null) _parser.End();
            if (_pieces.Count == 0 && (!delta.IsTextOnly || _parser.Delivered < before))
                _pieces.Add(new FencePiece(FencedPartKind.Text, "", _parser.Delivered, "", ""));
            return Give(delta, isRest: false);
        }

        public IEnumerable<FencedPart> Rest()
        {
            if (_last is null) return [];
            _parser.End();
            return Give(_last, isRest: true);
        }

        private FencedPart[] Give(ChatDelta delta, bool isRest)
        {
            var parts = new FencedPart[_pieces.Count];
            for (int i = 0; i < parts.Length; i++)
            {
                FencePiece piece = _pieces[i];
                bool isWhole = parts.Length == 1 && ReferenceEquals(piece.Raw, delta.Text);
                parts[i] = new FencedPart(piece.Kind, piece.Text, piece.Info, isWhole ? delta
                    : delta.Slice(piece.Raw, piece.Offset, i == 0 && !isRest, i == parts.Length - 1 && !isRest));
            }

            _pieces.Clear();
            return parts;
        }
    }
}
