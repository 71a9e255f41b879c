using System.Diagnostics.CodeAnalysis;
using LlmStream.Answers.Templates;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>The answer of one response while it arrives: its choices, its token counts, and the deltas not yet taken.</summary>
internal sealed class AnswerBuilder(ChatTextMode mode, ChatReadOptions options)
{
    /// <summary>OpenAI gives at most 128; without any limit a stream could fill the memory with choices that say nothing.</summary>
    private const int MaxChoices = 1024;

    // Nearly all answers have one.
    private readonly List<ChoiceBuilder> _choices = new(1);
    private readonly List<ChoiceBuilder> _touched = new(1);
    private ChatDelta? _next; // to be taken
    private Queue<ChatDelta>? _deltas; // behind it; most events make but one
    private UsageCounts _usage = new();

    /// <summary>Notes what the event in hand does, while that is wanted.</summary>
    public TemplateRecorder Recorder { get; } = new();

    public ChatStreamInfo Info { get; set; } = ChatStreamInfo.Unknown;

    public ref UsageCounts Usage => ref _usage;

    /// <summary>The event in hand as it came, where it is kept. The first delta of the event carries it.</summary>
    public ChatRawEvent? Raw { get; set; }

    public bool KeepsRaw => options.KeepRaw;

    /// <summary>The limit of each of an answer's texts.</summary>
    public int MaxCharacters => options.MaxAnswerCharacters;

    public IReadOnlyList<ChoiceBuilder> Choices => _choices;

    /// <summary>Whether events of a form that is known need not be decoded in full.</summary>
    public bool MayUseTemplates => options is { UseFastPath: true, KeepRaw: false };

    /// <summary>Whether every choice that appeared has a finish reason, and at least one did.</summary>
    public bool IsFinished
    {
        get
        {
            foreach (ChoiceBuilder choice in _choices)
            {
                if (!choice.IsFinished) return false;
            }

            return _choices.Count > 0;
        }
    }

    /// <summary>The choice of this index, which the event in hand is going to change.</summary>
    public ChoiceBuilder Touch(int index)
    {
        ChoiceBuilder choice = index < _choices.Count && _choices[index].Index == index ? _choices[index] : FindOrAdd(index);
        if (choice.IsTouched) return choice;
        choice.IsTouched = true;
        _touched.Add(choice);
        return choice;
    }

    // A method of its own, because what the search captures would be allocated each time.
    private ChoiceBuilder FindOrAdd(int index)
    {
        if (_choices.Find(choice => choice.Index == index) is { } found) return found;
        if (_choices.Count == MaxChoices) throw new AnswerTooLargeException($"The answer has more than {MaxChoices} choices");
        var added = new ChoiceBuilder(index, mode, options, Recorder);
        _choices.Add(added);
        return added;
    }

    /// <summary>
    /// Takes an event that brings a piece of text, or of reasoning, to one choice, and besides at most token counts: the same as to
    /// touch the choice, to add the piece, and to end the event.
    /// </summary>
    /// <returns>Whether the delta of the event is made. Where not, because nothing is certain yet, the event is still to be ended.</returns>
    public bool TakeOnly(TemplateSlotKind kind, int index, ReadOnlySpan<byte> raw, bool escaped)
    {
        ChoiceBuilder choice = index < _choices.Count && _choices[index].Index == index ? _choices[index] : FindOrAdd(index);
        ChatDelta? delta = choice.TakeOnly(kind, raw, escaped, Info);
        if (delta is null) return false;
        Emit(delta);
        return true;
    }

    /// <summary>Turns what the event said into deltas: one for each choice that it changed.</summary>
    public void EndEvent()
    {
        if (_touched.Count == 1 && Raw is null)
        {
            EndEvent(_touched[0]);
            return;
        }

        foreach (ChoiceBuilder choice in _touched) choice.EndEvent();
        EmitNews(isEnd: false);
    }

    /// <summary>The same of an event that changed one choice, as nearly all do.</summary>
    private void EndEvent(ChoiceBuilder choice)
    {
        _touched.Clear();
        choice.IsTouched = false;
        choice.EndEvent();
        bool hasNews = choice.HasNews;
        UsageDetails? usage = _usage.IsNew && (!hasNews || !choice.IsInMidText) ? _usage.Report() : null;
        if (hasNews) Emit(choice, usage);
        else if (usage is not null) Emit(_choices[0], usage);
    }

    /// <summary>Gives out, at the end of the stream, what was held back.</summary>
    public void EndStream()
    {
        foreach (ChoiceBuilder choice in _choices)
        {
            Touch(choice.Index);
            choice.EndStream();
        }

        EmitNews(isEnd: true);
    }

    /// <summary>Whether a delta is waiting to be taken.</summary>
    public bool HasDeltas => _next is not null;

    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
        delta = _next;
        if (delta is null) return false;
        _next = _deltas is { Count: > 0 } ? _deltas.Dequeue() : null;
        return true;
    }

    /// <summary>Gives back what was borrowed for the answer. Nothing is left of it then.</summary>
    public void Release()
    {
        foreach (ChoiceBuilder choice in _choices) choice.Release();
    }

    public ChatStreamResult ToResult(bool isComplete) => new()
    {
        IsComplete = isComplete,
        Choices = [.. _choices.OrderBy(choice => choice.Index).Select(choice => choice.ToChoice())],
        Usage = _usage.IsKnown ? _usage.ToDetails() : null,
        Stream = Info,
    };

    private void EmitNews(bool isEnd)
    {
        ChoiceBuilder? last = _touched.FindLast(choice => choice.HasNews);
        // Counts that come with every piece of text are reported once that is over: nobody reads them in between,
        // and an object for each would cost more than the text.
        bool reportUsage = _usage.IsNew && (isEnd || last is null || !last.IsInMidText);
        foreach (ChoiceBuilder choice in _touched)
        {
            choice.IsTouched = false;
            if (choice.HasNews) Emit(choice, reportUsage && choice == last ? _usage.Report() : null);
        }

        bool usageIsAlone = reportUsage && last is null;
        if (usageIsAlone || Raw is not null) Emit(_choices.Count > 0 ? _choices[0] : new ChoiceBuilder(0, mode, options, Recorder), usageIsAlone ? _usage.Report() : null);
        _touched.Clear();
    }

    private void Emit(ChoiceBuilder choice, UsageDetails? usage)
    {
        ChatDelta delta = choice.TakeNews(Info, usage, Raw);
        Raw = null;
        Emit(delta);
    }

    private void Emit(ChatDelta delta)
    {
        if (_next is null) _next = delta;
        else (_deltas ??= new Queue<ChatDelta>()).Enqueue(delta);
    }
}
