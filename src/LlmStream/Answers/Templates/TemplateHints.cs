using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LlmStream.Answers.Templates;

/// <summary>
/// What the streams of one client have learned about the forms of events: in which slots events of the same form differ. A stream that
/// begins need not wait for the second event of a form to learn it. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Of an event, only a hash of its form is kept, and a bit for each slot: no bytes, so that nothing of an answer is kept longer than its
/// stream, or is available to another one.
/// </para>
/// <para>
/// Invariant: a hint can be wrong, but it cannot do harm. It only opens slots without an effect, in a template that a stream has made of
/// an event of its own, and whether such a slot is open decides what is compared, not what is done
/// (<see cref="EventTemplate"/>). That is why two forms with the same hash, a hint that another one overwrites, and entries that are
/// read while they are written are harmless.
/// </para>
/// </remarks>
internal sealed class TemplateHints
{
    /// <summary>The number of forms that are kept, a power of two. A form replaces another one whose hash begins like its own.</summary>
    public const int MaxForms = 128;

    private readonly Entry[] _entries = new Entry[MaxForms];

    /// <summary>The hash of the form of an event: its type, its slots, and the bytes outside of them.</summary>
    public static ulong FormOf(string eventType, ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        ulong hash = Add(0, MemoryMarshal.AsBytes(eventType.AsSpan()));
        int read = 0;
        foreach (TemplateSlot slot in slots)
        {
            hash = Add(hash, json[read..slot.Start]);
            hash = Add(hash, ((ulong)slot.Kind << 32) | (uint)slot.Argument);
            read = slot.End;
        }

        return Add(hash, json[read..]);
    }

    /// <summary>The slots in which events of a form differ: bit 0 is the first.</summary>
    public ulong Find(ulong form)
    {
        Entry entry = _entries[form % MaxForms];
        return entry.Form == form ? entry.Varying : 0;
    }

    /// <summary>Notes the slots in which events of a form differ.</summary>
    public void Set(ulong form, ulong varying)
    {
        Debug.Assert(TemplateRecorder.MaxSlots <= 64, "There is a bit for each slot");
        _entries[form % MaxForms] = new Entry(form, varying);
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words) hash = Add(hash, word);
        ulong last = (ulong)bytes.Length << 56;
        foreach (byte b in bytes[(words.Length * sizeof(ulong))..]) last = (last << 8) | b;
        return Add(hash, last);
    }

    // The multiplication of FNV-1a, for a word at a time, and a shift that brings its upper bits down.
    private static ulong Add(ulong hash, ulong word)
    {
        hash = (hash ^ word) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 32);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(ulong Form, ulong Varying);
}
