using System.Diagnostics;
using System.Runtime.CompilerServices;
using LlmStream.Framing;

namespace LlmStream.Answers.Templates;

/// <summary>The templates of the latest events of one stream. An event that matches one of them is handled without decoding it.</summary>
/// <remarks>
/// Recording costs about as much as decoding. Therefore it is limited by a budget, for streams whose events never have the same form:
/// each recording reduces the budget, each match increases it, and when it is used up, nothing is recorded for some events.
/// Invariant: <c>_templates[.._count]</c> is ordered by use, the latest first, and <c>_values</c> has room for the values of each.
/// </remarks>
/// <param name="answer">The answer.</param>
/// <param name="hints">What other streams have learned; null if there are none.</param>
internal sealed class EventTemplates(AnswerBuilder answer, TemplateHints? hints = null)
{
    public const int MaxTemplates = 4;

    private const int MaxBudget = 64;
    private const int RecordingCost = 4;
    private const int InitialBudget = 6 * RecordingCost;
    private const int BudgetAfterPause = 2 * RecordingCost;
    private const int PauseLength = 96; // in events
    private const int MissesBeforeSingleTry = 32;

    // For the slots of one event at a time, so that a stream which waits keeps none.
    [ThreadStatic]
    private static List<TemplateSlot>? s_slots;

    private readonly EventTemplate[] _templates = new EventTemplate[MaxTemplates];
    private SlotValue[] _values = [];
    private int _count;
    private int _budget = InitialBudget;
    private int _pause;
    private int _misses;
    private int _generation;
    private bool _hasBegun;

    private static List<TemplateSlot> SlotsOfThread => s_slots ??= new(TemplateRecorder.MaxSlots);

    /// <summary>The number of events that matched; for tests.</summary>
    public int Hits { get; private set; }

    /// <summary>Whether the last event matched, so that the next one is likely to.</summary>
    public bool IsLikelyToMatch => _misses == 0 && _count > 0 && _generation == answer.Recorder.Generation;

    /// <summary>Handles an event at the start of some bytes if it matches the latest template.</summary>
    /// <param name="eventType">The type of the event.</param>
    /// <param name="bytes">Bytes that begin with the event.</param>
    /// <param name="isServerSentEvent">Whether line ends must follow it. Otherwise the end of the JSON value is that of the event.</param>
    /// <param name="knownLength">The length of the event, if it is known; otherwise -1.</param>
    /// <returns>The number of bytes of the event and of the line ends after it; 0 if it does not match, and nothing was changed.</returns>
    public int TryTakeAhead(string eventType, ReadOnlySpan<byte> bytes, bool isServerSentEvent, int knownLength)
    {
        EventTemplate template = _templates[0];
        int length = template.Match(eventType, bytes, answer.EventNumber, _values), end = 0;
        if (length < 0 || (knownLength >= 0 && length != knownLength)) return 0;
        if (isServerSentEvent)
        {
            // In the stream, each line of an event begins with the name of the field.
            end = template.HasLineEndings ? 0 : SseFrameReader.EndOfEvent(bytes[length..]);
            if (end == 0) return 0;
        }

        Hit(template, bytes);
        return length + end;
    }

    /// <summary>Handles an event if it matches a template.</summary>
    /// <returns>Whether it does. Otherwise nothing was changed.</returns>
    public bool TryTake(string eventType, ReadOnlySpan<byte> json)
    {
        if (_generation != answer.Recorder.Generation) Clear();
        int tries = _misses < MissesBeforeSingleTry ? _count : Math.Min(_count, 1);
        for (int i = 0; i < tries; i++)
        {
            EventTemplate template = _templates[i];
            if (template.Match(eventType, json, answer.EventNumber, _values) != json.Length) continue;
            if (i > 0) MoveToFront(i);
            Hit(template, json);
            return true;
        }

        _misses++;
        return false;
    }

    /// <summary>Begins to record the event that is about to be decoded in full, if the budget allows it.</summary>
    public void BeginRecording()
    {
        if (!_hasBegun)
        {
            _hasBegun = true; // the first event is unlike the others: it has the role
            return;
        }

        if (_pause > 0 && --_pause == 0) _budget = BudgetAfterPause;
        if (_pause == 0) answer.Recorder.Begin(SlotsOfThread);
    }

    /// <summary>Ends the recording of an event that was decoded without an error.</summary>
    public void EndRecording(string eventType, ReadOnlySpan<byte> json)
    {
        TemplateRecorder recorder = answer.Recorder;
        if (_generation != recorder.Generation) Clear();
        if (!recorder.End(json) || EventTemplate.KnownLength(json, recorder.Slots) > EventTemplate.MaxBytes)
        {
            Spend(1);
            return;
        }

        Spend(RecordingCost);
        Add(eventType, json, recorder.Slots);
    }

    /// <summary>Notes that an event was recognized in another way, so that the next one may match a template.</summary>
    public void NoteOther()
    {
        _hasBegun = true;
        _misses = 0;
    }

    /// <summary>Adds the template of an event that a shared one has recognized, or widens one that exists.</summary>
    /// <param name="match">The event.</param>
    /// <param name="call">The call to which its arguments belong, or null.</param>
    public void Add(in SharedMatch match, ToolCallTarget? call)
    {
        if (_generation != answer.Recorder.Generation) Clear();
        SharedTemplate shared = match.Template;
        List<TemplateSlot> slots = SlotsOfThread;
        shared.GetSlots(answer.Info, match.Values, call, slots);
        if (EventTemplate.KnownLength(match.Json, slots) > EventTemplate.MaxBytes) return;
        if (TryWiden(shared.EventType, match.Json, slots))
        {
            shared.NoteVarying(_templates[0].Varying);
            return;
        }

        Add(new EventTemplate(shared.EventType, match.Json, slots));
    }

    /// <summary>Adds the template of an event, or widens one that exists.</summary>
    private void Add(string eventType, ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        ulong form = hints is null ? 0 : TemplateHints.FormOf(eventType, json, slots);
        if (TryWiden(eventType, json, slots)) hints?.Set(form, _templates[0].Varying);
        else Add(new EventTemplate(eventType, json, slots, hints?.Find(form) ?? 0));
    }

    private void Add(EventTemplate template)
    {
        if (_count < MaxTemplates) _count++;
        _templates[_count - 1] = template;
        MoveToFront(_count - 1);
        EnsureRoom();
    }

    private bool TryWiden(string eventType, ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        for (int i = 0; i < _count; i++)
        {
            if (!_templates[i].TryWiden(eventType, json, slots)) continue;
            MoveToFront(i);
            EnsureRoom();
            return true;
        }

        return false;
    }

    private void Clear()
    {
        _generation = answer.Recorder.Generation;
        _count = 0;
        Array.Clear(_templates);
    }

    /// <summary>Ensures that there is room for the values of the latest template. Only its number of parts may have grown.</summary>
    private void EnsureRoom()
    {
        int count = _templates[0].Parts.Length;
        if (_values.Length < count) _values = new SlotValue[count];
        Debug.Assert(_templates.Take(_count).All(other => other.Parts.Length <= _values.Length), "The values have no room");
    }

    private void Hit(EventTemplate template, ReadOnlySpan<byte> json)
    {
        _misses = 0;
        if (_budget < MaxBudget) _budget++;
        Hits++;
        Apply(template, json);
    }

    private void Apply(EventTemplate template, ReadOnlySpan<byte> json)
    {
        bool isConstant = template.ChoiceIndex < 0;
        if (isConstant && template.OnlyPiece is var only and >= 0 && TryApplySingle(template, only, template[only].Argument, json)) return;
        ApplyParts(template, json);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // keeps its variables out of the method above, which handles nearly all events
    private void ApplyParts(EventTemplate template, ReadOnlySpan<byte> json)
    {
        int? stated = template.ChoiceIndex < 0 ? null : _values[template.ChoiceIndex].Index;
        if (stated is { } index && template.OnlyPiece >= 0 && TryApplySingle(template, template.OnlyPiece, index, json)) return;
        try
        {
            ReadOnlySpan<EventTemplate.Part> parts = template.Parts;
            for (int i = 0; i < parts.Length; i++)
            {
                ref readonly EventTemplate.Part part = ref parts[i];
                ref readonly SlotValue value = ref _values[i];
                // Of parts without an effect, there is no value.
                ReadOnlySpan<byte> raw = part.IsPiece ? json.Slice(value.Start, value.Length) : default;
                switch (part.Kind)
                {
                    case TemplateSlotKind.Text:
                        answer.EditChoice(stated ?? part.Argument).AddText(raw, value.IsEscaped);
                        break;
                    case TemplateSlotKind.Reasoning:
                        answer.EditChoice(stated ?? part.Argument).AddReasoning(raw, value.IsEscaped);
                        break;
                    case TemplateSlotKind.Arguments:
                        answer.EditChoice(stated ?? part.Argument).AddToolCall(part.Call!.ToFragment(raw, value.IsEscaped));
                        break;
                    case TemplateSlotKind.UsageCount:
                        answer.Usage.Set((UsageCount)part.Argument, value.Number);
                        break;
                }
            }

            SetEventNumber(template);
        }
        finally
        {
            answer.EndEvent();
        }
    }

    /// <summary>Does the same at less cost for an event with one piece, if nothing of the answer has to be decided.</summary>
    /// <returns>Whether it was done. Otherwise nothing was changed.</returns>
    private bool TryApplySingle(EventTemplate template, int only, int choiceIndex, ReadOnlySpan<byte> json)
    {
        ref readonly EventTemplate.Part part = ref template[only];
        ref readonly SlotValue value = ref _values[only];
        ChoiceBuilder choice = answer.GetOrAdd(choiceIndex);
        if (!choice.MayAppendSinglePiece) return false;
        if (part.Call is { } call)
        {
            // Counts are reported with a fragment, but after a text.
            if (template.HasUsageCounts || answer.Usage.HasChanges || !choice.Continues(call)) return false;
            answer.AppendSingleArguments(choice, json.Slice(value.Start, value.Length), value.IsEscaped);
        }
        else
        {
            int count = template.FirstCount;
            if (count >= 0 && count < only) SetUsage(template, count, only);
            bool isDone = answer.AppendSinglePiece(choice, part.Kind, json[value.Start..], value.Length, value.IsEscaped);
            if (template.LastCount > only) SetUsage(template, Math.Max(count, only), template.LastCount + 1);
            if (!isDone) answer.EndEvent();
        }

        SetEventNumber(template);
        return true;
    }

    private void SetEventNumber(EventTemplate template)
    {
        if (template.EventNumber is var part and >= 0) answer.EventNumber = _values[part].Number;
    }

    private void SetUsage(EventTemplate template, int start, int end)
    {
        ReadOnlySpan<EventTemplate.Part> parts = template.Parts;
        for (int i = start; i < end; i++)
        {
            if (parts[i].Kind == TemplateSlotKind.UsageCount) answer.Usage.Set((UsageCount)parts[i].Argument, _values[i].Number);
        }
    }

    private void MoveToFront(int index)
    {
        EventTemplate template = _templates[index];
        Array.Copy(_templates, 0, _templates, 1, index);
        _templates[0] = template;
    }

    private void Spend(int cost)
    {
        if (_pause > 0) return;
        _budget -= cost;
        if (_budget <= 0) _pause = PauseLength;
    }
}
