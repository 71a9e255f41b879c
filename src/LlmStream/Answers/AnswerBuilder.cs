using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LlmStream.Answers.Templates;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>The answer of one response while it is streamed: its choices, its usage, and the deltas that were not taken yet.</summary>
/// <remarks>
/// An event changes choices, which it gets from <see cref="EditChoice"/>, and usage. <see cref="EndEvent"/> turns the changes into one
/// delta for each changed choice. Invariant: between two events no choice has pending changes.
/// </remarks>
internal sealed class AnswerBuilder(ChatTextMode mode, ChatReadOptions options)
{
    /// <summary>APIs allow up to 128. Without a limit, a stream of empty choices could exhaust the memory.</summary>
    public const int MaxChoices = 1024;

    // Nearly all answers have one choice.
    private readonly List<ChoiceBuilder> _choices = new(1);
    private readonly List<ChoiceBuilder> _edited = new(1);
    private ChoiceBuilder? _latest; // the last one that was asked for
    private ChatDelta? _next; // the next to be taken
    private Queue<ChatDelta>? _deltas; // those after it; most events produce only one
    private UsageCounts _usage = new();

    /// <summary>Records the effects of the current event if a template is to be made of it.</summary>
    public TemplateRecorder Recorder { get; } = new();

    public ChatStreamInfo Info { get; set; } = ChatStreamInfo.Unknown;

    /// <summary>The largest number of the events so far, in formats that number them; otherwise -1.</summary>
    public long EventNumber { get; set; } = -1;

    public ref UsageCounts Usage => ref _usage;

    /// <summary>The current event, unparsed, if <see cref="KeepsRaw"/>. The first delta of the event takes it.</summary>
    public ChatRawEvent? Raw { get; set; }

    public bool KeepsRaw => options.KeepRaw;

    /// <summary>The maximum length of each text of an answer, in UTF-16 code units.</summary>
    public int MaxCharacters => options.MaxAnswerCharacters;

    public IReadOnlyList<ChoiceBuilder> Choices => _choices;

    /// <summary>Whether events that match a template need not be decoded in full.</summary>
    public bool MayUseTemplates => options is { UseFastPath: true, KeepRaw: false };

    /// <summary>The number of choices that the request asked for; 0 or 1 if it is unknown.</summary>
    public long RequestedChoices { get; set; }

    /// <summary>Whether there is at least one choice, and all that came or were requested have a finish reason.</summary>
    public bool IsFinished
    {
        get
        {
            foreach (ChoiceBuilder choice in _choices)
            {
                if (!choice.IsFinished) return false;
            }

            return _choices.Count > 0 && _choices.Count >= RequestedChoices;
        }
    }

    /// <summary>Whether text or a tool call has followed the finish reason of a choice.</summary>
    public bool IsReopened => _choices.Exists(choice => choice.IsReopened);

    /// <summary>Whether the arguments of a tool call end in the middle, although the finish reason does not say so.</summary>
    public bool HasOpenCall => _choices.Exists(choice => choice.HasOpenCall);

    /// <summary>The choice with this index, to be changed by the current event. It is added if it is new.</summary>
    /// <exception cref="AnswerTooLargeException">There are <see cref="MaxChoices"/> others.</exception>
    public ChoiceBuilder EditChoice(int index)
    {
        ChoiceBuilder choice = GetOrAdd(index);
        if (choice.IsEdited) return choice;
        choice.IsEdited = true;
        _edited.Add(choice);
        return choice;
    }

    /// <summary>
    /// Handles an event that adds one piece of text or reasoning to one choice, and nothing else except usage. The same as adding the
    /// piece to <see cref="EditChoice"/> and <see cref="EndEvent"/>, at less cost.
    /// </summary>
    /// <inheritdoc cref="ChoiceBuilder.AppendSinglePiece"/>
    /// <returns>
    /// Whether the delta of the event was emitted. If not, because the piece is held back, the caller must call <see cref="EndEvent"/>.
    /// </returns>
    public bool AppendSinglePiece(ChoiceBuilder choice, TemplateSlotKind kind, ReadOnlySpan<byte> bytes, int length, bool escaped)
    {
        Debug.Assert(_edited.Count == 0 && !choice.HasChanges, "The previous event was not ended");
        ChatDelta? delta = choice.AppendSinglePiece(kind, bytes, length, escaped, Info);
        if (delta is null) return false;
        Emit(delta);
        return true;
    }

    /// <summary>
    /// Handles an event that adds arguments to the call of which <see cref="ChoiceBuilder.Continues"/> is true, and nothing else. The same
    /// as adding the fragment to <see cref="EditChoice"/> and <see cref="EndEvent"/>, at less cost.
    /// </summary>
    public void AppendSingleArguments(ChoiceBuilder choice, ReadOnlySpan<byte> raw, bool escaped)
    {
        Debug.Assert(_edited.Count == 0 && !choice.HasChanges && !_usage.HasChanges, "The previous event was not ended");
        if (choice.AppendSingleArguments(raw, escaped, Info) is { } delta) Emit(delta);
    }

    /// <summary>Whether the current event has added a part of the answer, or finished it. A role is neither.</summary>
    public bool HasChangesBesideRole => _edited.Exists(choice => choice.HasChangesBesideRole);

    /// <summary>Turns the changes of the current event into deltas, one for each changed choice.</summary>
    public void EndEvent()
    {
        if (_edited.Count == 1 && Raw is null)
        {
            EndEventOfOneChoice(_edited[0]);
        }
        else
        {
            foreach (ChoiceBuilder choice in _edited) choice.EndEvent();
            EmitChanges(isEnd: false);
        }

        Debug.Assert(_edited.Count == 0 && _choices.TrueForAll(choice => !choice.HasChanges), "Changes were left behind");
    }

    /// <summary>Emits, at the end of the stream, what was held back.</summary>
    public void EndStream()
    {
        foreach (ChoiceBuilder choice in _choices)
        {
            EditChoice(choice.Index);
            choice.EndStream();
        }

        EmitChanges(isEnd: true);
    }

    /// <summary>Whether a delta can be taken.</summary>
    public bool HasDeltas => _next is not null;

    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta) => (delta = Take()) is not null;

    /// <summary>Takes the next delta, or returns null if none is pending.</summary>
    public ChatDelta? Take()
    {
        ChatDelta? delta = _next;
        if (delta is null) return null;
        _next = null;
        if (_deltas is { Count: > 0 }) _next = _deltas.Dequeue();
        return delta;
    }

    /// <summary>Returns the rented buffers. The texts of the answer are empty afterwards.</summary>
    public void Release()
    {
        foreach (ChoiceBuilder choice in _choices) choice.Release();
    }

    /// <summary>The answer, with all choices, also those of which the provider sent nothing.</summary>
    public ChatStreamResult ToResult(bool isComplete) => ToResult(isComplete, _choices);

    /// <summary>The partial answer: what has been emitted.</summary>
    public ChatStreamResult ToPartial() => ToResult(isComplete: false, _choices.Where(choice => choice.HasBegun));

    private ChatStreamResult ToResult(bool isComplete, IEnumerable<ChoiceBuilder> choices) => new()
    {
        IsComplete = isComplete,
        Choices = [.. choices.OrderBy(choice => choice.Index).Select(choice => choice.ToChoice())],
        Usage = UsageSoFar,
        Stream = Info,
    };

    /// <summary>The usage that the provider has reported, or null.</summary>
    public UsageDetails? UsageSoFar => _usage.IsKnown ? _usage.ToDetails() : null;

    /// <summary>The deltas that can be taken, in order.</summary>
    public IEnumerable<ChatDelta> PendingDeltas => _next is null ? [] : [_next, .. _deltas ?? []];

    /// <summary>The choice with this index. It is added if it is new.</summary>
    public ChoiceBuilder GetOrAdd(int index) => _latest is { } latest && latest.Index == index ? latest : _latest = FindOrAdd(index);

    private ChoiceBuilder FindOrAdd(int index)
    {
        if (index < _choices.Count && _choices[index].Index == index) return _choices[index];
        foreach (ChoiceBuilder choice in _choices)
        {
            if (choice.Index == index) return choice;
        }

        if (_choices.Count == MaxChoices) throw new AnswerTooLargeException($"The answer has more than {MaxChoices} choices");
        var added = new ChoiceBuilder(index, mode, options, Recorder);
        _choices.Add(added);
        return added;
    }

    /// <summary>Ends an event that changed one choice, as nearly all do.</summary>
    private void EndEventOfOneChoice(ChoiceBuilder choice)
    {
        _edited.Clear();
        choice.IsEdited = false;
        choice.EndEvent();
        bool hasChanges = choice.HasChanges;
        UsageDetails? usage = _usage.HasChanges && (!hasChanges || !choice.IsMidText) ? _usage.Report() : null;
        if (hasChanges) Emit(choice, usage);
        else if (usage is not null) Emit(_choices[0], usage);
    }

    private void EmitChanges(bool isEnd)
    {
        ChoiceBuilder? last = _edited.FindLast(choice => choice.HasChanges);
        // Usage that comes with every piece of text is reported once, after the text: the intermediate counts are of no use, and an
        // object for each would cost more than the text.
        bool reportUsage = _usage.HasChanges && (isEnd || last is null || !last.IsMidText);
        foreach (ChoiceBuilder choice in _edited)
        {
            choice.IsEdited = false;
            if (choice.HasChanges) Emit(choice, reportUsage && choice == last ? _usage.Report() : null);
        }

        _edited.Clear();
        bool hasUsageOnly = reportUsage && last is null;
        if (!hasUsageOnly && Raw is null) return;
        ChoiceBuilder first = _choices.Count > 0 ? _choices[0] : new ChoiceBuilder(0, mode, options, Recorder);
        Emit(first, hasUsageOnly ? _usage.Report() : null);
    }

    private void Emit(ChoiceBuilder choice, UsageDetails? usage)
    {
        ChatDelta delta = choice.TakeChanges(Info, usage, Raw);
        Raw = null;
        Emit(delta);
    }

    private void Emit(ChatDelta delta)
    {
        if (_next is null) _next = delta;
        else (_deltas ??= new Queue<ChatDelta>()).Enqueue(delta);
    }
}
