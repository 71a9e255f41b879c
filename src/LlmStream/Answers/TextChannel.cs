using System.Runtime.InteropServices;

namespace LlmStream.Answers;

/// <summary>One text of a choice, and the piece of it that the current event added.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TextChannel
{
    private TextPiece _added;

    /// <summary>The text; null if nothing came.</summary>
    public GrowingText? Text { get; private set; }

    /// <summary>The emitted length, in UTF-16 code units.</summary>
    public readonly int Length => Text?.Length ?? 0;

    public readonly bool HasChanges => _added.Text is not null;

    /// <summary>Whether the current event added exactly one piece.</summary>
    public readonly bool HasSinglePiece => _added is { Text: not null, Source: null };

    /// <summary>What the current event added, or null.</summary>
    public readonly string? Added => _added.Value;

    /// <summary>The offset of <see cref="Added"/>; without it, the end of the text.</summary>
    public readonly int AddedOffset => HasChanges ? _added.Offset : Length;

    /// <summary>The text, which is created if nothing came before.</summary>
    /// <param name="mode">How its chunks are read.</param>
    /// <param name="maxLength">Its maximum length.</param>
    /// <param name="name">Its name, for messages.</param>
    public GrowingText Open(ChatTextMode mode, int maxLength, string name) => Text ??= new GrowingText(mode, maxLength, name);

    /// <summary>Adds the raw bytes of a JSON string to an open text.</summary>
    /// <param name="raw">The bytes.</param>
    /// <param name="escaped">Whether they contain a backslash.</param>
    /// <param name="isWhole">Whether they are the whole text so far, in any mode.</param>
    public void Add(ReadOnlySpan<byte> raw, bool escaped, bool isWhole)
    {
        if (isWhole ? Text!.Replace(raw, escaped, out TextPiece piece) : Text!.Append(raw, escaped, out piece)) Join(piece);
    }

    /// <summary>Replaces the end of an open text: see <see cref="GrowingText.ReplaceEnd"/>.</summary>
    /// <returns>The offset of the first character that changed; without a change, the end of the text.</returns>
    public int ReplaceEnd(int start, ReadOnlySpan<char> end)
    {
        if (!Text!.ReplaceEnd(start, end, out TextPiece piece)) return Length;
        Join(piece);
        return piece.Offset;
    }

    /// <inheritdoc cref="GrowingText.Decide"/>
    public void Decide(bool asCumulative)
    {
        if (Text is not null && Text.Decide(asCumulative, out TextPiece piece)) Join(piece);
    }

    /// <inheritdoc cref="GrowingText.Complete"/>
    public void Complete()
    {
        if (Text is not null && Text.Complete(out TextPiece piece)) Join(piece);
    }

    /// <summary>Forgets what was added: it is in a delta now.</summary>
    public void ClearChanges() => _added = default;

    public readonly void Release() => Text?.Release();

    public override readonly string ToString() => Text?.ToString() ?? "";

    /// <summary>Joins two pieces of one event: together they are the text from the lower offset on.</summary>
    private void Join(TextPiece piece)
    {
        if (!HasChanges) _added = piece;
        // The string is created together with the delta, because one event may contain very many pieces.
        else _added = new TextPiece("", Math.Min(_added.Offset, piece.Offset)) { Source = Text };
    }
}
