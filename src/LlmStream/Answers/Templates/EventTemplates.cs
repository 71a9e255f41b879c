using LlmStream.Framing;

namespace LlmStream.Answers.Templates;

/// <summary>The forms in which the events of one stream came lately, and what becomes of an event that has one of them.</summary>
/// <remarks>
/// Recording costs about as much again as decoding. So there is only so much patience with a stream whose events never come
/// in the same form: each recording takes some of it away, each event that was recognised gives some back, and when it is used
/// up nothing is recorded for a while.
/// </remarks>
internal sealed class EventTemplates(AnswerBuilder answer)
{
    private const int MostTemplates = 4;
    private const int MostPatience = 64;
    private const int Recording = 4; // what it takes of the patience
    private const int Pause = 96;
    private const int SeveralMisses = 32;

    private readonly EventTemplate[] _templates = new EventTemplate[MostTemplates]; // the latest first
    private SlotValue[] _values = [];
    private int _count;
    private int _patience = 6 * Recording;
    private int _pause;
    private int _misses;
    private bool _hasBegun;

    /// <summary>How many events were recognised; for tests.</summary>
    public int Hits { get; private set; }

    /// <summary>Whether the last event was recognised, so that the next one is likely to be.</summary>
    public bool IsLikelyToMatch => _misses == 0 && _count > 0;

    /// <summary>Takes an event of the latest form from the beginning of some bytes.</summary>
    /// <returns>How many bytes were the event's, with the line ends behind it; 0 where it was another, and nothing has happened.</returns>
    public int TryTakeAhead(string eventType, ReadOnlySpan<byte> bytes)
    {
        EventTemplate template = _templates[0];
        int length = template.Match(eventType, bytes, _values);
        if (length < 0) return 0;
        int end = SseFrameReader.EndOfEvent(bytes[length..]);
        if (end == 0) return 0;
        Hit(template, bytes);
        return length + end;
    }

    /// <summary>Takes an event of a known form.</summary>
    /// <returns>Whether it was one. Otherwise nothing has happened.</returns>
    public bool TryTake(string eventType, ReadOnlySpan<byte> json)
    {
        int tries = _misses < SeveralMisses ? _count : Math.Min(_count, 1);
        for (int i = 0; i < tries; i++)
        {
            EventTemplate template = _templates[i];
            if (template.Match(eventType, json, _values) != json.Length) continue;
            if (i > 0) MoveToFront(i);
            Hit(template, json);
            return true;
        }

        _misses++;
        return false;
    }

    /// <summary>Begins to record the event that is going to be decoded in full, if that is worth it.</summary>
    public void BeginRecording()
    {
        if (!_hasBegun)
        {
            _hasBegun = true; // the first event is like no other: it says who speaks
            return;
        }

        if (_pause > 0 && --_pause == 0) _patience = 2 * Recording;
        if (_pause == 0) answer.Recorder.Begin();
    }

    /// <summary>Ends the recording of an event that was decoded without an error.</summary>
    public void EndRecording(string eventType, ReadOnlySpan<byte> json)
    {
        TemplateRecorder recorder = answer.Recorder;
        if (!recorder.End() || json.Contains((byte)'\n') || EventTemplate.KnownLength(json, recorder.Slots) > EventTemplate.MostBytes)
        {
            Spend(1);
            return;
        }

        Spend(Recording);
        for (int i = 0; i < _count; i++)
        {
            if (!_templates[i].TryWiden(eventType, json, recorder.Slots)) continue;
            MoveToFront(i);
            MakeRoom();
            return;
        }

        if (_count < MostTemplates) _count++;
        _templates[_count - 1] = new EventTemplate(eventType, json, recorder.Slots);
        MoveToFront(_count - 1);
        MakeRoom();
    }

    /// <summary>Sees that there is room for the values of the latest template, of whose slots few may be open.</summary>
    private void MakeRoom()
    {
        int count = _templates[0].Parts.Length;
        if (_values.Length < count) _values = new SlotValue[count];
    }

    private void Hit(EventTemplate template, ReadOnlySpan<byte> json)
    {
        _misses = 0;
        if (_patience < MostPatience) _patience++;
        Hits++;
        Apply(template, json);
    }

    private void Apply(EventTemplate template, ReadOnlySpan<byte> json)
    {
        if (template.OnlyText is var only and >= 0)
        {
            if (template.HasFigures) SetFigures(template.Parts, 0, only);
            ref readonly EventTemplate.Part part = ref template.Parts[only];
            ref readonly SlotValue value = ref _values[only];
            bool isDone = answer.TakeOnly(part.Kind, part.Argument, json.Slice(value.Start, value.Length), value.IsEscaped);
            if (template.HasFigures) SetFigures(template.Parts, only, template.Parts.Length);
            if (!isDone) answer.EndEvent();
            return;
        }

        try
        {
            ReadOnlySpan<EventTemplate.Part> parts = template.Parts;
            for (int i = 0; i < parts.Length; i++)
            {
                ref readonly SlotValue value = ref _values[i];
                switch (parts[i].Kind)
                {
                    case TemplateSlotKind.Text:
                        answer.Touch(parts[i].Argument).AddText(json.Slice(value.Start, value.Length), value.IsEscaped);
                        break;
                    case TemplateSlotKind.Reasoning:
                        answer.Touch(parts[i].Argument).AddReasoning(json.Slice(value.Start, value.Length), value.IsEscaped);
                        break;
                    case TemplateSlotKind.Figure:
                        answer.Usage.Set((UsageFigure)parts[i].Argument, value.Number);
                        break;
                }
            }
        }
        finally
        {
            answer.EndEvent();
        }
    }

    private void SetFigures(ReadOnlySpan<EventTemplate.Part> parts, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (parts[i].Kind == TemplateSlotKind.Figure) answer.Usage.Set((UsageFigure)parts[i].Argument, _values[i].Number);
        }
    }

    private void MoveToFront(int index)
    {
        EventTemplate template = _templates[index];
        Array.Copy(_templates, 0, _templates, 1, index);
        _templates[0] = template;
    }

    private void Spend(int patience)
    {
        if (_pause > 0) return;
        _patience -= patience;
        if (_patience <= 0) _pause = Pause;
    }
}
