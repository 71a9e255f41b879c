using System.Diagnostics;
using System.Text;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>The tool calls of one choice while their fragments arrive.</summary>
internal sealed class ToolCallList
{
    /// <summary>Far more than any answer has. Without a limit, a stream of empty calls could exhaust the memory.</summary>
    public const int MaxToolCalls = 4096;

    private readonly ChatTextMode _mode;
    private readonly ChatReadOptions _options;
    private readonly List<ToolCallBuilder> _calls = [];
    private readonly ToolCallMatcher _matcher;
    private List<ToolCallDelta>? _changes;

    public ToolCallList(ChatTextMode mode, ChatReadOptions options)
    {
        _mode = mode;
        _options = options;
        _matcher = new ToolCallMatcher(_calls, mode == ChatTextMode.Incremental);
    }

    /// <summary>The number of calls that are shown: those with a name.</summary>
    public int Count { get; private set; }

    public bool HasChanges => _changes is not null;

    /// <summary>Whether the changes are more than that a call is complete.</summary>
    public bool HasNewContent => _changes?.Exists(change => change.Arguments.Length > 0 || change.Name is not null) is true;

    /// <summary>Whether the arguments of a call end in the middle, and the provider has not said that the call is complete.</summary>
    public bool HasOpenArguments => _calls.Exists(
        call => call is { IsShown: true, IsComplete: false } && JsonSyntax.IsOpen(call.Arguments.Emitted));

    /// <summary>Adds a fragment to the call that it belongs to (<see cref="ToolCallMatcher"/>).</summary>
    /// <exception cref="AnswerTooLargeException">There are too many calls, or the arguments are too long.</exception>
    public void Add(in ToolCallFragment fragment)
    {
        ToolCallBuilder? call = _matcher.Find(fragment, out bool isPlaceholder);
        if (isPlaceholder) return;
        bool isNew = call is null;
        call ??= Create(fragment.ProviderIndex);
        TextPiece piece = default;
        bool hasArguments = !fragment.Arguments.IsEmpty && AddArguments(call, fragment, isNew, out piece);
        // Nothing follows that could decide what is undecided.
        if ((fragment.IsComplete || fragment.IsWhole) && !hasArguments) hasArguments = call.Decide(out piece);

        // Only after the code that may throw: the list must be equal to what was emitted.
        if (isNew)
        {
            _calls.Add(call);
            if (fragment.ProviderIndex is null) _matcher.NoteNew(fragment);
        }

        call.LatestList = _matcher.List;
        call.StatedIndex = fragment.StatedIndex ?? call.StatedIndex;
        bool isIdNew = call.StatedId is null && fragment.Id is not null;
        if (isIdNew)
        {
            call.StatedId = fragment.Id;
            call.Id = MakeUnique(fragment.Id!);
        }

        bool isNamed = call.Name is null && fragment.Name is not null;
        call.Name ??= fragment.Name;
        bool isCompleted = (fragment.IsComplete || fragment.IsWhole) && !call.IsComplete;
        call.IsComplete |= isCompleted;
        if (call.Name is null) return;
        // Nearly always the piece is all that came of the arguments.
        if (isNamed && !call.IsShown) Show(call, hasArguments && piece.Offset == 0 ? piece.Text : call.Arguments.ToString());
        else if (hasArguments || isIdNew || isCompleted)
        {
            AddChange(new ToolCallDelta
            {
                Index = call.Index,
                Id = isIdNew ? call.Id : null,
                Name = isNamed ? call.Name : null,
                Arguments = piece.Text ?? "",
                ArgumentsOffset = hasArguments ? piece.Offset : call.Arguments.Length,
                IsComplete = isCompleted,
            });
        }
    }

    /// <summary>
    /// Whether <see cref="Add"/> with a fragment of this kind, and arguments, would append these to the latest call and do nothing else:
    /// <see cref="ToolCallMatcher"/> finds the latest call by its number, and the arguments so far are neither empty nor complete, so that
    /// the fragment is neither a placeholder nor a repetition.
    /// </summary>
    public bool Continues(ToolCallTarget target)
    {
        if (!target.IsByNumber || _calls.Count == 0) return false;
        ToolCallBuilder latest = _calls[^1];
        bool isLatest = target.ProviderIndex is { } number
            ? latest.ProviderIndex == number
            : latest.ProviderIndex is null && latest.StatedIndex == target.StatedIndex;
        return isLatest && latest.MayContinue;
    }

    /// <summary>Adds arguments to the latest call, of which <see cref="Continues"/> is true.</summary>
    /// <returns>The fragment to emit; null if the arguments are held back.</returns>
    /// <exception cref="AnswerTooLargeException">The arguments are too long.</exception>
    public ToolCallDelta? AppendToLatest(ReadOnlySpan<byte> raw, bool escaped)
    {
        Debug.Assert(!HasChanges, "The previous event was not ended");
        ToolCallBuilder call = _calls[^1];
        if (call.ProviderIndex is null) _matcher.NoteContinuation();
        call.LatestList = _matcher.List;
        return call.Continue(raw, escaped, out TextPiece piece)
            ? new ToolCallDelta { Index = call.Index, Arguments = piece.Text, ArgumentsOffset = piece.Offset }
            : null;
    }

    /// <summary>Whether the call with this number has just these arguments, so that there is nothing to replace.</summary>
    public bool HasArguments(int providerIndex, ReadOnlySpan<byte> raw, bool escaped)
    {
        foreach (ToolCallBuilder call in _calls)
        {
            if (call.ProviderIndex == providerIndex) return call.HasExactly(raw, escaped);
        }

        return false;
    }

    /// <summary>Replaces the arguments of the call with this number by their complete form.</summary>
    /// <remarks>
    /// The complete form counts, even if it differs only in its white space. But <c>{}</c> does not replace arguments that are complete:
    /// it is a placeholder then.
    /// </remarks>
    public void ReplaceArguments(int providerIndex, string arguments)
    {
        if (_calls.Find(call => call.ProviderIndex == providerIndex) is not { } call) return;
        bool isPlaceholder = arguments.AsSpan().Trim() is "{}" && call.Arguments.Length > 0
            && JsonSyntax.IsValid(Encoding.UTF8.GetBytes(call.Arguments.ToString()));
        if (!isPlaceholder && call.Replace(arguments, out TextPiece piece) && call.IsShown) AddChange(call, piece);
    }

    /// <summary>Decides, when the choice is finished, what is undecided about the calls: nothing of them is to follow.</summary>
    /// <remarks>A call of which no name came is shown now if it has arguments. If it has none, it is a placeholder.</remarks>
    public void Decide()
    {
        foreach (ToolCallBuilder call in _calls)
        {
            bool hasPiece = call.Decide(out TextPiece piece);
            if (hasPiece && call.IsShown) AddChange(call, piece);
            else if (!call.IsShown && call.HasContent) Show(call, call.Arguments.ToString());
        }
    }

    /// <summary>Adds, at the end of the stream, what was held back, after <see cref="Decide"/>.</summary>
    public void EndStream()
    {
        foreach (ToolCallBuilder call in _calls)
        {
            if (call.Arguments.Complete(out TextPiece piece)) AddChange(call, piece);
        }
    }

    /// <summary>Takes the fragments that the current event added.</summary>
    public IReadOnlyList<ToolCallDelta> TakeChanges()
    {
        IReadOnlyList<ToolCallDelta>? changes = _changes;
        _changes = null;
        return changes ?? [];
    }

    /// <param name="isFinished">Whether the choice is finished, and with it all its calls.</param>
    public IReadOnlyList<ToolCall> ToToolCalls(bool isFinished) =>
    [
        .. _calls.Where(call => call.IsShown).OrderBy(call => call.Index)
            .Select(call => call.ToToolCall(isFinished || call.IsComplete || call.Index < Count - 1)),
    ];

    /// <summary>The <see cref="TokenEstimate.Units(ReadOnlySpan{char})"/> of the calls that are shown: names and arguments.</summary>
    public long EstimateUnits() => _calls.Where(call => call.IsShown)
        .Sum(call => TokenEstimate.Units(call.Name) + TokenEstimate.Units(call.Arguments.Emitted));

    /// <summary>Returns the rented buffers.</summary>
    public void Release()
    {
        foreach (ToolCallBuilder call in _calls) call.Arguments.Release();
    }

    private ToolCallBuilder Create(int? providerIndex)
    {
        if (_calls.Count == MaxToolCalls) throw new AnswerTooLargeException($"The answer has more than {MaxToolCalls} tool calls");
        var arguments = new GrowingText(_mode, _options.MaxToolArgumentCharacters, "A tool call");
        return new ToolCallBuilder(arguments) { ProviderIndex = providerIndex };
    }

    /// <summary>Adds the arguments of a fragment, unless they repeat those of the call.</summary>
    /// <returns>Whether there is a piece to show.</returns>
    private static bool AddArguments(ToolCallBuilder call, in ToolCallFragment fragment, bool isNew, out TextPiece piece)
    {
        piece = default;
        bool isComplete = fragment.IsComplete || fragment.IsWhole;
        if (isNew || !call.HasArguments)
            return call.Append(fragment.Arguments, fragment.ArgumentsAreEscaped, mayBePlaceholder: !isComplete, out piece);

        // Some servers repeat a complete call. Unlike that, a continuation has no name, and does not follow a complete object.
        bool mayRepeat = fragment.Name is not null || fragment.IsRepeated || call.HasRealCompleteArguments;
        if (mayRepeat && call.HasEqualArguments(fragment.Arguments, fragment.ArgumentsAreEscaped)) return false;
        return fragment.IsRepeated
            ? call.Replace(fragment.Arguments, fragment.ArgumentsAreEscaped, out piece)
            : call.Append(fragment.Arguments, fragment.ArgumentsAreEscaped, mayBePlaceholder: !isComplete, out piece);
    }

    /// <summary>The id for a call, to which its result refers: different from those of all other calls.</summary>
    private string MakeUnique(string id)
    {
        string unique = id;
        for (int i = 2; HasId(unique); i++) unique = $"{id}_{i}";
        return unique;
    }

    private bool HasId(string id)
    {
        foreach (ToolCallBuilder call in _calls)
        {
            if (string.Equals(call.Id, id, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private void Show(ToolCallBuilder call, string arguments)
    {
        Debug.Assert(call.Arguments.Emitted.SequenceEqual(arguments), "A call is shown with all of its arguments");
        call.Show(Count++);
        AddChange(new ToolCallDelta
        {
            Index = call.Index,
            Id = call.Id,
            Name = call.Name,
            Arguments = arguments,
            IsComplete = call.IsComplete,
        });
    }

    private void AddChange(ToolCallBuilder call, TextPiece piece)
    {
        if (call.IsShown) AddChange(new ToolCallDelta { Index = call.Index, Arguments = piece.Text, ArgumentsOffset = piece.Offset });
    }

    private void AddChange(ToolCallDelta delta)
    {
        Debug.Assert(delta.Index >= 0 && delta.Index < Count, "Only calls that are shown change");
        (_changes ??= []).Add(delta);
    }
}
