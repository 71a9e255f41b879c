using System.Runtime.CompilerServices;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Framing;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <content>Events that are recognized by templates instead of being decoded.</content>
internal abstract partial class ChatDecoder
{
    // An event that matches no shared template costs a search. Usually the events of a stream come in the order of those of the stream
    // that the templates come from, so that only a few templates are tried, and all of them once if the first event matches none.
    private const int MaxMisses = 16;
    private const int NearTemplates = 4;

    private EventTemplates? _templates;
    private int _nextShared; // after the one that matched last
    private int _sharedMisses;

    /// <summary>What the streams of the same client have learned; null if there are none.</summary>
    public SharedTemplates? SharedTemplates { get; set; }

    /// <summary>The number of events that matched a template and were not decoded in full; for tests.</summary>
    public int TemplateHits => (_templates?.Hits ?? 0) + SharedHits;

    /// <summary>The number of those that matched a template of another stream.</summary>
    public int SharedHits { get; private set; }

    /// <summary>
    /// Whether events may be recognized by templates. The condition is that what <see cref="Decode"/> does with an event depends
    /// only on the event, on what the first event of a stream decides for all, and on the state of <see cref="Answer"/>; or on state
    /// each change of which is noted by <see cref="TemplateRecorder.Forget"/>; and that no value is passed to
    /// <see cref="TemplateRecorder.Ignore"/> that is used in another event.
    /// </summary>
    protected virtual bool HasTemplates => false;

    private bool MayUseTemplates => HasTemplates && Observer is null && Answer.MayUseTemplates;

    /// <summary>Describes an event that was decoded without an error, for all streams of the client.</summary>
    /// <returns>Null, the default, if any effect of it is not known.</returns>
    protected virtual SharedTemplate? Describe(string eventType, ReadOnlySpan<byte> json) => null;

    /// <summary>An event that <see cref="Describe"/> has described was recognized: changes the state that is not the answer's.</summary>
    /// <param name="hasChoice">Whether it belongs to a choice.</param>
    protected virtual void NoteShared(bool hasChoice) => throw new NotSupportedException("No event is described.");

    /// <summary>Handles an event if it matches a template. Otherwise nothing is changed.</summary>
    private bool TryTake(in Frame frame) =>
        !IsDone && frame is { Kind: FrameKind.Event, IsUnterminated: false }
        && ((_templates is not null && _templates.TryTake(frame.EventType, frame.Data))
            || (SharedTemplates is not null && TryTakeShared(frame.EventType, frame.Data)));

    [MethodImpl(MethodImplOptions.NoInlining)] // keeps the values out of the stack frames of events that match other templates
    private bool TryTakeShared(string eventType, ReadOnlySpan<byte> json)
    {
        SharedTemplate[] all = SharedTemplates!.All;
        if (all.Length == 0 || !MayUseTemplates) return false;
        bool isFirst = !HasSeenFrame, isSearch = isFirst || (SharedHits == 0 && _sharedMisses == 1);
        int tries = isSearch ? all.Length : _sharedMisses < MaxMisses ? Math.Min(all.Length, NearTemplates) : 0;
        Span<SlotValue> values = stackalloc SlotValue[TemplateRecorder.MaxSlots];
        for (int i = 0; i < tries; i++)
        {
            int next = (_nextShared + i) % all.Length;
            if (isFirst && !all[next].IsFirst) continue;
            if (all[next].Event.Match(eventType, json, Answer.EventNumber, values) != json.Length) continue;
            _nextShared = (next + 1) % all.Length;
            SharedHits++;
            HasSeenFrame = true;
            NoteShared(hasChoice: all[next].Choice >= 0);
            try
            {
                Apply(all[next], json, values);
            }
            finally
            {
                Answer.EndEvent();
            }

            _templates ??= new EventTemplates(Answer, SharedTemplates.Hints);
            _templates.NoteOther();
            if (all[next].IsUsual) _templates.Add(eventType, json, all[next].SlotsOf(Answer.Info, values));
            return true;
        }

        _sharedMisses++;
        return false;
    }

    /// <summary>Does what the decoder would do with the event, in the same order, since the answer may become too large.</summary>
    private void Apply(SharedTemplate template, ReadOnlySpan<byte> json, ReadOnlySpan<SlotValue> values)
    {
        ReadOnlySpan<EventTemplate.Part> parts = template.Event.Parts;
        (string? id, string? model, DateTimeOffset? created) = (Answer.Info.Id, Answer.Info.Model, Answer.Info.CreatedAt);
        for (int i = 0; i < parts.Length; i++)
        {
            ref readonly SlotValue value = ref values[i];
            ReadOnlySpan<byte> raw = json.Slice(value.Start, value.Length);
            switch (parts[i].Kind)
            {
                case TemplateSlotKind.Id:
                    id ??= NameOrNull(raw, value.IsEscaped);
                    break;
                case TemplateSlotKind.Model:
                    model ??= NameOrNull(raw, value.IsEscaped);
                    break;
                case TemplateSlotKind.Created:
                    created ??= UnixTime.Create(value.Number);
                    break;
                case TemplateSlotKind.Text:
                    BeginChoice(template, id, model, created).AddText(raw, value.IsEscaped);
                    break;
                case TemplateSlotKind.Reasoning:
                    BeginChoice(template, id, model, created).AddReasoning(raw, value.IsEscaped);
                    break;
                case TemplateSlotKind.Arguments:
                    BeginChoice(template, id, model, created).AddToolCall(parts[i].Call!.ToFragment(raw, value.IsEscaped));
                    break;
                case TemplateSlotKind.UsageCount:
                    Answer.Usage.Set((UsageCount)parts[i].Argument, value.Number, Dialect.UsageFields);
                    break;
            }
        }

        SetInfo(id, model, created);
        if (template.Choice < 0) return;
        ChoiceBuilder choice = BeginChoice(template, id, model, created);
        if (template.Finish is { } name) Finish(choice, name, Dialect.FinishReasons.ToReason(name));
    }

    /// <summary>Applies what precedes the pieces of a choice: what identifies the answer, and the role.</summary>
    private ChoiceBuilder BeginChoice(SharedTemplate template, string? id, string? model, DateTimeOffset? created)
    {
        SetInfo(id, model, created);
        ChoiceBuilder choice = Answer.EditChoice(template.Choice);
        if (template.HasRole) choice.SetRole(ChatRole.Assistant);
        return choice;
    }

    private void SetInfo(string? id, string? model, DateTimeOffset? created)
    {
        ChatStreamInfo info = Answer.Info;
        bool isNew = !ReferenceEquals(id, info.Id) || !ReferenceEquals(model, info.Model) || created != info.CreatedAt;
        if (isNew) Answer.Info = info with { Id = id, Model = model, CreatedAt = created };
    }

    private static string? NameOrNull(ReadOnlySpan<byte> raw, bool isEscaped) =>
        JsonText.IsBlank(raw, isEscaped) ? null : JsonText.DecodeWhole(raw, isEscaped);

    private void DecodeAndRecord(string eventType, ReadOnlySpan<byte> data)
    {
        bool isFirst = _templates is null;
        _templates ??= new EventTemplates(Answer, SharedTemplates?.Hints);
        _templates.BeginRecording();
        try
        {
            Decode(eventType, data);
            _templates.EndRecording(eventType, data);
        }
        finally
        {
            Answer.Recorder.End(); // after an exception the recording is incomplete
        }

        if (SharedTemplates is { MayLearn: true } shared) shared.Add(Describe(eventType, data), eventType, data, isFirst);
    }
}
