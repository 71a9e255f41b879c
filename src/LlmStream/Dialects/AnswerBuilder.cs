using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>The answer of one response while it arrives: its choices, its token counts, and the deltas not yet taken.</summary>
internal sealed class AnswerBuilder(ChatTextMode mode, ChatReadOptions options)
{
    /// <summary>OpenAI gives at most 128; without any limit a stream could fill the memory with choices that say nothing.</summary>
    private const int MaxChoices = 1024;

    private readonly List<ChoiceBuilder> _choices = [];
    private readonly List<ChoiceBuilder> _touched = [];
    private readonly Queue<ChatDelta> _deltas = new();
    private UsageCounts _usage = new();

    public ChatStreamInfo Info { get; set; } = ChatStreamInfo.Unknown;

    public ref UsageCounts Usage => ref _usage;

    /// <summary>The event in hand as it came, where it is kept. The first delta of the event carries it.</summary>
    public ChatRawEvent? Raw { get; set; }

    public bool KeepsRaw => options.KeepRaw;

    public IReadOnlyList<ChoiceBuilder> Choices => _choices;

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
        ChoiceBuilder? choice = index < _choices.Count && _choices[index].Index == index ? _choices[index] : _choices.Find(c => c.Index == index);
        if (choice is null)
        {
            if (_choices.Count == MaxChoices) throw new AnswerTooLargeException($"The answer has more than {MaxChoices} choices");
            _choices.Add(choice = new ChoiceBuilder(index, mode, options));
        }

        if (choice.IsTouched) return choice;
        choice.IsTouched = true;
        _touched.Add(choice);
        return choice;
    }

    /// <summary>Turns what the event said into deltas: one for each choice that it changed.</summary>
    public void EndEvent()
    {
        foreach (ChoiceBuilder choice in _touched) choice.EndEvent();
        EmitNews(isEnd: false);
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
    public bool HasDeltas => _deltas.Count > 0;

    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta) => _deltas.TryDequeue(out delta);

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
        if (usageIsAlone || Raw is not null) Emit(_choices.Count > 0 ? _choices[0] : new ChoiceBuilder(0, mode, options), usageIsAlone ? _usage.Report() : null);
        _touched.Clear();
    }

    private void Emit(ChoiceBuilder choice, UsageDetails? usage)
    {
        _deltas.Enqueue(choice.TakeNews(Info, usage, Raw));
        Raw = null;
    }
}
