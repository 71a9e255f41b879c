using System.Diagnostics;
using System.Text;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>One tool call while its fragments arrive.</summary>
/// <remarks>
/// A call is shown when its name is known: placeholders have none, and nothing can be done with a call without a name. What arrived
/// before is shown with it. Invariant: <c>_placeholder</c> is null, or <see cref="Arguments"/> is empty.
/// </remarks>
internal sealed class ToolCallBuilder(GrowingText arguments)
{
    private const int MaxPlaceholderLength = 16; // with white space

    private ArgumentsEnd _end;
    private string? _placeholder;

    /// <summary>The position of the call among the calls of its choice that are shown; -1 if it is not.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>The number that the dialect gave the call, or null.</summary>
    public int? ProviderIndex { get; init; }

    /// <summary>The index that the server stated last, or null.</summary>
    public int? StatedIndex { get; set; }

    /// <summary>The id that the server stated, or null.</summary>
    public string? StatedId { get; set; }

    /// <summary>The id, which differs from <see cref="StatedId"/> if another call has that; or null.</summary>
    public string? Id { get; set; }

    public string? Name { get; set; }

    /// <summary>Whether the provider said that the call is complete.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The number of the list that the latest fragment was in.</summary>
    public int LatestList { get; set; }

    public GrowingText Arguments { get; } = arguments;

    public bool IsShown => Index >= 0;

    /// <summary>Whether there are arguments, or a placeholder for them.</summary>
    public bool HasArguments => !Arguments.IsEmpty || _placeholder is not null;

    /// <summary>Whether the arguments are a complete JSON object, or a placeholder: nothing can be appended to them.</summary>
    public bool HasCompleteArguments => _placeholder is not null || _end.HasEnded;

    /// <summary>Whether nothing of the arguments is missing if they were all. A placeholder may still be replaced.</summary>
    public bool HasRealCompleteArguments => _placeholder is null && _end.HasEnded;

    /// <summary>Whether the arguments say anything: they are neither blank nor a placeholder.</summary>
    public bool HasContent =>
        !Arguments.IsEmpty && Arguments.ToString() is var text && !JsonText.IsBlank(text) && FindPlaceholder(text) is null;

    /// <summary>Adds a piece of the arguments.</summary>
    /// <param name="raw">The raw bytes of a JSON string.</param>
    /// <param name="escaped">Whether they contain a backslash.</param>
    /// <param name="mayBePlaceholder">Whether <c>{}</c> may stand in place of arguments that follow.</param>
    /// <param name="piece">The piece to show.</param>
    /// <returns>Whether there is a piece to show.</returns>
    public bool Append(ReadOnlySpan<byte> raw, bool escaped, bool mayBePlaceholder, out TextPiece piece)
    {
        piece = default;
        if (raw.IsEmpty) return false;
        if (HasRealCompleteArguments && IsPlaceholder(raw, escaped)) return false; // nothing can follow them
        if (mayBePlaceholder && Arguments.IsEmpty && FindPlaceholder(raw, escaped) is { } placeholder)
        {
            _placeholder = placeholder;
            return false;
        }

        if (_placeholder is not null && JsonText.IsBlank(raw, escaped)) return false;
        _placeholder = null;
        return Track(Arguments.Append(raw, escaped, out piece), piece);
    }

    /// <summary>Whether a fragment without a name is certainly appended to the arguments: they are neither empty nor complete.</summary>
    public bool MayContinue => IsShown && _placeholder is null && !Arguments.IsEmpty && !_end.HasEnded;

    /// <summary>Adds a piece of the arguments, if <see cref="MayContinue"/>: the same as <see cref="Append"/>.</summary>
    public bool Continue(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        Debug.Assert(MayContinue, "The piece may be a placeholder or a repetition");
        return Track(Arguments.Append(raw, escaped, out piece), piece);
    }

    /// <summary>Replaces the arguments.</summary>
    public bool Replace(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        _placeholder = null;
        return Track(Arguments.Replace(raw, escaped, out piece), piece);
    }

    /// <summary>Replaces the arguments by their complete form.</summary>
    public bool Replace(string arguments, out TextPiece piece)
    {
        _placeholder = null;
        return Track(Arguments.ReplaceEnd(0, arguments, out piece), piece);
    }

    /// <summary>Decides what is undecided about the arguments: the choice is finished, or the provider said that the call is.</summary>
    /// <returns>Whether there is a piece to show.</returns>
    public bool Decide(out TextPiece piece)
    {
        if (_placeholder is { } placeholder)
        {
            _placeholder = null;
            return Track(Arguments.Append(Encoding.UTF8.GetBytes(placeholder), escaped: false, out piece), piece);
        }

        piece = default;
        if (!Arguments.IsUndecided) return false;
        // Arguments are JSON, which shows what the chunks are, except if the answer was cut off in them. No fragments of an object begin
        // with the fragments before them.
        bool isIncremental = !ArgumentsEnd.IsObject(Arguments.Snapshot) && ArgumentsEnd.IsObject(Arguments.Concatenation);
        return Track(Arguments.Decide(asCumulative: !isIncremental, out piece), piece);
    }

    /// <summary>Whether the arguments are this JSON, whatever the white space.</summary>
    public bool HasEqualArguments(ReadOnlySpan<byte> raw, bool escaped) =>
        Arguments.IsEqualTo(raw, escaped)
        || (HasRealCompleteArguments && _end.IsEqual(Arguments, JsonText.DecodeWhole(raw, escaped)));

    /// <summary>Whether to replace the arguments by this JSON string would change nothing.</summary>
    public bool HasExactly(ReadOnlySpan<byte> raw, bool escaped) => _placeholder is null && Arguments.IsExactly(raw, escaped);

    /// <summary>Shows the call from now on.</summary>
    public void Show(int index)
    {
        Debug.Assert(!IsShown, "A call is shown once");
        Index = index;
    }

    public ToolCall ToToolCall(bool isComplete)
    {
        Debug.Assert(IsShown, "Only calls that are shown are in the answer");
        return new()
        {
            Index = Index,
            IsComplete = isComplete,
            Id = Id,
            SharedId = string.Equals(Id, StatedId, StringComparison.Ordinal) ? null : StatedId,
            Name = Name ?? "",
            Arguments = Arguments.ToString(),
        };
    }

    /// <summary>Whether a piece of arguments is what servers send in place of them.</summary>
    public static bool IsPlaceholder(ReadOnlySpan<byte> raw, bool escaped) => FindPlaceholder(raw, escaped) is not null;

    private static string? FindPlaceholder(ReadOnlySpan<byte> raw, bool escaped) =>
        // Nearly all fragments are long, or have a quotation mark, which is escaped in the event.
        raw.Length > MaxPlaceholderLength || raw.Contains((byte)'"') ? null : DecodePlaceholder(raw, escaped);

    private static string? DecodePlaceholder(ReadOnlySpan<byte> raw, bool escaped)
    {
        Span<char> text = stackalloc char[MaxPlaceholderLength];
        int length = JsonText.Decode(raw, escaped, text, out int incomplete);
        return incomplete > 0 ? null : FindPlaceholder(text[..length]);
    }

    private bool Track(bool hasPiece, in TextPiece piece)
    {
        if (hasPiece) _end.Take(piece);
        return hasPiece;
    }

    /// <summary>If a text is a placeholder for missing arguments, ignoring white space, returns the placeholder; otherwise null.</summary>
    private static string? FindPlaceholder(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxPlaceholderLength) return null;
        Span<char> dense = stackalloc char[MaxPlaceholderLength];
        int length = 0;
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c)) dense[length++] = c;
        }

        return dense[..length] is "{}" ? "{}" : dense[..length] is "null" ? "null" : null;
    }
}
