using System.Diagnostics;
using LlmStream.Json;

namespace LlmStream.Answers.Templates;

/// <summary>Shared templates by what they have in common: the bytes up to each slot, from the start. Immutable.</summary>
/// <remarks>
/// The events of a provider begin alike, so that a search in all of them costs little more than a comparison with one of them. An event
/// that is like none is told apart where it differs.
/// </remarks>
internal sealed class TemplateTree
{
    private readonly List<(string EventType, Node Root)> _roots = [];

    public TemplateTree(IEnumerable<SharedTemplate> templates)
    {
        foreach (SharedTemplate template in templates) Add(template);
    }

    /// <summary>What is compared in a slot. Whether it is empty matters as well: an empty text has no effect.</summary>
    private enum SlotForm : byte
    {
        None, // the end of the event
        String,
        StringNotEmpty,
        Integer,
        Number,
        Padding,
    }

    /// <summary>Finds the template of an event.</summary>
    /// <param name="eventType">The type of the event.</param>
    /// <param name="json">The event.</param>
    /// <param name="values">Receives the values in the slots; it has room for <see cref="TemplateRecorder.MaxSlots"/>.</param>
    public SharedTemplate? Find(string eventType, ReadOnlySpan<byte> json, Span<SlotValue> values)
    {
        foreach ((string type, Node root) in _roots)
        {
            if (!string.Equals(type, eventType, StringComparison.Ordinal)) continue;
            SharedTemplate? found = Find(root.Next, json, 0, values, 0);
            Debug.Assert(found is null || JsonSyntax.IsValid(json), "An event that matches is valid");
            return found;
        }

        return null;
    }

    private static SharedTemplate? Find(Node[] nodes, ReadOnlySpan<byte> json, int start, Span<SlotValue> values, int count)
    {
        for (int i = 0; i < nodes.Length; i++)
        {
            Node node = nodes[i];
            ReadOnlySpan<byte> rest = json[start..], before = node.Before;
            if (!rest.StartsWith(before)) continue;
            if (node.Template is { } template)
            {
                if (rest.Length == before.Length) return template;
                continue;
            }

            int length = LengthOf(node.Form, rest[before.Length..], out bool isEscaped, out long number);
            if (length < 0) continue;
            int begin = start + before.Length;
            values[count] = new SlotValue { Start = begin, Length = length, IsEscaped = isEscaped, Number = number };
            if (i < nodes.Length - 1)
            {
                if (Find(node.Next, json, begin + length, values, count + 1) is { } found) return found;
                continue;
            }

            // There is nothing to return to.
            (nodes, start) = (node.Next, begin + length);
            count++;
            i = -1;
        }

        return null;
    }

    private static int LengthOf(SlotForm form, ReadOnlySpan<byte> rest, out bool isEscaped, out long number)
    {
        isEscaped = false;
        number = 0;
        switch (form)
        {
            case SlotForm.Integer: return JsonLengths.OfInteger(rest, out number);
            case SlotForm.Number: return JsonLengths.OfNumber(rest);
            case SlotForm.Padding: return JsonLengths.OfSpaces(rest);
            default:
                int length = JsonLengths.OfString(rest, out isEscaped);
                return length == 0 && form == SlotForm.StringNotEmpty ? -1 : length;
        }
    }

    private static SlotForm FormOf(TemplateSlotKind kind) => kind switch
    {
        TemplateSlotKind.IgnoredNumber => SlotForm.Number,
        TemplateSlotKind.UsageCount or TemplateSlotKind.EventNumber or TemplateSlotKind.Created or TemplateSlotKind.BlockIndex =>
            SlotForm.Integer,
        TemplateSlotKind.Padding => SlotForm.Padding,
        <= TemplateSlotKind.Arguments or TemplateSlotKind.Signature => SlotForm.StringNotEmpty,
        _ => SlotForm.String,
    };

    private void Add(SharedTemplate template)
    {
        int root = _roots.FindIndex(candidate => string.Equals(candidate.EventType, template.EventType, StringComparison.Ordinal));
        if (root < 0)
        {
            root = _roots.Count;
            _roots.Add((template.EventType, new Node([], SlotForm.None, null)));
        }

        Node node = _roots[root].Root;
        int start = 0;
        foreach (ref readonly TemplateSlot slot in template.Slots)
        {
            byte[] before = template.Known[start..slot.Start].ToArray();
            SlotForm form = FormOf(slot.Kind);
            Node? known = Array.Find(node.Next, next => next.Form == form && next.Before.AsSpan().SequenceEqual(before));
            node = known ?? node.Add(new Node(before, form, null));
            start = slot.Start;
        }

        node.Add(new Node(template.Known[start..].ToArray(), SlotForm.None, template));
    }

    /// <summary>Bytes, and the slot after them; or the last bytes of a template.</summary>
    private sealed class Node(byte[] before, SlotForm form, SharedTemplate? template)
    {
        public byte[] Before { get; } = before;

        public SlotForm Form { get; } = form;

        public SharedTemplate? Template { get; } = template;

        public Node[] Next { get; private set; } = [];

        public Node Add(Node next)
        {
            Next = [.. Next, next];
            return next;
        }
    }
}
