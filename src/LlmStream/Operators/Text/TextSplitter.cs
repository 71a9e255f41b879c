using System.Runtime.CompilerServices;
using System.Text;
using LlmStream.Operators.Sources;

namespace LlmStream.Operators.Text;

/// <summary>Divides the text of one choice into pieces (lines, sentences) that are given out when they are whole.</summary>
/// <remarks>Invariant: <see cref="Held"/> is the text from the beginning of the piece in hand up to <c>_end</c>.</remarks>
internal abstract class TextSplitter
{
    private int _end;

    /// <summary>The pieces that are whole and not yet taken.</summary>
    protected List<string> Pieces { get; } = [];

    /// <summary>The piece in hand.</summary>
    protected StringBuilder Held { get; } = new();

    /// <summary>Takes the next character.</summary>
    protected abstract void Read(char c);

    /// <summary>Gives out the piece in hand: nothing follows it.</summary>
    protected abstract void End();

    /// <summary>Forgets what the characters before led to expect.</summary>
    protected abstract void Reset();

    public static async IAsyncEnumerable<string> RunAsync(
        IAsyncEnumerable<ChatDelta> source, int choiceIndex, Func<TextSplitter> create, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        TextSplitter splitter = create();
        var reader = new SourceReader(source, cancellationToken);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.MoveNextAsync().ConfigureAwait(false))
            {
                if (reader.Current.ChoiceIndex != choiceIndex) continue;
                splitter.Take(reader.Current);
                foreach (string piece in splitter.Pieces)
                {
                    yield return piece;
                    cancellationToken.ThrowIfCancellationRequested();
                }

                splitter.Pieces.Clear();
            }

            splitter.End();
            foreach (string piece in splitter.Pieces) yield return piece;
            reader.ThrowIfFailed();
        }
    }

    private void Take(ChatDelta delta)
    {
        if (delta.TextOffset < _end)
        {
            // The server takes text back. What is held of it is read again; a piece that was given out stays given.
            int start = _end - Held.Length;
            string kept = delta.TextOffset > start ? Held.ToString(0, delta.TextOffset - start) : "";
            Held.Clear();
            Reset();
            foreach (char c in kept) Read(c);
        }

        foreach (char c in delta.Text) Read(c);
        _end = delta.TextOffset + delta.Text.Length;
        if (delta.FinishReason is not null) End();
    }
}
