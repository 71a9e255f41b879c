using LlmStream.Json;

namespace LlmStream.Answers.Templates;

/// <summary>An event that matches a shared template.</summary>
/// <param name="template">The template.</param>
/// <param name="json">The event.</param>
/// <param name="values">The values in the slots of the template.</param>
internal readonly ref struct SharedMatch(SharedTemplate template, ReadOnlySpan<byte> json, ReadOnlySpan<SlotValue> values)
{
    public SharedTemplate Template { get; } = template;

    public ReadOnlySpan<byte> Json { get; } = json;

    public ReadOnlySpan<SlotValue> Values { get; } = values;

    public ReadOnlySpan<TemplateSlot> Slots => Template.Slots;

    /// <summary>The index of the choice that the event belongs to; -1 if it has only usage.</summary>
    public int Choice => Template.ChoiceOf(Values);

    /// <summary>The bytes in a slot.</summary>
    public ReadOnlySpan<byte> Raw(int slot) => Json.Slice(Values[slot].Start, Values[slot].Length);

    /// <summary>The string in a slot; null if it is blank.</summary>
    public string? Name(int slot)
    {
        ReadOnlySpan<byte> raw = Raw(slot);
        return JsonText.IsBlank(raw, Values[slot].IsEscaped) ? null : JsonText.DecodeWhole(raw, Values[slot].IsEscaped);
    }

    /// <summary>The first slot of a kind, or -1.</summary>
    public int Find(TemplateSlotKind kind)
    {
        ReadOnlySpan<TemplateSlot> slots = Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i].Kind == kind) return i;
        }

        return -1;
    }

    /// <summary>A fragment of a tool call, with the values in its slots.</summary>
    public ToolCallFragment Fragment(ToolCallTarget call)
    {
        var fragment = new ToolCallFragment { StatedIndex = call.StatedIndex, Position = call.Position };
        ReadOnlySpan<TemplateSlot> slots = Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            if (!ReferenceEquals(slots[i].Call, call)) continue;
            if (slots[i].Kind == TemplateSlotKind.CallId) fragment.Id = Name(i);
            else if (slots[i].Kind == TemplateSlotKind.CallName) fragment.Name = Name(i);
            else
            {
                fragment.Arguments = Raw(i);
                fragment.ArgumentsAreEscaped = Values[i].IsEscaped;
            }
        }

        return fragment;
    }
}
