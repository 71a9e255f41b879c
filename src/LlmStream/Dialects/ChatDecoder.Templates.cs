using System.Diagnostics;
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
    // An event that matches no shared template costs a search: 3 % of its decoding if it is audio. After this many in succession, only
    // some events are searched for, so that it is less than 1 % of the stream.
    private const int MaxMisses = 8;
    private const int EventsPerSearch = 8;

    private EventTemplates? _templates;
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

    /// <summary>Whether <see cref="Describe"/> describes any event.</summary>
    protected virtual bool DescribesEvents => false;

    /// <summary>Describes an event that was decoded without an error, for all streams of the client.</summary>
    /// <returns>Null, the default, if any effect of it is not known.</returns>
    protected virtual SharedTemplate? Describe(string eventType, ReadOnlySpan<byte> json) => null;

    /// <summary>Whether, in the present state, the event would have the effects that its template states, and no others.</summary>
    protected virtual bool MayApply(in SharedMatch match) => true;

    /// <summary>Carries out the effects of an event that <see cref="Describe"/> has described, as <see cref="Decode"/> would.</summary>
    protected virtual void Apply(in SharedMatch match) => throw new NotSupportedException("No event is described.");

    /// <summary>The call to which the arguments of an event belong in this stream, for a template of it; null if it has none.</summary>
    protected virtual ToolCallTarget? CallOf(in SharedMatch match) => match.Template.Calls is [var call] ? call : null;

    /// <summary>Handles an event if it matches a template. Otherwise nothing is changed.</summary>
    private bool TryTake(in Frame frame) =>
        !IsDone && frame is { Kind: FrameKind.Event, IsUnterminated: false, Data: [not (byte)'[', ..] } // not the end marker
        && ((_templates is not null && _templates.TryTake(frame.EventType, frame.Data))
            || (SharedTemplates is not null && TryTakeShared(SharedTemplates, frame.EventType, frame.Data)));

    [MethodImpl(MethodImplOptions.NoInlining)] // nearly all events match a template of the stream
    private bool TryTakeShared(SharedTemplates shared, string eventType, ReadOnlySpan<byte> json)
    {
        if (!MayUseTemplates) return false;
        if (_sharedMisses >= MaxMisses && ++_sharedMisses % EventsPerSearch != 0) return false;
        SlotValue[] values = SlotValues.OfThread;
        if (shared.Find(eventType, json, values) is not { } template)
        {
            _sharedMisses++;
            return false;
        }

        var match = new SharedMatch(template, json, values);
        if (!MayApply(match))
        {
            _sharedMisses++;
            return false;
        }

        Debug.Assert(Describe(eventType, json)?.IsEqual(template) is true, "The description depends on what is compared alone");
        HasSeenFrame = true;
        _sharedMisses = 0;
        if (SharedHits++ == 0) shared.NoteStream();
        try
        {
            Apply(match);
        }
        finally
        {
            Answer.EndEvent();
        }

        _templates ??= new EventTemplates(Answer, shared.Hints);
        _templates.NoteOther();
        if (!template.IsUsual || IsDone) return true;
        ToolCallTarget? call = CallOf(match);
        if (call is not null || !template.HasArguments) _templates.Add(match, call);
        return true;
    }

    /// <summary>
    /// Applies the effects of an event, except <see cref="SharedTemplate.Effect"/> and the finish reason, in the order of its bytes, since
    /// the answer may become too large.
    /// </summary>
    protected void ApplyInOrder(in SharedMatch match)
    {
        SharedTemplate template = match.Template;
        int choiceIndex = match.Choice;
        ChatStreamInfo info = Answer.Info;
        (string? id, string? model, DateTimeOffset? created) = (info.Id, info.Model, info.CreatedAt);
        bool hasCalls = template.Calls.Length == 0;
        ReadOnlySpan<TemplateSlot> slots = match.Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            switch (slots[i].Kind)
            {
                case TemplateSlotKind.Id:
                    id ??= match.Name(i);
                    break;
                case TemplateSlotKind.Model:
                    model ??= match.Name(i);
                    break;
                case TemplateSlotKind.Created:
                    created ??= UnixTime.Create(match.Values[i].Number);
                    break;
                case TemplateSlotKind.Text:
                    BeginChoice(template, choiceIndex, id, model, created).AddText(match.Raw(i), match.Values[i].IsEscaped);
                    break;
                case TemplateSlotKind.Reasoning:
                    BeginChoice(template, choiceIndex, id, model, created).AddReasoning(match.Raw(i), match.Values[i].IsEscaped);
                    break;
                case TemplateSlotKind.CallId or TemplateSlotKind.CallName or TemplateSlotKind.Arguments when !hasCalls:
                    AddCalls(BeginChoice(template, choiceIndex, id, model, created), match);
                    hasCalls = true;
                    break;
                case TemplateSlotKind.UsageCount:
                    Answer.Usage.Set((UsageCount)slots[i].Argument, match.Values[i].Number, Dialect.UsageFields);
                    break;
            }
        }

        SetInfo(id, model, created);
        if (choiceIndex < 0) return;
        ChoiceBuilder choice = BeginChoice(template, choiceIndex, id, model, created);
        if (!hasCalls) AddCalls(choice, match);
        if (template.HasRole) choice.SetRole(ChatRole.Assistant);
    }

    private static void AddCalls(ChoiceBuilder choice, in SharedMatch match)
    {
        foreach (ToolCallTarget call in match.Template.Calls) choice.AddToolCall(match.Fragment(call));
    }

    /// <summary>Applies what precedes the pieces of a choice: what identifies the answer, and the role.</summary>
    private ChoiceBuilder BeginChoice(SharedTemplate template, int choiceIndex, string? id, string? model, DateTimeOffset? created)
    {
        SetInfo(id, model, created);
        ChoiceBuilder choice = Answer.EditChoice(choiceIndex);
        if (template is { HasRole: true, IsRoleLast: false }) choice.SetRole(ChatRole.Assistant);
        return choice;
    }

    private void SetInfo(string? id, string? model, DateTimeOffset? created)
    {
        ChatStreamInfo info = Answer.Info;
        bool isNew = !ReferenceEquals(id, info.Id) || !ReferenceEquals(model, info.Model) || created != info.CreatedAt;
        if (isNew) Answer.Info = info with { Id = id, Model = model, CreatedAt = created };
    }

    /// <summary>Decodes one of the first events that a client receives, which nothing is learned from.</summary>
    private void DecodeFirst(string eventType, ReadOnlySpan<byte> data, SharedTemplates shared)
    {
        Decode(eventType, data);
        if (Answer.HasChangesBesideRole) shared.Begin();
    }

    private void DecodeAndRecord(string eventType, ReadOnlySpan<byte> data)
    {
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

        if (SharedTemplates is { } shared && DescribesEvents && shared.MayLearn()) shared.Add(Describe(eventType, data), data);
    }
}
