using System.Diagnostics;
using System.Runtime.InteropServices;
using LlmStream.Json;

namespace LlmStream.Answers.Templates;

/// <summary>Shared templates by what they have in common: the bytes up to each slot, from the start. Immutable.</summary>
/// <remarks>
/// The events of a provider begin alike, so that a search in all of them costs little more than a comparison with one of them. An event
/// that is like none is told apart where it differs. The nodes are in one array, and their bytes in another: a stream that begins has to
/// fetch from memory what it is compared with, and nodes that follow each other are next to each other there.
/// </remarks>
internal sealed class TemplateTree
{
    private readonly (string EventType, Node Root)[] _roots;
    private readonly Node[] _nodes;
    private readonly byte[] _bytes;
    private readonly SharedTemplate[] _templates;

    public TemplateTree(IEnumerable<SharedTemplate> templates)
    {
        List<(string EventType, Branch Root)> roots = [];
        _templates = [.. templates];
        for (int i = 0; i < _templates.Length; i++) Add(roots, _templates[i], i);
        List<Node> nodes = [];
        List<byte> bytes = [];
        _roots = [.. roots.Select(root => (root.EventType, Lay(root.Root, nodes, bytes)))];
        _nodes = [.. nodes];
        _bytes = [.. bytes];
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
            SharedTemplate? found = Find(root, json, 0, values, 0);
            Debug.Assert(found is null || JsonSyntax.IsValid(json), "An event that matches is valid");
            return found;
        }

        return null;
    }

    /// <param name="parent">The node after which the search goes on.</param>
    /// <param name="json">The event.</param>
    /// <param name="start">Where it goes on in the event.</param>
    /// <param name="values">Receives the values in the slots.</param>
    /// <param name="count">The number of slots so far.</param>
    private SharedTemplate? Find(in Node parent, ReadOnlySpan<byte> json, int start, Span<SlotValue> values, int count)
    {
        ReadOnlySpan<byte> bytes = _bytes;
        ReadOnlySpan<Node> nodes = _nodes.AsSpan(parent.Next, parent.NextCount);
        for (int i = 0; i < nodes.Length; i++)
        {
            ref readonly Node node = ref nodes[i];
            ReadOnlySpan<byte> rest = json[start..], before = bytes.Slice(node.Start, node.Length);
            if (!rest.StartsWith(before)) continue;
            if (node.Form == SlotForm.None)
            {
                if (rest.Length == before.Length) return _templates[node.Next];
                continue;
            }

            int begin = start + before.Length;
            int length = LengthOf(node.Form, rest[before.Length..], ref values[count]);
            if (length < 0) continue;
            values[count].Start = begin;
            values[count].Length = length;
            if (i < nodes.Length - 1)
            {
                if (Find(node, json, begin + length, values, count + 1) is { } found) return found;
                continue;
            }

            // There is nothing to return to.
            start = begin + length;
            nodes = _nodes.AsSpan(node.Next, node.NextCount);
            count++;
            i = -1;
        }

        return null;
    }

    private static int LengthOf(SlotForm form, ReadOnlySpan<byte> rest, ref SlotValue value)
    {
        switch (form)
        {
            case SlotForm.Integer: return JsonLengths.OfInteger(rest, out value.Number);
            case SlotForm.Number: return JsonLengths.OfNumber(rest);
            case SlotForm.Padding: return JsonLengths.OfSpaces(rest);
            default:
                int length = JsonLengths.OfString(rest, out value.IsEscaped);
                return length == 0 && form == SlotForm.StringNotEmpty ? -1 : length;
        }
    }

    private static SlotForm FormOf(TemplateSlotKind kind) => kind switch
    {
        TemplateSlotKind.IgnoredNumber => SlotForm.Number,
        TemplateSlotKind.UsageCount or TemplateSlotKind.EventNumber or TemplateSlotKind.Created or TemplateSlotKind.BlockIndex
            or TemplateSlotKind.ChoiceIndex => SlotForm.Integer,
        TemplateSlotKind.Padding => SlotForm.Padding,
        <= TemplateSlotKind.Arguments or TemplateSlotKind.Signature => SlotForm.StringNotEmpty,
        _ => SlotForm.String,
    };

    private static void Add(List<(string EventType, Branch Root)> roots, SharedTemplate template, int index)
    {
        int root = roots.FindIndex(candidate => string.Equals(candidate.EventType, template.EventType, StringComparison.Ordinal));
        if (root < 0)
        {
            root = roots.Count;
            roots.Add((template.EventType, new Branch([], SlotForm.None)));
        }

        Branch branch = roots[root].Root;
        int start = 0;
        foreach (ref readonly TemplateSlot slot in template.Slots)
        {
            byte[] before = template.Known[start..slot.Start].ToArray();
            SlotForm form = FormOf(slot.Kind);
            Branch? known = branch.Next.Find(next => next.Form == form && next.Before.AsSpan().SequenceEqual(before));
            branch = known ?? branch.Add(new Branch(before, form));
            start = slot.Start;
        }

        branch.Add(new Branch(template.Known[start..].ToArray(), SlotForm.None) { Template = index });
    }

    /// <summary>Appends what follows a branch: first all that may follow at once, then what follows each of these.</summary>
    private static Node Lay(Branch branch, List<Node> nodes, List<byte> bytes)
    {
        int start = bytes.Count, next = nodes.Count;
        bytes.AddRange(branch.Before);
        nodes.AddRange(branch.Next.Select(_ => default(Node)));
        for (int i = 0; i < branch.Next.Count; i++) nodes[next + i] = Lay(branch.Next[i], nodes, bytes);
        bool isEnd = branch.Next.Count == 0;
        return new Node(start, branch.Before.Length, branch.Form, isEnd ? branch.Template : next, branch.Next.Count);
    }

    /// <summary>Bytes, and the slot after them; or the last bytes of a template.</summary>
    /// <param name="Start">The offset of the bytes in <see cref="_bytes"/>.</param>
    /// <param name="Length">Their number.</param>
    /// <param name="Form">The slot.</param>
    /// <param name="Next">The first of the nodes that may follow; at the end of an event, the template.</param>
    /// <param name="NextCount">The number of those nodes.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Node(int Start, int Length, SlotForm Form, int Next, int NextCount);

    /// <summary>The same while the tree is built.</summary>
    private sealed class Branch(byte[] before, SlotForm form)
    {
        public byte[] Before { get; } = before;

        public SlotForm Form { get; } = form;

        /// <summary>The number of the template that ends here.</summary>
        public int Template { get; init; } = -1;

        public List<Branch> Next { get; } = [];

        public Branch Add(Branch next)
        {
            Next.Add(next);
            return next;
        }
    }
}
